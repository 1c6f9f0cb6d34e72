import { expect, test } from 'vitest'
import { exitCodeOf, exitCodes } from './exit-codes.ts'
import { helpText } from './help.ts'
import { flags } from './options.ts'

test.each(flags)('--%s is explained', (flag) => {
  expect(helpText).toMatch(new RegExp(`(?:^|[ ])--${flag}(?=[ \\n])`, 'm'))
})

test('nothing is explained that there is not', () => {
  const named = [...helpText.matchAll(/(?<=^|\s)--(?<flag>[a-z-]+)/gm)].map(({ groups }) => groups?.['flag'])
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter((flag) => !flags.some((known) => known === flag))).toEqual([])
})

test.each(Object.entries(exitCodes))('the exit code of %s is told: %i', (_name, code) => {
  expect(helpText).toMatch(new RegExp(`(?:Ends with |or |, )${code}\\b`))
})

test.each(Object.entries(exitCodeOf).filter(([, code]) => code !== 0))(
  'the exit code of a call that ends as %s is told: %i',
  (reason, code) => {
    expect(helpText).toContain(`${code} ${reason}`)
  }
)
