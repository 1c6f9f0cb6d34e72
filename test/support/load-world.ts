/**
 * A pair under load as a world for the walker: two clients and a server, with everything on its way in any order.
 * Clients are kept out and lost at any moment, calls are refused, timers fire early, and the run ends at any time.
 */
import {
  type CallPlan,
  type Pair,
  type PairEffect,
  type PairEvent,
  type PairStep,
  type PairTimer,
  newPair
} from '../../src/terminal/load/pair-state.ts'
import { type News, type Note, type Said, type Side, partnerOf } from '../../src/terminal/load/words.ts'
import { type Move, Violation, type World } from './interleavings.ts'

export type PairReducer = (now: Pair, event: PairEvent) => PairStep

/** How often what may happen. */
export interface PairFate {
  readonly calls: number
  readonly faults: number
  readonly refusals: number
  /** How often a deadline passes before what it waits for. */
  readonly delays: number
  readonly hangsUp: Side
}

interface Client {
  step: 'out' | 'opening' | 'in'
  readonly toServer: Said[]
  readonly toClient: News[]
}

interface State {
  pair: Pair
  readonly clients: Record<Side, Client>
  /** As the server sees it. */
  call: { readonly id: string; answered: boolean } | null
  timers: PairTimer[]
  free: boolean
  done: boolean
  stopped: boolean
  dropped: boolean
  left: { calls: number; faults: number; refusals: number; delays: number }
  begun: number
  answered: number
  finished: number
  failed: number
  present: number
}

type Change = readonly [name: string, change: (state: State) => void]

const bothSides: readonly Side[] = ['caller', 'callee']
const fault = { type: 'lost', detail: 'cut' } as const

const insist = (holds: boolean, what: string): void => {
  if (!holds) throw new Violation(what)
}

const count = (state: State, note: Note): void => {
  switch (note.type) {
    case 'call-begun':
      insist(!state.stopped, 'a call is begun after the end')
      state.begun += 1
      return
    case 'call-answered':
      state.answered += 1
      return
    case 'call-finished':
      state.finished += 1
      if (note.outcome === 'failed') state.failed += 1
      return
    case 'signed-in':
      state.present += 1
      return
    case 'signed-out':
    case 'lost':
      state.present -= 1
      return
    default:
      return
  }
}

const tell = (state: State, side: Side, news: News): void => {
  if (state.clients[side].step === 'in') state.clients[side].toClient.push(news)
}

const endCall = (
  state: State,
  to: readonly Side[],
  reason: 'hung-up' | 'cancelled' | 'declined' | 'left'
): void => {
  const { call } = state
  state.call = null
  for (const side of to) tell(state, side, { type: 'ended', call: call?.id ?? null, reason })
}

/** What the server makes of what it is told. */
const serve = (state: State, side: Side, { type, call: id }: Said): void => {
  const { call } = state
  const partner = partnerOf(side)
  if (type === 'invite') {
    if (call !== null || state.clients.callee.step !== 'in') {
      return tell(state, side, { type: 'refused', call: id, code: 'unknown-peer' })
    }
    state.call = { id: id ?? '', answered: false }
    return tell(state, partner, { type: 'rung', call: id, from: side })
  }
  if (call === null || call.id !== id) return
  switch (type) {
    case 'answer':
      call.answered = true
      tell(state, partner, { type: 'ringing', call: id })
      return tell(state, partner, { type: 'accepted', call: id })
    case 'probe':
      return tell(state, partner, { type: 'relayed', call: id })
    case 'decline':
      return endCall(state, bothSides, 'declined')
    case 'hang-up':
      return endCall(state, bothSides, call.answered ? 'hung-up' : 'cancelled')
    default:
  }
}

const cut = (state: State, side: Side): void => {
  const client = state.clients[side]
  Object.assign(client, { step: 'out' })
  client.toServer.length = 0
  client.toClient.length = 0
  if (state.call !== null) endCall(state, [partnerOf(side)], 'left')
}

const perform = (state: State, effect: PairEffect): void => {
  insist(!state.done, 'something happens after the end')
  switch (effect.type) {
    case 'open':
      insist(state.clients[effect.side].step === 'out', 'a client is opened twice')
      state.clients[effect.side].step = 'opening'
      return
    case 'close':
      insist(state.clients[effect.side].step !== 'out', 'a client is closed that is not there')
      // What it has said still arrives.
      for (const said of state.clients[effect.side].toServer) serve(state, effect.side, said)
      return cut(state, effect.side)
    case 'say':
      insist(state.clients[effect.side].step === 'in', 'a client speaks that is not there')
      state.clients[effect.side].toServer.push(effect.said)
      return
    case 'free':
    case 'taken':
      insist(state.free === (effect.type === 'taken'), 'a pair is free twice, or taken')
      state.free = effect.type === 'free'
      return
    case 'set-timer':
    case 'clear-timer':
      state.timers = state.timers.filter((timer) => timer !== effect.timer)
      if (effect.type === 'set-timer') state.timers.push(effect.timer)
      return
    case 'note':
      return count(state, effect.note)
    case 'done':
      state.done = true
  }
}

/** How many calls may fail of it: a refused hang-up fails the next one, too. */
const troubles = ({ faults, refusals, delays }: Omit<PairFate, 'calls' | 'hangsUp'>): number =>
  faults + 2 * refusals + delays

export const pairWorld = (fate: PairFate, step: PairReducer): World<State> => {
  const take = (state: State, event: PairEvent): void => {
    const [pair, effects] = step(state.pair, event)
    state.pair = pair
    for (const effect of effects) perform(state, effect)
    insist(state.finished <= state.begun && state.begun <= state.finished + 1, 'a call is not finished once')
    insist(state.answered <= state.begun, 'a call is answered twice')
    insist(state.failed <= troubles(fate) - troubles(state.left), 'a call fails for no reason')
  }

  const clientMoves = (state: State, side: Side): readonly Change[] => {
    const { step, toServer, toClient } = state.clients[side]
    const moves: Change[] = []
    const add = (name: string, change: (state: State) => void): void => {
      moves.push([`${side} ${name}`, change])
    }
    if (step === 'opening') {
      add('comes', (next) => {
        next.clients[side].step = 'in'
        take(next, { type: 'welcomed', side, id: side, tookMs: 0 })
      })
    }
    if (step !== 'out' && state.left.faults > 0) {
      add('is lost', (next) => {
        next.left.faults -= 1
        cut(next, side)
        take(next, { type: 'gone', side, fault })
      })
    }
    if (toServer.length > 0) {
      add('is heard', (next) => {
        const said = next.clients[side].toServer.shift()
        if (said !== undefined) serve(next, side, said)
      })
      if (state.left.refusals > 0) {
        add('is refused', (next) => {
          next.left.refusals -= 1
          const said = next.clients[side].toServer.shift()
          if (said !== undefined) tell(next, side, { type: 'refused', call: said.call, code: 'rate-limited' })
        })
      }
    }
    if (toClient.length > 0) {
      add('hears', (next) => {
        const news = next.clients[side].toClient.shift()
        if (news !== undefined) take(next, { type: 'heard', side, news, now: 0 })
      })
    }
    return moves
  }

  const place = (next: State): void => {
    next.free = false
    next.left.calls -= 1
    const call: CallPlan = { id: `call-${next.left.calls}`, dueAt: 0, talkMs: 0, hangsUp: fate.hangsUp }
    take(next, { type: 'placed', call, now: 0 })
  }

  const timerMoves = (state: State): readonly Change[] =>
    state.timers
      .filter((timer) => timer !== 'limit' || state.left.delays > 0)
      .map((timer) => [
        `${timer} fires`,
        (next) => {
          if (timer === 'limit') next.left.delays -= 1
          next.timers = next.timers.filter((other) => other !== timer)
          take(next, { type: 'timer-fired', timer, now: 0 })
        }
      ])

  const endMoves = (state: State): readonly Change[] => {
    const moves: Change[] = []
    if (!state.stopped) {
      moves.push([
        'the run ends',
        (next) => {
          next.stopped = true
          take(next, { type: 'stopped', now: 0 })
        }
      ])
    } else if (!state.dropped) {
      moves.push([
        'there is no time left',
        (next) => {
          next.dropped = true
          take(next, { type: 'dropped' })
        }
      ])
    }
    return moves
  }

  const moves = (state: State): readonly Move<State>[] => {
    const changes: readonly Change[] = [
      ...bothSides.flatMap((side) => clientMoves(state, side)),
      ...timerMoves(state),
      ...(state.free && state.left.calls > 0 ? [['a call is due', place] as const] : []),
      ...endMoves(state)
    ]
    return changes.map(([name, change]) => ({
      name,
      next() {
        const next = structuredClone(state)
        change(next)
        return next
      }
    }))
  }

  const start: State = {
    pair: newPair,
    clients: {
      caller: { step: 'out', toServer: [], toClient: [] },
      callee: { step: 'out', toServer: [], toClient: [] }
    },
    call: null,
    timers: [],
    free: false,
    done: false,
    stopped: false,
    dropped: false,
    left: { calls: fate.calls, faults: fate.faults, refusals: fate.refusals, delays: fate.delays },
    begun: 0,
    answered: 0,
    finished: 0,
    failed: 0,
    present: 0
  }
  take(start, { type: 'begun', dueAt: 0 })

  return {
    start,
    moves,
    key: (state) => JSON.stringify(state),
    checkEnd: ({ done, pair, begun, finished, present, timers, clients }) => {
      insist(done && pair.talk.phase === 'over', 'it has no end')
      insist(begun === finished, 'a call is not finished')
      insist(present === 0, 'somebody is still counted as signed in')
      insist(timers.length === 0, 'a timer is left')
      insist(
        bothSides.every((side) => clients[side].step === 'out'),
        'a client is left'
      )
    }
  }
}
