/**
 * The network and the server of a client's session, as a model: what is under way on which socket, and what
 * either end makes of it. The server keeps to the protocol; what the client does is the reducer's effects.
 */
import { unreachable } from '../../src/core/codec.ts'
import type { LineSession, SessionEffect, SessionEvent, SessionTimer } from '../../src/core/line-session.ts'
import { Violation } from './interleavings.ts'

type UpFrame =
  | { readonly type: 'ping' | 'leave' | 'abandon' }
  | { readonly type: 'sign-in'; readonly attempt: number }
  | { readonly type: 'resume'; readonly attempt: number; readonly ack: number }
  | { readonly type: 'message'; readonly n: number }
export type DownFrame =
  | { readonly type: 'welcome' | 'session-unknown' | 'stale' | 'full' | 'pong' | 'replaced' }
  | { readonly type: 'resumed'; readonly ack: number }
  | { readonly type: 'message'; readonly n: number }

interface Socket {
  client: 'opening' | 'open' | 'gone'
  server: 'open' | 'gone'
  /** Nothing is ever said over it. */
  probe: boolean
  /** Nothing more gets through, and nobody is told. */
  silent: boolean
  readonly up: UpFrame[]
  readonly down: DownFrame[]
}

/** What one end has sent, and what it has of the other. */
interface Count {
  sent: number
  received: number
}

/** How often each misfortune may still happen. */
export interface Fate {
  /** A socket breaks, and both ends see it. */
  cuts: number
  silences: number
  restarts: number
  /** Timers that fire though nothing is wrong but the network's pace. */
  impatience: number
  networks: number
  leaves: number
  thieves: number
  refusals: number
  /** Messages that either end has to say. */
  messages: number
}

export interface State {
  session: LineSession
  timers: SessionTimer[]
  sockets: Record<number, Socket>
  client: Count
  /** The server's side, if it knows of the session. */
  held: ({ attempt: number; socket: number | null } & Count) | null
  /** The session has been lost or given up, and its messages with it. */
  begunAnew: boolean
  stolen: boolean
  attempt: number
  fate: Fate
}

export const insist = (condition: boolean, what: string): void => {
  if (!condition) throw new Violation(what)
}

export const socketOf = ({ sockets }: State, number: number): Socket => {
  const socket = sockets[number]
  if (socket === undefined) throw new Violation(`there is no socket ${number}`)
  return socket
}

export const current = ({ session }: State): number => (session.phase === 'closed' ? 0 : session.socket)

export const sayOn = (state: State, number: number, frame: UpFrame): void => {
  const socket = socketOf(state, number)
  insist(socket.client === 'open', `${frame.type} on a socket that is not open`)
  socket.up.push(frame)
}

const shut = (socket: Socket, frame: UpFrame): void => {
  insist(socket.client !== 'gone', 'a socket is closed twice')
  if (socket.client === 'open') socket.up.push(frame)
  else socket.server = 'gone'
  socket.client = 'gone'
}

const grown = (state: State, attempt: number): number => {
  insist(attempt > state.attempt, 'an attempt that does not grow')
  return (state.attempt = attempt)
}

export const perform = (state: State, effect: SessionEffect): void => {
  switch (effect.type) {
    case 'open-probe':
    case 'open-socket': {
      const all = Object.values(state.sockets)
      insist(
        all.every(({ client }) => client === 'gone'),
        'two sockets at a time'
      )
      state.sockets[effect.socket] = {
        client: 'opening',
        server: 'open',
        probe: effect.type === 'open-probe',
        silent: false,
        up: [],
        down: []
      }
      return
    }
    case 'abandon-socket':
      return shut(socketOf(state, effect.socket), { type: 'abandon' })
    case 'leave-socket':
      return shut(socketOf(state, effect.socket), { type: 'leave' })
    case 'send-sign-in':
      insist(state.begunAnew || state.client.received === 0, 'it signs in though its session is there')
      state.client = { sent: 1, received: 0 }
      return sayOn(state, effect.socket, { type: 'sign-in', attempt: grown(state, effect.attempt) })
    case 'send-resume':
      return sayOn(state, effect.socket, {
        type: 'resume',
        attempt: grown(state, effect.attempt),
        ack: state.client.received
      })
    case 'send-ping':
      return sayOn(state, effect.socket, { type: 'ping' })
    case 'set-timer': {
      const others = state.timers.filter((timer) => timer !== effect.timer)
      state.timers = effect.afterMs === null ? others : [...others, effect.timer].sort()
      return
    }
    case 'tell-open':
      insist(state.client.received > 0, 'open before it is welcomed')
      return
    case 'tell-resuming':
      return
    case 'tell-closed':
      insist(state.timers.length === 0, 'the end leaves a timer')
      return
    default:
      return unreachable(effect)
  }
}

export const reply = (socket: Socket, ...frames: readonly DownFrame[]): void => {
  if (socket.server === 'open') socket.down.push(...frames)
}

/** The server lets go of the socket that the session has; the client is told why. */
export const replace = (state: State, by: number | null): void => {
  const { held } = state
  if (held === null || held.socket === null || held.socket === by) return
  const old = socketOf(state, held.socket)
  insist(
    by === null || state.session.phase !== 'open' || current(state) !== held.socket,
    'a good connection is evicted'
  )
  reply(old, { type: 'replaced' })
  old.server = 'gone'
}

const resumeOn = (state: State, number: number, frame: Extract<UpFrame, { type: 'resume' }>): void => {
  const { held } = state
  const socket = socketOf(state, number)
  if (held === null) return reply(socket, { type: 'session-unknown' })
  if (frame.attempt <= held.attempt) return reply(socket, { type: 'stale' })
  replace(state, number)
  Object.assign(held, { attempt: frame.attempt, socket: number })
  reply(socket, { type: 'resumed', ack: held.received })
  for (let n = frame.ack + 1; n <= held.sent; n += 1) {
    reply(socket, n === 1 ? { type: 'welcome' } : { type: 'message', n })
  }
}

const signInOn = (state: State, number: number, attempt: number): void => {
  const { held } = state
  if (held !== null && attempt <= held.attempt) return reply(socketOf(state, number), { type: 'stale' })
  replace(state, number)
  state.held = { attempt, socket: number, sent: 1, received: 1 }
  reply(socketOf(state, number), { type: 'welcome' })
}

export const hearUp = (state: State, number: number, frame: UpFrame): void => {
  const { held } = state
  const socket = socketOf(state, number)
  switch (frame.type) {
    case 'sign-in':
      return signInOn(state, number, frame.attempt)
    case 'resume':
      return resumeOn(state, number, frame)
    case 'ping':
      return reply(socket, { type: 'pong' })
    case 'message':
      if (held?.socket !== number || frame.n <= held.received) return
      insist(frame.n === held.received + 1, 'a gap on the way up')
      held.received = frame.n
      return
    case 'leave':
    case 'abandon':
      socket.server = 'gone'
      if (held?.socket !== number) return
      if (frame.type === 'leave') state.held = null
      else held.socket = null
      return
    default:
      return unreachable(frame)
  }
}

/** What a frame is to the reducer. */
export const eventOf = (socket: number, frame: DownFrame): SessionEvent => {
  switch (frame.type) {
    case 'welcome':
      return { type: 'welcomed', socket, handshakeMs: 10 }
    case 'resumed':
      return { type: 'resumed', socket, handshakeMs: 10 }
    case 'session-unknown':
      return { type: 'session-unknown', socket }
    case 'stale':
      return { type: 'turned-away', socket, trouble: { code: 'replaced' } }
    case 'full':
      return { type: 'turned-away', socket, trouble: { code: 'lobby-full' } }
    case 'message':
    case 'pong':
      return { type: 'heard', socket }
    case 'replaced':
      return { type: 'socket-closed', socket, trouble: { code: 'replaced' } }
    default:
      return unreachable(frame)
  }
}

/** The runner counts what comes over the socket of the session, and nothing else. */
export const count = (state: State, frame: DownFrame): void => {
  const { client } = state
  if (frame.type === 'welcome') state.begunAnew = false
  const n = frame.type === 'welcome' ? 1 : 'n' in frame ? frame.n : 0
  insist(n <= client.received + 1, 'a gap on the way down')
  client.received = Math.max(client.received, n)
}

/** Sockets that are gone at both ends, and on which nothing is under way, are forgotten. */
export const tidy = (state: State): void => {
  for (const [number, socket] of Object.entries(state.sockets)) {
    const over = socket.silent || (socket.up.length === 0 && socket.down.length === 0)
    if (socket.client !== 'gone' || !over) continue
    if (socket.server === 'gone' || (socket.silent && state.held?.socket !== Number(number))) {
      delete state.sockets[Number(number)]
    }
  }
}
