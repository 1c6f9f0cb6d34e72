/**
 * A client's session over a network that does its worst, as a world for the walker: frames of abandoned sockets
 * arrive late, sockets break or fall silent in any state, the server forgets, turns away or hands the session
 * to somebody else.
 */
import {
  type LineSession,
  type SessionEvent,
  type SessionStep,
  startSession
} from '../../src/core/line-session.ts'
import { type Move, type World } from './interleavings.ts'
import {
  type DownFrame,
  type Fate,
  type State,
  count,
  current,
  eventOf,
  hearUp,
  insist,
  perform,
  replace,
  reply,
  sayOn,
  socketOf,
  tidy
} from './session-network.ts'

export type { Fate }
export type SessionReducer = (now: LineSession, event: SessionEvent) => SessionStep

const spend = (state: State, what: keyof Fate): void => {
  state.fate[what] -= 1
}

const talkMoves = (state: State): Change[] => {
  const moves: Change[] = []
  const { held, fate, session } = state
  if (session.phase === 'open' && fate.messages > 0) {
    moves.push([
      'the client speaks',
      (next) => {
        spend(next, 'messages')
        next.client.sent += 1
        sayOn(next, current(next), { type: 'message', n: next.client.sent })
      }
    ])
  }
  if (held !== null && fate.messages > 0) {
    moves.push([
      'the server speaks',
      (next) => {
        spend(next, 'messages')
        if (next.held === null) return
        next.held.sent += 1
        if (next.held.socket === null) return
        reply(socketOf(next, next.held.socket), { type: 'message', n: next.held.sent })
      }
    ])
  }
  return moves
}

export const sessionWorld = (
  fate: Fate,
  step: SessionReducer,
  begin: SessionStep = startSession({ attempt: 0, probes: false })
): World<State> => {
  const take = (state: State, event: SessionEvent): void => {
    const before = current(state)
    const [session, effects] = step(state.session, event)
    state.session = session
    for (const effect of effects) perform(state, effect)
    if (effects.some(({ type }) => type === 'leave-socket')) state.begunAnew = true
    if (event.type === 'session-unknown' && event.socket === before) state.begunAnew = true
  }

  const hearDown = (state: State, number: number, frame: DownFrame): void => {
    const socket = socketOf(state, number)
    if (frame.type === 'replaced') socket.client = 'gone'
    const isCurrent = number === current(state) && socket.client === 'open'
    const wasOpen = state.session.phase === 'open'
    if (isCurrent) count(state, frame)
    if (frame.type === 'replaced') socket.client = 'gone'
    // What comes over a socket that was let go is given to the reducer too, which has to know it for such.
    take(state, eventOf(number, frame))
    if (frame.type === 'resumed' && isCurrent && !wasOpen) {
      for (let n = frame.ack + 1; n <= state.client.sent; n += 1) sayOn(state, number, { type: 'message', n })
    }
  }

  const break_ = (state: State, number: number): void => {
    const socket = socketOf(state, number)
    const heard = socket.client !== 'gone'
    Object.assign(socket, { client: 'gone', server: 'gone' })
    socket.up.length = 0
    socket.down.length = 0
    if (state.held?.socket === number) state.held.socket = null
    if (heard) take(state, { type: 'socket-closed', socket: number, trouble: { code: 'unreachable' } })
  }

  const socketMoves = (state: State): Change[] =>
    Object.entries(state.sockets).flatMap(([key, socket]) => {
      const number = Number(key)
      const moves: Change[] = []
      const add = (name: string, change: (state: State) => void): void => {
        moves.push([`${name} (socket ${number})`, change])
      }
      if (!socket.silent) {
        if (socket.client === 'opening') {
          add('opens', (next) => {
            const opened = socketOf(next, number)
            Object.assign(opened, opened.probe ? { client: 'gone', server: 'gone' } : { client: 'open' })
            take(next, { type: 'socket-opened', socket: number })
          })
        }
        const [up] = socket.up
        if (up !== undefined) {
          add(`→ ${up.type}`, (next) => {
            const { server } = socketOf(next, number)
            socketOf(next, number).up.shift()
            if (server === 'open') hearUp(next, number, up)
          })
          if (up.type === 'sign-in' && state.fate.refusals > 0 && socket.server === 'open') {
            add('is turned away', (next) => {
              spend(next, 'refusals')
              socketOf(next, number).up.shift()
              reply(socketOf(next, number), { type: 'full' })
            })
          }
        }
        const [down] = socket.down
        if (down !== undefined) {
          add(`← ${down.type}`, (next) => {
            socketOf(next, number).down.shift()
            hearDown(next, number, down)
          })
        }
        if (socket.client !== 'gone' && state.fate.silences > 0) {
          add('falls silent', (next) => {
            spend(next, 'silences')
            socketOf(next, number).silent = true
          })
        }
      }
      if (socket.client !== 'gone' && state.fate.cuts > 0) {
        add('breaks', (next) => {
          spend(next, 'cuts')
          break_(next, number)
        })
      }
      return moves
    })

  const timerMoves = (state: State): Change[] =>
    state.timers.flatMap((timer) => {
      const socket = state.sockets[current(state)]
      const isNeeded = timer === 'retry' || socket === undefined || socket.silent
      if (!isNeeded && (state.fate.impatience === 0 || timer === 'give-up')) return []
      // One ping waits for one pong.
      if (timer === 'ping' && state.timers.includes('pong')) return []
      return [
        [
          `${timer} fires`,
          (next) => {
            if (!isNeeded) spend(next, 'impatience')
            next.timers = next.timers.filter((other) => other !== timer)
            take(next, { type: 'timer-fired', timer })
          }
        ]
      ]
    })

  const worldMoves = (state: State): Change[] => {
    const { fate, held, session } = state
    const asleep = session.phase !== 'closed' && session.phase !== 'open' && session.step === 'asleep'
    const all: (Change | false)[] = [
      fate.restarts > 0 && [
        'the server forgets',
        (next) => {
          spend(next, 'restarts')
          next.held = null
          next.begunAnew = true
          for (const number of Object.keys(next.sockets)) break_(next, Number(number))
        }
      ],
      fate.networks > 0 && [
        'the network changes',
        (next) => {
          spend(next, 'networks')
          take(next, { type: 'network-changed' })
        }
      ],
      fate.leaves > 0 && [
        'the page is left',
        (next) => {
          spend(next, 'leaves')
          take(next, { type: 'page-hidden' })
        }
      ],
      asleep && ['the page is shown', (next) => take(next, { type: 'page-shown' })],
      fate.thieves > 0 &&
        held?.socket !== undefined &&
        held.socket !== null && [
          'somebody takes the session over',
          (next) => {
            spend(next, 'thieves')
            replace(next, null)
            next.stolen = true
            if (next.held !== null) Object.assign(next.held, { attempt: 1_000, socket: null })
          }
        ]
    ]
    return all.filter((move) => move !== false)
  }

  return {
    start: startOf(begin, fate),
    moves(state) {
      if (state.session.phase === 'closed') return []
      return [...socketMoves(state), ...timerMoves(state), ...talkMoves(state), ...worldMoves(state)].map(
        ([name, change]): Move<State> => ({
          name,
          next() {
            const next = structuredClone(state)
            change(next)
            tidy(next)
            return next
          }
        })
      )
    },
    checkEnd,
    key: (state) => JSON.stringify(state)
  }
}

type Change = readonly [name: string, change: (state: State) => void]

const startOf = ([session, effects]: SessionStep, fate: Fate): State => {
  const state: State = {
    session,
    timers: [],
    sockets: {},
    client: { sent: 0, received: 0 },
    held: null,
    begunAnew: false,
    stolen: false,
    attempt: 0,
    fate: { ...fate }
  }
  for (const effect of effects) perform(state, effect)
  return state
}

const checkEnd = (state: State): void => {
  const { session, held, client, stolen } = state
  if (session.phase === 'closed') return
  insist(!stolen, 'it fights for a session that was taken over')
  insist(session.phase === 'open', `it ends ${session.phase}`)
  insist(held?.socket === current(state), 'it ends open on a socket that the server does not have')
  insist(held?.received === client.sent, 'something said is lost')
  insist(held?.sent === client.received, 'something told is lost')
}
