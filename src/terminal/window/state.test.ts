import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { News } from '../front.ts'
import type { EndReason, Peer } from '../words.ts'
import { type WindowEvent, type WindowState, formatSeconds, newWindow, stepWindow } from './state.ts'

const peer = (id: string, name = id, busy = false): Peer => ({ id, name, busy, dialect: 'native' })
const [ada, bob, cy] = [peer('ada'), peer('bob'), peer('cy')]

const fresh = newWindow('localhost', 8888, 'me')
const told = (news: News, now = 0): WindowEvent => ({ type: 'news', news, now })
const roster = (...peers: readonly Peer[]): WindowEvent => told({ event: 'peers', peers })
const after = (state: WindowState, ...events: readonly WindowEvent[]): WindowState =>
  events.reduce(stepWindow, state)
const textsOf = ({ notes }: WindowState): readonly string[] => notes.map(({ text }) => text)
const incoming: News = { event: 'call', direction: 'incoming', call: 'c', peer: ada }
const ended = (reason: EndReason, seconds = 0): News => ({
  event: 'ended',
  call: 'c',
  peer: 'ada',
  reason,
  seconds
})
const noted = (text: string, isError = false): WindowEvent => ({ type: 'noted', text, isError })
const typed = (text: string): WindowEvent => ({ type: 'typed', text })

describe('the list of peers', () => {
  const here = after(fresh, roster(ada, bob, cy))
  const down: WindowEvent = { type: 'moved', by: 1 }
  const up: WindowEvent = { type: 'moved', by: -1 }

  test.each<[string, readonly WindowEvent[], string | null]>([
    ['has its first chosen', [], 'ada'],
    ['is gone through downwards', [down, down], 'cy'],
    ['ends below', [down, down, down], 'cy'],
    ['ends above', [down, up, up], 'ada'],
    ['keeps who is chosen when others come and go', [down, roster(peer('new'), bob)], 'bob'],
    ['gives the choice to whoever stands where the chosen one was', [down, roster(ada, cy)], 'cy'],
    ['or to the last, where nobody stands there', [down, down, roster(ada, bob)], 'bob'],
    ['has nobody chosen when it is empty', [roster()], null],
    ['has nobody to move to when it is empty', [roster(), down], null],
    ['has the first chosen when it is not empty any more', [roster(), roster(cy)], 'cy']
  ])('%s', (_name, events, chosen) => {
    expect(after(here, ...events).chosen).toBe(chosen)
  })
})

test('what is said again with more words is shown once', () => {
  const box = noted('Failed to connect to localhost. It is not there.', true)
  const { notes } = after(fresh, noted('It is not there.', true), box, noted('Something else.'))
  expect(notes.map(({ text }) => text)).toEqual([
    'Failed to connect to localhost. It is not there.',
    'Something else.'
  ])
})

describe('the fields', () => {
  const other: WindowEvent = { type: 'switched-field' }
  const erased: WindowEvent = { type: 'erased' }
  test.each<[string, readonly WindowEvent[], Partial<WindowState>]>([
    ['are the server first', [typed('x')], { server: 'localhostx', port: '8888' }],
    ['and the port then', [other, typed('1')], { server: 'localhost', port: '88881' }],
    ['and the server again', [other, other, typed('x')], { server: 'localhostx' }],
    ['lose their last letter', [erased, other, erased, erased], { server: 'localhos', port: '88' }],
    ['can be emptied, and no further', [other, erased, erased, erased, erased, erased], { port: '' }],
    ['lose a sign that takes two units as a whole', [typed('😀'), erased], { server: 'localhost' }],
    ['take digits alone for a port', [other, erased, typed(' x9-')], { port: '8889' }],
    ['take five digits at the most', [other, typed('123')], { port: '88881' }],
    [
      'take no space and no control characters',
      [typed(' a\n\u001B[2Jb\u0007 ')],
      { server: 'localhosta[2Jb' }
    ],
    [
      'are as long as a name of a server can be',
      [typed('x'.repeat(300))],
      { server: `localhost${'x'.repeat(244)}` }
    ]
  ])('%s', (_name, events, change) => {
    expect(after(fresh, ...events)).toMatchObject(change)
  })
})

describe('what is told becomes a line:', () => {
  test.each<[News, string, boolean]>([
    [{ event: 'signing-in', server: 'a.example', port: 1 }, 'Signing in at a.example, port 1 …', false],
    [{ event: 'waiting', seconds: 4, attempt: 3 }, 'Trying again in 4 s (attempt 3).', false],
    [{ event: 'line', state: 'resuming', reason: 'It is gone.' }, 'It is gone.', true],
    [{ event: 'line', state: 'resuming', reason: null }, 'The server cannot be reached.', true],
    [{ event: 'text', from: 'ada', text: 'hi' }, 'ada: hi', false],
    [{ event: 'problem', code: 'x', message: 'It broke.' }, 'It broke.', true],
    [{ event: 'source-ended' }, 'What was to be sent has come to its end.', false],
    [
      { event: 'recorded', file: 'a.webm', frames: { audio: 5, video: 7 } },
      'Recorded: a.webm (7 pictures).',
      false
    ],
    [ended('hung-up'), 'The call is over (ada).', false],
    [ended('hung-up', 61.2), 'The call is over (ada) after 1:01.', false],
    [ended('declined'), 'The call was declined (ada).', false],
    [ended('busy'), 'ada is in another call.', false],
    [ended('no-answer'), 'ada does not answer.', false],
    [ended('cancelled'), 'The call was cancelled (ada).', false],
    [ended('failed', 5), 'The media found no way (ada) after 0:05.', false],
    [ended('left'), 'ada has left.', false],
    [ended('replaced'), 'Another call took its place (ada).', false],
    [ended('answered-elsewhere'), 'The call was answered elsewhere (ada).', false]
  ])('%j', (news, text, isError) => {
    expect(after(fresh, told(news)).notes).toEqual([{ text, isError }])
  })

  test('a message is of whoever is in the call', () => {
    expect(textsOf(after(fresh, told(incoming), told({ event: 'message', text: 'hi' })))).toEqual(['ada: hi'])
  })

  test('what is of no interest to a person leaves no line', () => {
    const quiet: readonly News[] = [
      { event: 'line', state: 'open', reason: null },
      { event: 'line', state: 'closed', reason: null },
      { event: 'frame', kind: 'video', time: 0, bytes: 1, key: true },
      { event: 'step', step: 'startLogin' }
    ]
    for (const news of quiet) expect(after(fresh, told(news))).toBe(fresh)
  })

  test('the last six are kept', () => {
    const numbers = Array.from({ length: 8 }, (_, at) => String(at))
    expect(textsOf(after(fresh, ...numbers.map((text) => noted(text))))).toEqual(numbers.slice(2))
  })
})

describe('signing in', () => {
  const signingIn = told({ event: 'signing-in', server: 'a', port: 1 })
  const signedIn = (name: string, asked: string): WindowEvent =>
    told({ event: 'signed-in', id: '1', name, asked, lobby: 'main' })

  test('is shown until it has worked, and then the attempts are forgotten', () => {
    expect(after(fresh, signingIn).busy).toBe(true)
    expect(after(fresh, signingIn, signedIn('me', 'me'))).toMatchObject({
      busy: false,
      name: 'me',
      notes: []
    })
  })

  test('or until it has not', () => {
    const failed = after(fresh, signingIn, told({ event: 'problem', code: 'unreachable', message: 'No.' }))
    expect(failed.busy).toBe(false)
  })

  test('says so when the name was taken', () => {
    const here = after(fresh, signingIn, signedIn('me1', 'me'))
    expect(here.name).toBe('me1')
    expect(textsOf(here)).toEqual(['me is taken: you are me1.'])
  })
})

describe('a call', () => {
  const talking = after(fresh, told(incoming))

  test('is calling first, connected then, and keeps when it began', () => {
    expect(talking.talk).toMatchObject({ peer: ada, phase: 'calling', since: null })
    const connected = after(talking, told({ event: 'phase', call: 'c', phase: 'connected' }, 5))
    expect(connected.talk).toMatchObject({ phase: 'connected', since: 5 })
    const again = after(connected, told({ event: 'phase', call: 'c', phase: 'connected' }, 9))
    expect(again.talk?.since).toBe(5)
  })

  test.each<[News, object]>([
    [{ event: 'interrupted', call: 'c', interrupted: true }, { interrupted: true }],
    [
      { event: 'muted', audio: true, video: false, remoteAudio: false, remoteVideo: true },
      { muted: { audio: true, video: false }, remoteMuted: { audio: false, video: true } }
    ],
    [{ event: 'verification', state: 'ready', code: 'cat, dog' }, { code: 'cat, dog' }]
  ])('shows %j', (news, change) => {
    expect(after(talking, told(news)).talk).toMatchObject(change)
    expect(after(fresh, told(news)).talk).toBeNull()
  })

  test('is gone when it has ended', () => {
    expect(after(talking, told(ended('left'))).talk).toBeNull()
  })
})

test('what is shown and who rings is as the conductor says', () => {
  expect(after(fresh, { type: 'shown', screen: 'list' }).screen).toBe('list')
  const rung = after(fresh, { type: 'rung', peer: ada })
  expect(rung.ringing).toEqual(ada)
  expect(after(rung, { type: 'rung', peer: null }).ringing).toBeNull()
})

test.each([
  [0, '0:00'],
  [9.9, '0:09'],
  [61, '1:01'],
  [3_599, '59:59'],
  [3_600, '1:00:00'],
  [36_061, '10:01:01']
])('%d seconds are %s', (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text)
})

// A terminal does what control characters tell it to, whoever has sent them.
describe('what others call themselves and write is text, and nothing but text:', () => {
  const evil = '\u001B[2Jm\u001B]52;c;ZXZpbA==\u0007a\u009B31ml\rl\no\u202Ery\u0000'
  const shown = '[2Jm]52;c;ZXZpbA==a31ml l ory'
  const mallory = { ...peer('1', evil), dialect: evil }
  const news: readonly News[] = [
    { event: 'signed-in', id: '1', name: evil, asked: evil, lobby: 'main' },
    { event: 'signed-in', id: '1', name: evil, asked: 'me', lobby: 'main' },
    { event: 'line', state: 'resuming', reason: evil },
    { event: 'text', from: evil, text: evil },
    { event: 'message', text: evil },
    { event: 'problem', code: 'x', message: evil },
    { event: 'peers', peers: [mallory] },
    { event: 'call', direction: 'incoming', call: 'c', peer: mallory },
    { event: 'phase', call: 'c', phase: 'connected' },
    { event: 'ended', call: 'c', peer: evil, reason: 'left', seconds: 0 }
  ]
  const events: readonly WindowEvent[] = [
    ...news.map((one) => told(one)),
    { type: 'rung', peer: mallory },
    noted(evil)
  ]

  test('no control character gets into the window', () => {
    let state = fresh
    for (const event of events) {
      state = stepWindow(state, event)
      const strings = JSON.stringify(state, (_key, value) =>
        typeof value === 'string' ? `${value} ` : value
      )
      expect(strings).not.toMatch(/\\u|\\r|\\n|[\u007F-\u009F\u202A-\u202E\u2066-\u2069]/)
    }
  })

  test('what is left can be read', () => {
    expect(after(fresh, roster(mallory)).peers).toMatchObject([{ id: '1', name: shown }])
    expect(textsOf(after(fresh, told({ event: 'text', from: 'ada', text: 'hello\nworld' })))).toEqual([
      'ada: hello world'
    ])
    expect(after(fresh, roster(peer('1', '김민지 👩‍💻 é'))).peers).toMatchObject([{ name: '김민지 👩‍💻 é' }])
  })

  test('a name or a text of any length takes no more than a few lines', () => {
    const [note] = after(fresh, noted('x'.repeat(16_384))).notes
    expect(note?.text.length).toBeLessThanOrEqual(240)
    expect(after(fresh, roster(peer('1', 'x'.repeat(1_000)))).peers[0]?.name.length).toBeLessThanOrEqual(64)
  })

  test('whoever is called is called by the id that they have, whatever is in it', () => {
    expect(after(fresh, roster(peer(evil))).chosen).toBe(evil)
  })
})

describe('whatever happens, in whatever order,', () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 800 }))
  const anybody = fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    name: text,
    busy: fc.boolean(),
    dialect: fc.constantFrom('native', 'mdn')
  })
  const news: fc.Arbitrary<News> = fc.oneof(
    fc.record({
      event: fc.constant('peers' as const),
      peers: fc.uniqueArray(anybody, { selector: ({ id }) => id })
    }),
    fc.record({ event: fc.constant('text' as const), from: text, text }),
    fc.record({ event: fc.constant('problem' as const), code: text, message: text }),
    fc.record({ event: fc.constant('signing-in' as const), server: text, port: fc.nat() }),
    fc.record({
      event: fc.constant('call' as const),
      direction: fc.constant('incoming' as const),
      call: text,
      peer: anybody
    }),
    fc.record({
      event: fc.constant('phase' as const),
      call: text,
      phase: fc.constantFrom('ringing', 'connected')
    }),
    fc.record({
      event: fc.constant('ended' as const),
      call: text,
      peer: text,
      reason: fc.constantFrom<EndReason>('left', 'busy', 'failed'),
      seconds: fc.nat()
    })
  )
  const event: fc.Arbitrary<WindowEvent> = fc.oneof(
    { weight: 3, arbitrary: news.map((one) => told(one)) },
    fc.record({ type: fc.constant('moved' as const), by: fc.constantFrom<1 | -1>(1, -1) }),
    fc.record({ type: fc.constant('typed' as const), text }),
    fc.constantFrom<WindowEvent>({ type: 'switched-field' }, { type: 'erased' }),
    fc.record({ type: fc.constant('noted' as const), text, isError: fc.boolean() }),
    fc.record({ type: fc.constant('rung' as const), peer: fc.option(anybody) }),
    fc.record({
      type: fc.constant('shown' as const),
      screen: fc.constantFrom('connect' as const, 'list' as const, 'streaming' as const)
    })
  )

  test('the chosen one is on the list, the notes are six at the most, and no field is too long', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        let state = fresh
        for (const one of events) {
          state = stepWindow(state, one)
          const { peers, chosen, notes, server, port } = state
          expect(peers.length === 0 ? chosen === null : peers.some(({ id }) => id === chosen)).toBe(true)
          expect(notes.length).toBeLessThanOrEqual(6)
          expect(port).toMatch(/^\d{0,5}$/)
          expect(server).toMatch(/^[^\s\p{Cc}]{0,253}$/u)
        }
      }),
      { numRuns: 300 }
    )
  })
})
