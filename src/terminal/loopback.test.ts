import { expect, test } from 'vitest'
import { weriftStack } from '../rtc/werift/stack.ts'
import { newEcho } from './loopback.ts'
import { readOptions } from './options.ts'

const options = readOptions(['--headless', '--loopback', '--port', '1', '--name', 'ada'], {})

test('each echo has a name that nobody else has', () => {
  const names = Array.from({ length: 3 }, () => newEcho(options, weriftStack()).name)
  expect(new Set(names).size).toBe(3)
  for (const name of names) expect(name).toMatch(/^echo-[\da-f]{4}$/)
})

test('an echo goes when it is told to, though there is no server', async () => {
  const stack = weriftStack()
  const { party } = newEcho(options, stack)
  const code = party.run()
  party.quit()
  expect(await code).toBe(0)
  await stack.close()
})
