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
  /** Missing when the network is to blame, which gives none. */
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

type Trying = Learned & {
  /** Until the first `welcome` it is connecting. */
  readonly phase: 'connecting' | 'resuming'
  /** `resuming` and `signing-in`: that has been said, and not been answered. `asleep`: the page is away. */
  readonly step: 'probing' | 'opening' | 'resuming' | 'signing-in' | 'waiting' | 'asleep'
}
type Open = Learned & { readonly phase: 'open' }

export type LineSession = Trying | Open | { readonly phase: 'closed' }

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

export type SessionEffect =
  | { readonly type: 'open-socket' | 'open-probe'; readonly socket: number }
  /** Closes it; the session stays. */
  | { readonly type: 'abandon-socket'; readonly socket: number }
  /** Closes it, and the session with it. */
  | { readonly type: 'leave-socket'; readonly socket: number }
  /** To sign in begins the numbering anew. */
  | { readonly type: 'send-sign-in' | 'send-resume'; readonly socket: number; readonly attempt: number }
  | { readonly type: 'send-ping'; readonly socket: number }
  /** Replaces an earlier one of the same name. Spread: at random between half of the time and all of it. */
  | {
      readonly type: 'set-timer'
      readonly timer: SessionTimer
      readonly afterMs: number
      readonly spread?: true
    }
  | { readonly type: 'clear-timer'; readonly timer: SessionTimer }
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

const set = (timer: SessionTimer, afterMs: number): SessionEffect => ({ type: 'set-timer', timer, afterMs })
const clear = (...timers: readonly SessionTimer[]): readonly SessionEffect[] =>
  timers.map((timer) => ({ type: 'clear-timer', timer }))

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

const hasSocket = ({ step }: Trying): boolean => step !== 'waiting' && step !== 'asleep'

const abandoned = (now: Trying): readonly SessionEffect[] =>
  hasSocket(now) ? [{ type: 'abandon-socket', socket: now.socket }] : []

const left = (now: Trying | Open): readonly SessionEffect[] =>
  now.phase === 'open' || hasSocket(now) ? [{ type: 'leave-socket', socket: now.socket }] : []

const close = (trouble: Trouble | null, ...before: readonly SessionEffect[]): SessionStep => [
  { phase: 'closed' },
  [...before, ...clear(...everyTimer), { type: 'tell-closed', trouble }]
]

/** One socket at a time: a browser opens no second one to a host before the first is open or gone. */
const openAs = (now: Trying, step: 'probing' | 'opening'): SessionStep => {
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

const open = (now: Trying): SessionStep => {
  const { probes, failures } = now
  return openAs(
    now,
    probes && failures >= probesAfter && failures % unaskedEvery !== 0 ? 'probing' : 'opening'
  )
}

const retryMs = ({ hasty, failures, refusals }: Learned): number => {
  if (refusals > 0) return Math.min(firstRetryMs * 2 ** refusals, lastRetryMs)
  return hasty
    ? Math.min(firstHastyRetryMs * 2 ** failures, lastHastyRetryMs)
    : Math.min(firstRetryMs * 2 ** failures, lastRetryMs)
}

/** Waits for the next attempt. */
const wait = (now: Trying, isRefusal: boolean): SessionStep => {
  const next: Trying = {
    ...now,
    step: 'waiting',
    failures: now.failures + 1,
    refusals: isRefusal ? now.refusals + 1 : now.refusals
  }
  const retry = { type: 'set-timer', timer: 'retry', afterMs: retryMs(next), spread: true } as const
  return [next, [...abandoned(now), ...clear('attempt'), retry]]
}

const isRefusal = ({ code }: Trouble): boolean => code !== 'unreachable'

/** This socket came to nothing. A first sign-in is tried again only if the server may have heard of it. */
const fail = (now: Trying, trouble: Trouble): SessionStep => {
  if (now.phase === 'connecting') {
    const isOver = isRefusal(trouble) || !now.announced
    return isOver ? close(trouble, ...abandoned(now)) : wait(now, false)
  }
  const [next, effects] = wait(now, isRefusal(trouble))
  return [next, [...effects, { type: 'tell-resuming', trouble }]]
}

/** It begins with attempts that are short and frequent. */
const hurry = (now: Trying): SessionStep => {
  const [next, effects] = open({ ...now, hasty: true, failures: 0 })
  return [next, [set('haste', hasteMs), ...effects]]
}

/** The connection is gone. Had it held, the next attempt follows at once. */
const lose = (now: Open, trouble: Trouble): SessionStep => {
  const lost: Trying = { ...now, phase: 'resuming', step: 'waiting' }
  const [next, effects] = now.failures > 0 ? wait(lost, isRefusal(trouble)) : hurry(lost)
  return [next, [...clear('steady', 'ping', 'pong'), { type: 'tell-resuming', trouble }, ...effects]]
}

/** The first answer that cannot be may be the network's doing. The next time it is a session to be given up. */
const violate = <Now extends Trying | Open>(now: Now): Now => ({
  ...now,
  violations: now.violations + 1,
  welcomed: now.violations === 0 && now.welcomed
})

const listen = ({ lively }: Learned): SessionEffect => set('ping', lively ? livelyPingMs : idlePingMs)

const establish = (now: Trying, handshakeMs: number): SessionStep => {
  const { step: _, ...learned } = now
  // Until it has held it counts as one that did not.
  const failures = now.failures + 1
  const next: Open = { ...learned, phase: 'open', welcomed: true, failures, handshakeMs }
  const effects = [...clear('give-up', 'attempt'), set('steady', steadyMs), listen(next)]
  return [next, [...effects, { type: 'tell-open' }]]
}

const signIn = (now: Trying): SessionStep => {
  const attempt = now.attempt + 1
  const next = { ...now, attempt, step: 'signing-in', announced: true, welcomed: false } as const
  return [next, [{ type: 'send-sign-in', socket: now.socket, attempt }]]
}

const beginOn = (now: Trying): SessionStep => {
  if (!now.welcomed) return signIn(now)
  const attempt = now.attempt + 1
  return [{ ...now, step: 'resuming', attempt }, [{ type: 'send-resume', socket: now.socket, attempt }]]
}

/** Where a probe has come through, a socket does. */
const reached = (now: Trying): SessionStep =>
  now.step === 'probing' ? openAs({ ...now, step: 'waiting' }, 'opening') : [now, []]

/** What a socket says while there is no session on it yet. */
const hearWhileTrying = (now: Trying, event: Extract<SessionEvent, { socket: number }>): SessionStep => {
  switch (event.type) {
    case 'socket-opened':
      return now.step === 'opening' ? beginOn(now) : reached(now)
    case 'resumed':
      return now.step === 'resuming' ? establish(now, event.handshakeMs) : [now, []]
    case 'welcomed':
      return now.step === 'signing-in' ? establish(now, event.handshakeMs) : [now, []]
    case 'session-unknown':
      return now.step === 'resuming' ? signIn(now) : [now, []]
    case 'turned-away':
      if (event.trouble.code === 'replaced') return close(event.trouble, ...abandoned(now))
      return fail(now, event.trouble)
    case 'violated':
      return fail(violate(now), { code: 'unreachable', reason: event.reason })
    case 'socket-closed':
      return fail({ ...now, step: 'waiting' }, event.trouble)
    case 'heard':
      return [now, []]
    default:
      return unreachable(event)
  }
}

const ping = (now: Open, answerMs: number): SessionStep => [
  now,
  [{ type: 'send-ping', socket: now.socket }, set('pong', answerMs)]
]

const abandon = (now: Open, reason: string): SessionStep => {
  const [next, effects] = lose(now, { code: 'unreachable', reason })
  return [next, [{ type: 'abandon-socket', socket: now.socket }, ...effects]]
}

const hearWhileOpen = (now: Open, event: Extract<SessionEvent, { socket: number }>): SessionStep => {
  switch (event.type) {
    case 'heard':
      return [now, [...clear('pong'), listen(now)]]
    case 'violated':
      return abandon(violate(now), event.reason)
    case 'socket-closed':
      return event.trouble.code === 'replaced' ? close(event.trouble) : lose(now, event.trouble)
    default:
      return [now, []]
  }
}

const fireWhileTrying = (now: Trying, timer: SessionTimer): SessionStep => {
  switch (timer) {
    case 'give-up':
      return close({ code: 'unreachable', reason: 'no answer' }, ...abandoned(now))
    case 'attempt':
      return fail(now, { code: 'unreachable', reason: 'no answer' })
    case 'retry':
      return open(now)
    case 'haste':
      return [{ ...now, hasty: false, failures: 1 }, []]
    default:
      return [now, []]
  }
}

const fireWhileOpen = (now: Open, timer: SessionTimer): SessionStep => {
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

/** Whoever leaves the page leaves the lobby, at once; should the page be shown again, so is the client. */
const sleep = (now: Trying | Open): SessionStep => {
  const phase = now.phase === 'connecting' ? 'connecting' : 'resuming'
  const trouble: Trouble = { code: 'unreachable', reason: 'the page was left' }
  const told: readonly SessionEffect[] = now.phase === 'open' ? [{ type: 'tell-resuming', trouble }] : []
  const welcomed = now.phase !== 'open' && now.welcomed
  return [{ ...now, phase, step: 'asleep', welcomed }, [...left(now), ...clear(...everyTimer), ...told]]
}

/** What was sent is lost, and with it the session: the next one begins with a clean sheet. */
const overflow = (now: Trying | Open): SessionStep => {
  const next = { ...now, welcomed: false }
  if (next.phase === 'open') return abandon(next, 'too much waits to be acknowledged')
  return next.step === 'resuming' ? open(next) : [next, []]
}

/** An open line may be on the network that was left. A socket that is not even open surely is. */
const changeNetwork = (now: Trying | Open): SessionStep => {
  if (now.phase === 'open') return ping(now, Math.max(shortAttemptMs, 3 * now.handshakeMs))
  return now.step === 'waiting' || now.step === 'opening' || now.step === 'probing' ? hurry(now) : [now, []]
}

const hear = (now: Trying | Open, event: Extract<SessionEvent, { socket: number }>): SessionStep => {
  if (event.socket !== now.socket) return [now, []]
  if (now.phase === 'open') return hearWhileOpen(now, event)
  return hasSocket(now) ? hearWhileTrying(now, event) : [now, []]
}

/** Takes one event. The runner performs the effects in order. */
export const stepSession = (now: LineSession, event: SessionEvent): SessionStep => {
  if (now.phase === 'closed') return [now, []]
  switch (event.type) {
    case 'timer-fired':
      return now.phase === 'open' ? fireWhileOpen(now, event.timer) : fireWhileTrying(now, event.timer)
    case 'network-changed':
      return changeNetwork(now)
    case 'page-hidden':
      return sleep(now)
    case 'page-shown':
      return now.phase !== 'open' && now.step === 'asleep' ? hurry(now) : [now, []]
    case 'pace-set':
      return now.phase === 'open'
        ? [{ ...now, lively: event.lively }, [listen({ ...now, lively: event.lively })]]
        : [{ ...now, lively: event.lively }, []]
    case 'closed':
      return close(null, ...left(now))
    case 'overflowed':
      return overflow(now)
    default:
      return hear(now, event)
  }
}
