import { describe, expect, test } from 'vitest'
import {
  type LineSession,
  type SessionEffect,
  type SessionEvent,
  type Trouble,
  patientMs,
  startSession,
  stepSession
} from './line-session.ts'

const lost: Trouble = { code: 'unreachable' }
const full: Trouble = { code: 'lobby-full' }
const replaced: Trouble = { code: 'replaced' }

const socketIn = (session: LineSession): number => ('socket' in session ? session.socket : 0)

/** Brings a session there, with the events of its socket addressed to the one that it has. */
const go = (session: LineSession, ...events: readonly (SessionEvent | SocketEvent)[]): LineSession =>
  events.reduce((now, event) => stepSession(now, addressed(now, event))[0], session)

type SocketEvent = SessionEvent extends infer Event
  ? Event extends { socket: number }
    ? Omit<Event, 'socket'>
    : never
  : never

const addressed = (now: LineSession, event: SessionEvent | SocketEvent): SessionEvent =>
  'socket' in event ? event : withSocket(event, socketIn(now))

const withSocket = (event: SessionEvent | SocketEvent, socket: number): SessionEvent => {
  switch (event.type) {
    case 'socket-opened':
    case 'heard':
    case 'session-unknown':
      return { type: event.type, socket }
    case 'welcomed':
    case 'resumed':
      return { type: event.type, handshakeMs: event.handshakeMs, socket }
    case 'turned-away':
    case 'socket-closed':
      return { type: event.type, trouble: event.trouble, socket }
    case 'violated':
      return { type: event.type, reason: event.reason, socket }
    default:
      return event
  }
}

const opened = { type: 'socket-opened' } as const
const welcomed = { type: 'welcomed', handshakeMs: 50 } as const
const resumed = { type: 'resumed', handshakeMs: 50 } as const
const closed = { type: 'socket-closed', trouble: lost } as const
const unknown = { type: 'session-unknown' } as const
const fired = (timer: Extract<SessionEvent, { type: 'timer-fired' }>['timer']) =>
  ({ type: 'timer-fired', timer }) as const

const [connecting] = startSession({ attempt: 100, probes: false })
const signingIn = go(connecting, opened)
const open = go(signingIn, welcomed)
const steady = go(open, fired('steady'))
const reopening = go(steady, closed)
const resuming = go(reopening, opened)
const waiting = go(reopening, closed)

const line = ({ type, ...effect }: SessionEffect): string =>
  [type, ...Object.values(effect).map((value) => (typeof value === 'object' ? value?.code : value))].join(' ')

/** What it does, without the timers that it clears. */
const effectsOf = (session: LineSession, event: SessionEvent | SocketEvent): readonly string[] =>
  stepSession(session, addressed(session, event))[1]
    .filter((effect) => effect.type !== 'set-timer' || effect.afterMs !== null)
    .map(line)

describe('a session', () => {
  test('begins with a socket, and a time by which it has to be of use', () => {
    expect(startSession({ attempt: 100, probes: false })[1].map(line)).toEqual([
      'open-socket 1',
      `set-timer give-up ${patientMs}`
    ])
  })

  test.each<[string, LineSession, SessionEvent | SocketEvent, readonly string[]]>([
    ['connecting → signing in', connecting, opened, ['send-sign-in 1 101']],
    [
      'signing in → open',
      signingIn,
      welcomed,
      ['set-timer steady 5000', 'set-timer ping 10000', 'tell-open']
    ],
    ['no server → closed', connecting, closed, ['tell-closed unreachable']],
    ['no answer → closed', connecting, fired('give-up'), ['abandon-socket 1', 'tell-closed unreachable']],
    [
      'turned away → closed',
      signingIn,
      { type: 'turned-away', trouble: full },
      ['abandon-socket 1', 'tell-closed lobby-full']
    ],
    ['a sign-in that may have arrived → another', signingIn, closed, ['set-timer retry 100 true']],
    [
      'open, lost → an attempt at once',
      steady,
      closed,
      ['tell-resuming unreachable', 'set-timer haste 60000', 'open-socket 2', 'set-timer attempt 1000']
    ],
    [
      'open, lost before it held → an attempt soon',
      open,
      closed,
      ['tell-resuming unreachable', 'set-timer retry 200 true']
    ],
    [
      'open, lost before it held, and again for a minute → later',
      go(resuming, resumed, fired('haste')),
      closed,
      ['tell-resuming unreachable', 'set-timer retry 2000 true']
    ],
    ['a socket → a resume', reopening, opened, ['send-resume 2 102']],
    ['resuming → open', resuming, resumed, ['set-timer steady 5000', 'set-timer ping 10000', 'tell-open']],
    ['not known → signing in on the same socket', resuming, unknown, ['send-sign-in 2 103']],
    [
      'resuming, and it takes too long → another',
      resuming,
      fired('attempt'),
      ['abandon-socket 2', 'set-timer retry 100 true', 'tell-resuming unreachable']
    ],
    ['waiting → the next socket', waiting, fired('retry'), ['open-socket 3', 'set-timer attempt 1000']],
    [
      'turned away from a lobby that has become full → later',
      go(resuming, unknown),
      { type: 'turned-away', trouble: full },
      ['abandon-socket 2', 'set-timer retry 1000 true', 'tell-resuming lobby-full']
    ],
    [
      'somebody else has resumed it → closed',
      resuming,
      { type: 'turned-away', trouble: replaced },
      ['abandon-socket 2', 'tell-closed replaced']
    ],
    [
      'replaced → closed, without a fight',
      steady,
      { type: 'socket-closed', trouble: replaced },
      ['tell-closed replaced']
    ],
    ['closed by the app → the session ends', steady, { type: 'closed' }, ['leave-socket 1', 'tell-closed ']],
    ['closed while it waits → nobody to tell', waiting, { type: 'closed' }, ['tell-closed ']]
  ])('%s', (_arrow, session, event, effects) => {
    expect(effectsOf(session, event)).toEqual(effects)
  })
})

describe('an open line', () => {
  test('is asked whether it is there when nothing was heard for a while, and let go when it says nothing', () => {
    expect(effectsOf(steady, fired('ping'))).toEqual(['send-ping 1', 'set-timer pong 2000'])
    expect(stepSession(steady, { type: 'heard', socket: 1 })[1]).toEqual([
      { type: 'set-timer', timer: 'pong', afterMs: null },
      { type: 'set-timer', timer: 'ping', afterMs: 10_000 }
    ])
    expect(effectsOf(steady, fired('pong'))).toEqual([
      'abandon-socket 1',
      'tell-resuming unreachable',
      'set-timer haste 60000',
      'open-socket 2',
      'set-timer attempt 1000'
    ])
  })

  test('is asked more often in a call', () => {
    expect(effectsOf(steady, { type: 'pace-set', lively: true })).toEqual(['set-timer ping 2000'])
    expect(
      effectsOf(go(waiting, { type: 'pace-set', lively: true }, fired('retry'), opened), resumed)
    ).toContain('set-timer ping 2000')
  })

  test('is asked at once when the network changes', () => {
    expect(effectsOf(steady, { type: 'network-changed' })).toEqual(['send-ping 1', 'set-timer pong 1000'])
  })

  test('whose server says what cannot be is resumed, and the next time begun anew', () => {
    const violated = { type: 'violated', reason: 'nonsense' } as const
    const once = go(steady, violated, opened)
    expect(once).toMatchObject({ phase: 'resuming', step: 'resuming' })
    expect(go(once, resumed, violated, fired('retry'), opened)).toMatchObject({ step: 'signing-in' })
    expect(go(once, violated, fired('retry'), opened)).toMatchObject({ step: 'signing-in' })
    expect(go(once, resumed, fired('steady'), violated, opened)).toMatchObject({ step: 'resuming' })
  })

  test('on which too much waits to be acknowledged is begun anew', () => {
    expect(go(steady, { type: 'overflowed' }, opened)).toMatchObject({ step: 'signing-in' })
    expect(go(waiting, { type: 'overflowed' }, fired('retry'), opened)).toMatchObject({ step: 'signing-in' })
    expect(effectsOf(resuming, { type: 'overflowed' })).toEqual([
      'abandon-socket 2',
      'open-socket 3',
      'set-timer attempt 1000'
    ])
  })
})

const slowly = (handshakeMs: number) =>
  go(connecting, opened, { type: 'welcomed', handshakeMs }, fired('steady'), closed, closed)

describe('attempts', () => {
  const again = [fired('retry'), closed]
  const attemptMs = (session: LineSession) =>
    effectsOf(session, fired('retry')).find((effect) => effect.startsWith('set-timer attempt'))

  test('are short, but for every eighth: the network may have become slow', () => {
    const times = [0, 5, 6, 7].map((count) =>
      attemptMs(go(waiting, ...Array.from({ length: count }, () => again).flat()))
    )
    expect(times).toEqual([1_000, 1_000, 3_000, 1_000].map((ms) => `set-timer attempt ${ms}`))
  })

  test('are probes when many have failed, where one can probe, and sockets where a probe comes through', () => {
    const probing = go(
      startSession({ attempt: 100, probes: true })[0],
      opened,
      welcomed,
      fired('steady'),
      closed,
      closed,
      ...Array.from({ length: 7 }, () => again).flat()
    )
    expect(effectsOf(probing, fired('retry'))[0]).toBe('open-probe 10')
    const probe = go(probing, fired('retry'))
    expect(effectsOf(probe, opened)).toEqual(['open-socket 11', 'set-timer attempt 1000'])
    expect(effectsOf(probe, closed)[0]).toBe('set-timer retry 300 true')
    expect(effectsOf(probe, fired('attempt'))[0]).toBe('abandon-socket 10')
    expect(effectsOf(probe, { type: 'network-changed' })).toContain('open-socket 11')
    const later = go(probing, ...Array.from({ length: 8 }, () => again).flat())
    expect(effectsOf(later, fired('retry'))[0]).toBe('open-socket 18')
  })

  test('get three times what the last one needed, up to ten seconds', () => {
    expect(attemptMs(slowly(700))).toBe('set-timer attempt 2100')
    expect(attemptMs(slowly(9_000))).toBe('set-timer attempt 10000')
  })

  test('become rare after a minute, and patient', () => {
    const later = go(waiting, fired('haste'))
    expect(attemptMs(later)).toBe('set-timer attempt 10000')
    const waits: (string | undefined)[] = []
    let session = later
    for (let count = 0; count < 5; count += 1) {
      session = go(session, fired('retry'))
      waits.push(effectsOf(session, closed)[0])
      session = go(session, closed)
    }
    expect(waits).toEqual([2_000, 4_000, 8_000, 8_000, 8_000].map((ms) => `set-timer retry ${ms} true`))
  })

  test('become frequent again when the network changes, and the one under way is begun anew', () => {
    const expected = ['set-timer haste 60000', 'open-socket 4', 'set-timer attempt 1000']
    const later = go(waiting, fired('haste'), fired('retry'), closed)
    expect(effectsOf(later, { type: 'network-changed' })).toEqual(expected)
    expect(effectsOf(go(waiting, fired('retry')), { type: 'network-changed' })).toEqual([
      expected[0],
      'abandon-socket 3',
      ...expected.slice(1)
    ])
    expect(effectsOf(resuming, { type: 'network-changed' })).toEqual([])
  })
})

describe('a page', () => {
  const hidden = { type: 'page-hidden' } as const
  const shown = { type: 'page-shown' } as const

  test('that is left takes its client with it, and brings it back when it is shown again', () => {
    expect(effectsOf(steady, hidden)).toEqual(['leave-socket 1', 'tell-resuming unreachable'])
    const asleep = go(steady, hidden)
    expect(effectsOf(asleep, { type: 'network-changed' })).toEqual([])
    expect(effectsOf(asleep, { type: 'socket-closed', socket: 1, trouble: lost })).toEqual([])
    expect(effectsOf(asleep, shown)).toContain('open-socket 2')
    expect(go(asleep, shown, opened)).toMatchObject({ phase: 'resuming', step: 'signing-in' })
    expect(effectsOf(steady, shown)).toEqual([])
    expect(effectsOf(waiting, shown)).toEqual([])
  })

  test('that is left in between resumes what it has, or goes on connecting', () => {
    expect(go(waiting, hidden, shown, opened)).toMatchObject({ phase: 'resuming', step: 'resuming' })
    expect(effectsOf(connecting, hidden)).toEqual(['leave-socket 1'])
    expect(go(connecting, hidden, shown, opened, welcomed)).toMatchObject({ phase: 'open' })
  })
})

test('what does not belong there changes nothing', () => {
  const over = go(steady, { type: 'closed' })
  const late: [LineSession, SessionEvent | SocketEvent][] = [
    [over, closed],
    [over, fired('retry')],
    [steady, { type: 'socket-closed', socket: 7, trouble: lost }],
    [steady, welcomed],
    [steady, fired('retry')],
    [waiting, closed],
    [waiting, fired('ping')],
    [connecting, { type: 'heard' }],
    [connecting, resumed],
    [connecting, welcomed],
    [connecting, unknown],
    [signingIn, opened]
  ]
  for (const [session, event] of late) {
    const [next, effects] = stepSession(session, addressed(session, event))
    expect(next).toBe(session)
    expect(effects).toEqual([])
  }
})

test('an event that there is not is a bug', () => {
  expect(() => stepSession(connecting, JSON.parse('{ "type": "held", "socket": 1 }'))).toThrow('unreachable')
})
