import { describe, expect, test } from 'vitest'
import { walk } from '../../test/support/interleavings.ts'
import { type Fate, type SessionReducer, sessionWorld } from '../../test/support/session-world.ts'
import {
  type LineSession,
  type SessionEffect,
  type SessionEvent,
  type SessionTimer,
  startSession,
  stepSession
} from './line-session.ts'

const calm: Fate = {
  cuts: 0,
  silences: 0,
  restarts: 0,
  impatience: 0,
  networks: 0,
  leaves: 0,
  thieves: 0,
  refusals: 0,
  messages: 0
}

const fates: [string, Partial<Fate>][] = [
  ['two cuts while both sides speak', { cuts: 2, messages: 2 }],
  ['two connections that fall silent', { silences: 2, messages: 1 }],
  ['silence, and a cut', { silences: 1, cuts: 1, messages: 2 }],
  ['a server that forgets, and a cut', { restarts: 1, cuts: 1, messages: 1 }],
  ['a server that forgets twice', { restarts: 2, messages: 1 }],
  ['a network that is slower than expected, and a cut', { impatience: 2, cuts: 1, messages: 1 }],
  ['networks that change, and a cut', { networks: 2, cuts: 1, messages: 1 }],
  ['a page that is left and shown again, and a cut', { leaves: 1, cuts: 1, messages: 1 }],
  ['somebody with the same secret, and a cut', { thieves: 1, cuts: 1, messages: 1 }],
  ['a lobby that has become full, and a cut', { refusals: 1, restarts: 1, cuts: 1 }],
  ['a bit of everything', { cuts: 1, silences: 1, restarts: 1, impatience: 1 }]
]

describe('whatever the network does, in whatever order, a session goes on or is begun anew', () => {
  test.each(fates)('%s', (_name, fate) => {
    const { violation, ends } = walk(sessionWorld({ ...calm, ...fate }, stepSession))
    expect(violation).toBeNull()
    expect(ends).toBeGreaterThan(0)
  })
})

test('the same for one that has failed often, and probes for a server', () => {
  const [session, effects] = startSession({ attempt: 0, probes: true })
  const failed: LineSession = session.phase === 'closed' ? session : { ...session, failures: 8 }
  for (const fate of [
    { cuts: 2, messages: 1 },
    { silences: 1, cuts: 1, restarts: 1 },
    { impatience: 2, networks: 1, cuts: 1 }
  ]) {
    const { violation, ends } = walk(sessionWorld({ ...calm, ...fate }, stepSession, [failed, effects]))
    expect(violation).toBeNull()
    expect(ends).toBeGreaterThan(0)
  }
})

const without =
  (unwanted: (effect: SessionEffect, event: SessionEvent) => boolean): SessionReducer =>
  (now, event) => {
    const [next, effects] = stepSession(now, event)
    return [next, effects.filter((effect) => !unwanted(effect, event))]
  }

const isSet = (effect: SessionEffect, timer: SessionTimer): boolean =>
  effect.type === 'set-timer' && effect.timer === timer && effect.afterMs !== null

/** The reducer, broken on purpose, and what comes of it. */
const mutants: [string, SessionReducer, string][] = [
  [
    'opens the next socket before it lets go of the last',
    without(({ type }) => type === 'abandon-socket'),
    'two sockets at a time'
  ],
  [
    'counts attempts anew with each connection',
    (now, event) =>
      stepSession(event.type === 'socket-opened' && 'attempt' in now ? { ...now, attempt: 0 } : now, event),
    'an attempt that does not grow'
  ],
  [
    'hears sockets that were let go',
    (now, event) =>
      stepSession(now, 'socket' in event && 'socket' in now ? { ...event, socket: now.socket } : event),
    'open before it is welcomed'
  ],
  [
    'signs in where it could resume',
    (now, event) => stepSession('welcomed' in now ? { ...now, welcomed: false } : now, event),
    'it signs in though its session is there'
  ],
  [
    'never asks whether the line is still there',
    without((effect) => isSet(effect, 'ping')),
    'something told is lost'
  ],
  ['waits for an answer for ever', without((effect) => isSet(effect, 'attempt')), 'it ends'],
  [
    'does not know what to do when it is not known',
    (now, event) => (event.type === 'session-unknown' ? [now, []] : stepSession(now, event)),
    'it ends'
  ],
  [
    'resumes what it was not welcomed to, which may be an older session',
    (now, event) => stepSession('announced' in now ? { ...now, welcomed: now.announced } : now, event),
    'open before it is welcomed'
  ],
  [
    'fights whoever has taken over',
    (now, event) => {
      const isReplaced = 'trouble' in event && event.trouble.code === 'replaced'
      return stepSession(now, isReplaced ? { ...event, trouble: { code: 'unreachable' } } : event)
    },
    'no end in sight'
  ],
  [
    'leaves its timers behind',
    without(
      (effect, event) =>
        effect.type === 'set-timer' && effect.afterMs === null && event.type === 'turned-away'
    ),
    'the end leaves a timer'
  ]
]

test.each(mutants)('the walker catches a session that %s', (_name, mutant, caught) => {
  const found = fates.map(
    ([, fate]) => walk(sessionWorld({ ...calm, ...fate }, mutant), 20_000).violation?.what
  )
  expect(found.join('; ')).toContain(caught)
})
