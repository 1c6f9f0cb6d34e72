import { PassThrough } from 'node:stream'
import { describe, expect, test, vi } from 'vitest'
import type { Wishes } from './front.ts'
import { HeadlessFront } from './headless.ts'

const ada = { id: '1', name: 'ada', busy: false, dialect: 'native' }

const front = () => {
  const [input, output] = [new PassThrough(), new PassThrough()]
  const headless = new HeadlessFront({ input, output })
  const wished: unknown[] = []
  const wishes: Wishes = {
    logIn: () => wished.push('logIn'),
    call: (peer) => wished.push(['call', peer]),
    hangUp: () => wished.push('hangUp'),
    mute: (kind, muted) => wished.push(['mute', kind, muted]),
    say: (text) => wished.push(['say', text]),
    logOut: () => wished.push('logOut'),
    quit: () => wished.push('quit')
  }
  headless.begin(wishes)
  const told = (): string => String(output.read() ?? '')
  return { input, headless, wished, told }
}

const patience = { timeout: 20_000, interval: 5 }

describe('a line is a wish:', () => {
  test.each<[string, unknown]>([
    ['{"do":"call","peer":"ada"}', ['call', 'ada']],
    ['{"do":"hang-up"}', 'hangUp'],
    ['{"do":"mute","kind":"video"}', ['mute', 'video', true]],
    ['{"do":"unmute","kind":"audio"}', ['mute', 'audio', false]],
    ['{"do":"say","text":"hi"}', ['say', 'hi']],
    ['{"do":"sign-in"}', 'logIn'],
    ['{"do":"sign-out"}', 'logOut'],
    ['{"do":"quit"}', 'quit']
  ])('%s', async (line, wish) => {
    const { input, wished, told } = front()
    input.write(`${line}\n`)
    await vi.waitFor(() => expect(wished).toEqual([wish]), patience)
    expect(told()).toBe('')
  })
})

test.each([
  'call ada',
  '{',
  'null',
  '[]',
  '{"do":"fly"}',
  '{"do":"call"}',
  '{"do":"call","peer":1}',
  '{"do":"quit","now":true}',
  '{"do":"mute","kind":"smell"}',
  `{"do":"say","text":"${'x'.repeat(16_385)}"}`
])('what is no wish is turned down with one line: %.40s', async (line) => {
  const { input, wished, told } = front()
  input.write(`\n  \n${line}\n{"do":"quit"}\n`)
  await vi.waitFor(() => expect(wished).toEqual(['quit']), patience)
  const lines = told().trimEnd().split('\n')
  expect(lines.map((one): unknown => JSON.parse(one))).toMatchObject([
    { event: 'problem', code: 'bad-command' }
  ])
})

describe('a call that rings', () => {
  test.each([
    ['accept', true],
    ['decline', false]
  ])('is answered with %s', async (answer, accepts) => {
    const { input, headless } = front()
    const ringing = headless.ring(ada, new AbortController().signal)
    input.write(`{"do":"${answer}"}\n`)
    expect(await ringing).toBe(accepts)
  })

  test('is not answered once it is too late, and the next one can be', async () => {
    const { input, headless } = front()
    const [first, second] = [new AbortController(), new AbortController()]
    const late = headless.ring(ada, first.signal)
    first.abort()
    expect(await late).toBe(false)
    const next = headless.ring(ada, second.signal)
    input.write('{"do":"accept"}\n')
    expect(await next).toBe(true)
  })
})

test('whatever is told is one line of JSON, and control characters are none in it', () => {
  const { headless, told } = front()
  headless.tell({ event: 'text', from: 'ada\n\u001B[2J', text: '\u009B2J\r' })
  const text = told()
  expect(text.trimEnd().split('\n')).toHaveLength(1)
  expect(text).not.toContain('\u001B')
  expect(JSON.parse(text)).toEqual({ event: 'text', from: 'ada\n\u001B[2J', text: '\u009B2J\r' })
})

test('at its end it lets go of where wishes come from', async () => {
  const { input, headless } = front()
  await headless.end()
  expect(input.destroyed).toBe(true)
})
