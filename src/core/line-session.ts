/**
 * A client's session with its server, as a reducer: when to open a socket, when to let one go, and whether
 * to resume on it or to sign in. Sockets are told apart by number; what an abandoned one still says changes
 * nothing. What is said over them, and its numbering, is the runner's affair.
 */
import { unreachable } from './codec.ts'
import type { RefusalCode } from './signal.ts'

/** Why there is no connection now. Who is `replaced` does not come back: somebody with the same secret has taken over. */
export interface Trouble {
  readonly code: RefusalCode | 'unreachable' | 'replaced'
  /** Missing or empty when the network is to blame, which gives none. */
  readonly reason?: string
}

/**
 * `give-up`: the first sign-in had its time. `attempt`: so had a socket. `retry`: time for the next. `haste`: it
 * has been tried often enough for a while. `steady`: a connection has held. `ping`: nothing was heard for a
 * while. `pong`: nor after that.
 */
export type SessionTimer = 'give-up' | 'attempt' | 'retry' | 'haste' | 'steady' | 'ping' | 'pong'

/** What has been learned on the way, which goes from phase to phase. */
interface Learned {
  /** The number of the latest socket. */
  readonly socket: number
  /** The latest attempt to sign in or to resume. It grows, so that the server knows one that comes late for such. */
  readonly attempt: number
  /** A sign-in has left, which the server may have heard. */
  readonly announced: boolean
  /** Its answer has come: there is a session to resume. Before, that might be an older one. */
  readonly welcomed: boolean
  /** Sockets in a row that came to nothing, or have not held so far. */
  readonly failures: number
  /** Among them, those that a server which is there did not want. */
  readonly refusals: number
  /** Those on which it said what cannot be. */
  readonly violations: number
  /** Losing the connection was but a moment ago: attempts are short and frequent. */
  readonly hasty: boolean
  /** How long the latest socket took until it was of use. */
  readonly handshakeMs: number
  /** There is a call: a loss must be noticed soon. */
  readonly lively: boolean
  /** A server can be probed for, and is: browsers let sockets that often came to nothing wait for seconds. */
  readonly probes: boolean
}

interface Live extends Learned {
  /** Until the first `welcome` it is connecting. */
  readonly phase: 'connecting' | 'resuming' | 'open'
  /** `resuming` and `signing-in`: that has been said, and not been answered. `asleep`: the page is away. */
  readonly step: 'probing' | 'opening' | 'resuming' | 'signing-in' | 'waiting' | 'asleep' | 'open'
}

export type LineSession = Live | { readonly phase: 'closed' }

export type SessionEvent =
  // What becomes of a socket, or of a probe, which goes by the number of one.
  | { readonly type: 'socket-opened'; readonly socket: number }
  /** Anything came over it. */
  | { readonly type: 'heard'; readonly socket: number }
  | { readonly type: 'welcomed' | 'resumed'; readonly socket: number; readonly handshakeMs: number }
  /** The answer to `sign-in` or `resume`. */
  | { readonly type: 'turned-away'; readonly socket: number; readonly trouble: Trouble }
  | { readonly type: 'session-unknown'; readonly socket: number }
  /** The server does not keep to the protocol. */
  | { readonly type: 'violated'; readonly socket: number; readonly reason: string }
  | { readonly type: 'socket-closed'; readonly socket: number; readonly trouble: Trouble }
  // What becomes of the world around it.
  | { readonly type: 'timer-fired'; readonly timer: SessionTimer }
  | { readonly type: 'network-changed' | 'page-hidden' | 'page-shown' }
  | { readonly type: 'pace-set'; readonly lively: boolean }
  /** More waits to be acknowledged than can be kept. */
  | { readonly type: 'overflowed' }
  | { readonly type: 'closed' }

/** In place of an earlier one of the same name; `null` for none. */
interface SetTimer {
  readonly type: 'set-timer'
  readonly timer: SessionTimer
  readonly afterMs: number | null
  /** At random between half of the time and all of it. */
  readonly spread?: true
}

export type SessionEffect =
  | { readonly type: 'open-socket' | 'open-probe'; readonly socket: number }
  /** Closes it; the session stays. */
  | { readonly type: 'abandon-socket'; readonly socket: number }
  /** Closes it, and the session with it. */
  | { readonly type: 'leave-socket'; readonly socket: number }
  /** To sign in begins the numbering anew. */
  | { readonly type: 'send-sign-in' | 'send-resume'; readonly socket: number; readonly attempt: number }
  | { readonly type: 'send-ping'; readonly socket: number }
  | SetTimer
  /** From here on what was held back may leave. */
  | { readonly type: 'tell-open' }
  | { readonly type: 'tell-resuming'; readonly trouble: Trouble }
  /** `null` when the client itself wanted it so. */
  | { readonly type: 'tell-closed'; readonly trouble: Trouble | null }

export type SessionStep = readonly [LineSession, readonly SessionEffect[]]

/** How long the first sign-in may take, and an attempt once there is no haste. */
export const patientMs = 10_000
const hasteMs = 60_000
/** The least that an attempt is given, and what some are given, for a network that has become slow. */
const shortAttemptMs = 1_000
const longAttemptMs = 3_000
const longEvery = 8
/** From so many failures on a server is probed for, and only one in so many attempts is a socket unasked. */
const probesAfter = 8
const unaskedEvery = 16
const firstHastyRetryMs = 50
const lastHastyRetryMs = 300
const firstRetryMs = 500
const lastRetryMs = 8_000
/** The loss of a connection that held for this long is a new one, and counts as the first. */
const steadyMs = 5_000
const livelyPingMs = 2_000
const idlePingMs = 10_000
const pongMs = 2_000

const everyTimer: readonly SessionTimer[] = ['give-up', 'attempt', 'retry', 'haste', 'steady', 'ping', 'pong']

const set = (timer: SessionTimer, afterMs: number | null): SetTimer => ({ type: 'set-timer', timer, afterMs })
const clear = (...timers: readonly SessionTimer[]): readonly SessionEffect[] =>
  timers.map((timer) => set(timer, null))

interface Start {
  /** Attempts count from here, above those of an earlier life with this secret. */
  readonly attempt: number
  readonly probes: boolean
}

/** Begins with the first socket. */
export const startSession = ({ attempt, probes }: Start): SessionStep => [
  {
    phase: 'connecting',
    step: 'opening',
    socket: 1,
    attempt,
    announced: false,
    welcomed: false,
    failures: 0,
    refusals: 0,
    violations: 0,
    hasty: true,
    handshakeMs: 0,
    lively: false,
    probes
  },
  [{ type: 'open-socket', socket: 1 }, set('give-up', patientMs)]
]

const hasSocket = ({ step }: Live): boolean => step !== 'waiting' && step !== 'asleep'

const letGo = (now: Live, type: 'abandon-socket' | 'leave-socket'): readonly SessionEffect[] =>
  hasSocket(now) ? [{ type, socket: now.socket }] : []

const abandoned = (now: Live): readonly SessionEffect[] => letGo(now, 'abandon-socket')

const close = (trouble: Trouble | null, before: readonly SessionEffect[] = []): SessionStep => [
  { phase: 'closed' },
  [...before, ...clear(...everyTimer), { type: 'tell-closed', trouble }]
]

/** One socket at a time: a browser opens no second one to a host before the first is open or gone. */
const openAs = (now: Live, step: 'probing' | 'opening'): SessionStep => {
  const socket = now.socket + 1
  const isLong = (now.failures + 1) % longEvery === 0
  const shortMs = Math.max(isLong ? longAttemptMs : shortAttemptMs, 3 * now.handshakeMs)
  return [
    { ...now, step, socket },
    [
      ...abandoned(now),
      ...clear('retry'),
      { type: step === 'probing' ? 'open-probe' : 'open-socket', socket },
      set('attempt', now.hasty ? Math.min(shortMs, patientMs) : patientMs)
    ]
  ]
}

const open = (now: Live): SessionStep => {
  const isProbe = now.probes && now.failures >= probesAfter && now.failures % unaskedEvery !== 0
  return openAs(now, isProbe ? 'probing' : 'opening')
}

const retryMs = ({ hasty, failures, refusals }: Learned): number => {
  const isHasty = hasty && refusals === 0
  return Math.min(
    (isHasty ? firstHastyRetryMs : firstRetryMs) * 2 ** (refusals || failures),
    isHasty ? lastHastyRetryMs : lastRetryMs
  )
}

/** Waits for the next attempt. */
const wait = (now: Live, trouble: Trouble): SessionStep => {
  const next: Live = {
    ...now,
    step: 'waiting',
    failures: now.failures + 1,
    refusals: now.refusals + (trouble.code === 'unreachable' ? 0 : 1)
  }
  return [next, [...abandoned(now), ...clear('attempt'), { ...set('retry', retryMs(next)), spread: true }]]
}

/** This socket came to nothing. A first sign-in is tried again only if the server may have heard of it. */
const fail = (now: Live, trouble: Trouble): SessionStep => {
  const isFirst = now.phase === 'connecting'
  if (isFirst && (trouble.code !== 'unreachable' || !now.announced)) return close(trouble, abandoned(now))
  const [next, effects] = wait(now, trouble)
  return [next, isFirst ? effects : [...effects, { type: 'tell-resuming', trouble }]]
}

/** It begins with attempts that are short and frequent. */
const hurry = (now: Live): SessionStep => {
  const [next, effects] = open({ ...now, hasty: true, failures: 0 })
  return [next, [set('haste', hasteMs), ...effects]]
}

/** The connection is gone. Had it held, the next attempt follows at once. */
const lose = (now: Live, trouble: Trouble): SessionStep => {
  const lost: Live = { ...now, phase: 'resuming', step: 'waiting' }
  const [next, effects] = now.failures > 0 ? wait(lost, trouble) : hurry(lost)
  return [next, [...clear('steady', 'ping', 'pong'), { type: 'tell-resuming', trouble }, ...effects]]
}

/** It is of no more use, open or not. */
const abandon = (now: Live, reason: string): SessionStep => {
  const trouble: Trouble = { code: 'unreachable', reason }
  if (now.phase !== 'open') return fail(now, trouble)
  const [next, effects] = lose(now, trouble)
  return [next, [...abandoned(now), ...effects]]
}

/** The first answer that cannot be may be the network's doing. The next time it is a session to be given up. */
const violate = (now: Live): Live => ({
  ...now,
  violations: now.violations + 1,
  welcomed: now.violations === 0 && now.welcomed
})

const listen = ({ lively }: Learned): SessionEffect => set('ping', lively ? livelyPingMs : idlePingMs)

const establish = (now: Live, handshakeMs: number): SessionStep => [
  // Until it has held it counts as one that did not.
  { ...now, phase: 'open', step: 'open', welcomed: true, failures: now.failures + 1, handshakeMs },
  [...clear('give-up', 'attempt'), set('steady', steadyMs), listen(now), { type: 'tell-open' }]
]

const beginAs = (now: Live, step: 'signing-in' | 'resuming'): SessionStep => {
  const { socket } = now
  const attempt = now.attempt + 1
  return step === 'resuming'
    ? [{ ...now, step, attempt }, [{ type: 'send-resume', socket, attempt }]]
    : [
        { ...now, step, attempt, announced: true, welcomed: false },
        [{ type: 'send-sign-in', socket, attempt }]
      ]
}

const ping = (now: Live, answerMs: number): SessionStep => [
  now,
  [{ type: 'send-ping', socket: now.socket }, set('pong', answerMs)]
]

/** A socket is there. Where a probe has come through, one is. */
const useSocket = (now: Live): SessionStep => {
  if (now.step === 'probing') return openAs({ ...now, step: 'waiting' }, 'opening')
  return now.step === 'opening' ? beginAs(now, now.welcomed ? 'resuming' : 'signing-in') : [now, []]
}

const hearClose = (now: Live, trouble: Trouble): SessionStep => {
  if (now.phase !== 'open') return fail({ ...now, step: 'waiting' }, trouble)
  return trouble.code === 'replaced' ? close(trouble) : lose(now, trouble)
}

/** What comes over the socket that there is. */
const hear = (now: Live, event: Extract<SessionEvent, { socket: number }>): SessionStep => {
  if (event.socket !== now.socket || !hasSocket(now)) return [now, []]
  switch (event.type) {
    case 'socket-opened':
      return useSocket(now)
    case 'resumed':
      return now.step === 'resuming' ? establish(now, event.handshakeMs) : [now, []]
    case 'welcomed':
      return now.step === 'signing-in' ? establish(now, event.handshakeMs) : [now, []]
    case 'session-unknown':
      return now.step === 'resuming' ? beginAs(now, 'signing-in') : [now, []]
    case 'turned-away':
      if (now.phase === 'open') return [now, []]
      return event.trouble.code === 'replaced'
        ? close(event.trouble, abandoned(now))
        : fail(now, event.trouble)
    case 'violated':
      return abandon(violate(now), event.reason)
    case 'socket-closed':
      return hearClose(now, event.trouble)
    case 'heard':
      return [now, now.phase === 'open' ? [...clear('pong'), listen(now)] : []]
    default:
      return unreachable(event)
  }
}

const fireWhileOpen = (now: Live, timer: SessionTimer): SessionStep => {
  switch (timer) {
    case 'steady':
      return [{ ...now, failures: 0, refusals: 0, violations: 0, hasty: true }, clear('haste')]
    case 'ping':
      return ping(now, pongMs)
    case 'pong':
      return abandon(now, 'silence')
    case 'haste':
      return [{ ...now, hasty: false }, []]
    default:
      return [now, []]
  }
}

const fire = (now: Live, timer: SessionTimer): SessionStep => {
  if (now.phase === 'open') return fireWhileOpen(now, timer)
  const trouble: Trouble = { code: 'unreachable', reason: 'no answer' }
  switch (timer) {
    case 'give-up':
      return close(trouble, abandoned(now))
    case 'attempt':
      return fail(now, trouble)
    case 'retry':
      return open(now)
    case 'haste':
      return [{ ...now, hasty: false, failures: 1 }, []]
    default:
      return [now, []]
  }
}

/** Whoever leaves the page leaves the lobby, at once; should the page be shown again, so is the client. */
const sleep = (now: Live): SessionStep => {
  const isOpen = now.phase === 'open'
  const trouble: Trouble = { code: 'unreachable', reason: 'the page was left' }
  const phase = isOpen ? 'resuming' : now.phase
  return [
    { ...now, phase, step: 'asleep', welcomed: !isOpen && now.welcomed },
    [
      ...letGo(now, 'leave-socket'),
      ...clear(...everyTimer),
      ...(isOpen ? [{ type: 'tell-resuming', trouble } as const] : [])
    ]
  ]
}

/** What was sent is lost, and with it the session: the next one begins with a clean sheet. */
const overflow = (now: Live): SessionStep => {
  const next = { ...now, welcomed: false }
  if (next.phase === 'open') return abandon(next, 'too much waits to be acknowledged')
  return next.step === 'resuming' ? open(next) : [next, []]
}

/** An open line may be on the network that was left. A socket that is not even open surely is. */
const changeNetwork = (now: Live): SessionStep => {
  switch (now.step) {
    case 'open':
      return ping(now, Math.max(shortAttemptMs, 3 * now.handshakeMs))
    case 'waiting':
    case 'opening':
    case 'probing':
      return hurry(now)
    default:
      return [now, []]
  }
}

/** Takes one event. The runner performs the effects in order. */
export const stepSession = (now: LineSession, event: SessionEvent): SessionStep => {
  if (now.phase === 'closed') return [now, []]
  switch (event.type) {
    case 'timer-fired':
      return fire(now, event.timer)
    case 'network-changed':
      return changeNetwork(now)
    case 'page-hidden':
      return sleep(now)
    case 'page-shown':
      return now.step === 'asleep' ? hurry(now) : [now, []]
    case 'pace-set': {
      const next = { ...now, lively: event.lively }
      return [next, now.phase === 'open' ? [listen(next)] : []]
    }
    case 'closed':
      return close(null, letGo(now, 'leave-socket'))
    case 'overflowed':
      return overflow(now)
    default:
      return hear(now, event)
  }
}
