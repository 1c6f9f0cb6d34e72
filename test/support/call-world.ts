/**
 * A call between two clients as a world for the walker: two parties, the reducer between them, an
 * ordered channel each way, and the time. What the exchange does around the reducer stands here as small.
 */
import { type Call, type CallEffect, type CallStep, callDeadline } from '../../src/core/call.ts'
import type { startCall, stepCall } from '../../src/core/call.ts'
import type { Candidate, Description, EndReason, Side } from '../../src/core/signal.ts'
import {
  type Kind,
  type Moved,
  type Party,
  type Said,
  type ScriptStep,
  type Told,
  abilitiesOf,
  hear,
  newParty,
  ownMoves,
  scriptMoves
} from './call-parties.ts'
import { type Move, Violation, type World } from './interleavings.ts'

/** The reducer as it is, or broken on purpose. */
export interface Reducer {
  readonly start: typeof startCall
  readonly step: typeof stepCall
}

type Name = 'a' | 'b'
type Both<T> = Readonly<Record<Name, T>>

/** What has been delivered to a party since it was last invited, by the other's serials. */
interface Delivered {
  readonly candidates: readonly number[]
  /** The last that was not overtaken on its way to the server. */
  readonly latest: number
  readonly ended: boolean
}

export interface CallWorld {
  readonly parties: Both<Party>
  readonly toServer: Both<readonly Said[]>
  readonly toParty: Both<readonly Told[]>
  readonly call: Call | null
  readonly caller: Name
  /** The caller's attempt that became the call. */
  readonly callId: string
  readonly early: Both<readonly Candidate[]>
  readonly delivered: Both<Delivered>
  readonly now: number
  readonly reason: EndReason | null
}

const names: readonly Name[] = ['a', 'b']
const otherThan = (name: Name): Name => (name === 'a' ? 'b' : 'a')
const ringMs = 45_000

const nothing: Delivered = { candidates: [], latest: 0, ended: false }

const sideOf = ({ caller }: CallWorld, name: Name): Side => (name === caller ? 'caller' : 'callee')
const nameOf = ({ caller }: CallWorld, side: Side): Name => (side === 'caller' ? caller : otherThan(caller))

// What reaches a party

const versionOf = ({ sdp }: Description): number => Number(/o=\S+ (\d+)/.exec(sdp.text())?.[1])
const serialOf = ({ candidate }: Candidate): number => Number(/\d+/.exec(candidate)?.[0])
const isEarly = ({ candidate }: Candidate): boolean => candidate.startsWith('early')

const inOrder = ({ latest }: Delivered, serial: number): number => {
  if (serial <= latest) throw new Violation(`${serial} comes after ${latest}`)
  return serial
}

/** Checks that the order is kept, and that nothing follows the end. */
const deliver = (before: Delivered, effect: CallEffect): Delivered => {
  if (before.ended) throw new Violation(`${effect.type} after the end`)
  switch (effect.type) {
    case 'ended':
      return effect.reason === 'replaced' ? nothing : { ...before, ended: true }
    case 'invite':
    case 'prepare':
    case 'accept':
    case 'description':
      if (effect.description === null) return before
      return { ...before, latest: inOrder(before, versionOf(effect.description)) }
    case 'candidate': {
      const serial = serialOf(effect.candidate)
      if (before.candidates.includes(serial)) throw new Violation(`candidate ${serial} comes twice`)
      const latest = isEarly(effect.candidate) ? before.latest : inOrder(before, serial)
      return { ...before, latest, candidates: [...before.candidates, serial] }
    }
    default:
      return before
  }
}

const tell = (world: CallWorld, effect: CallEffect): CallWorld => {
  const name = nameOf(world, effect.to)
  if (effect.type === 'refused') throw new Violation(`${name} is refused: ${effect.reason}`)
  const delivered = { ...world.delivered, [name]: deliver(world.delivered[name], effect) }
  const told: Told = { ...effect, call: world.callId }
  return { ...world, delivered, toParty: { ...world.toParty, [name]: [...world.toParty[name], told] } }
}

const take = (world: CallWorld, [call, effects]: CallStep): CallWorld => {
  const reason = call.phase === 'ended' ? call.reason : null
  return effects.reduce(tell, { ...world, call, reason })
}

// What reaches the server

const start = (reduce: Reducer, world: CallWorld, { from, said }: { from: Name; said: Said }): CallWorld => {
  if (said.type === 'candidate') {
    return { ...world, early: { ...world.early, [from]: [...world.early[from], said.candidate] } }
  }
  if (said.type !== 'invite' && said.type !== 'offer') return world
  const called: CallWorld = { ...world, caller: from, callId: said.attempt }
  const { parties, now, early } = world
  const abilities = {
    caller: abilitiesOf[parties[from].kind],
    callee: abilitiesOf[parties[otherThan(from)].kind]
  }
  const step = reduce.start(abilities, said.description, { early: early[from], now, deadline: now + ringMs })
  // Who has left in the meantime cannot be called.
  return parties[otherThan(from)].gone ? world : take(called, step)
}

const receive = (
  reduce: Reducer,
  world: CallWorld,
  { from, said }: { from: Name; said: Said }
): CallWorld => {
  const { call, now } = world
  if (call === null) return start(reduce, world, { from, said })
  const by = sideOf(world, from)
  const native = world.parties[from].kind === 'native'
  // Of another attempt of its own, which came second and is told so.
  if (native && said.type !== 'left' && said.attempt !== world.callId) return world
  switch (said.type) {
    case 'invite':
      throw new Violation(`${from} invites twice`)
    case 'prepare':
      return take(world, reduce.step(call, { type: 'prepared', by, description: said.description }))
    case 'accept':
      return take(world, reduce.step(call, { type: 'accepted', by, description: said.description, now }))
    case 'offer':
    case 'answer': {
      const accepts = call.phase === 'ringing' && by === 'callee' && said.type === 'answer' && !native
      const type = accepts ? 'accepted' : 'described'
      return take(world, reduce.step(call, { type, by, description: said.description, now }))
    }
    case 'candidate':
      return take(world, reduce.step(call, { type: 'candidate-found', by, candidate: said.candidate }))
    case 'ringing':
      return take(world, reduce.step(call, { type: 'rang', by }))
    case 'decline':
      return take(world, reduce.step(call, { type: 'declined', by, reason: 'declined' }))
    case 'hang-up':
      return take(world, reduce.step(call, { type: 'hung-up', by, reason: 'hung-up' }))
    default:
      return take(world, reduce.step(call, { type: 'left', by }))
  }
}

// Who moves next

const isDescription = ({ type }: Said): boolean =>
  ['invite', 'prepare', 'offer', 'answer', 'accept'].includes(type)

/** What is said goes behind what was said before, unless it overtakes the description just before it. */
const send = (sent: readonly Said[], said: Said): readonly Said[] => {
  const last = sent.at(-1)
  const overtakes = said.type === 'candidate' && said.overtakes
  return last !== undefined && overtakes && isDescription(last)
    ? [...sent.slice(0, -1), said, last]
    : [...sent, said]
}

const settled = (world: CallWorld, name: Name, [party, said]: Moved): CallWorld => ({
  ...world,
  parties: { ...world.parties, [name]: party },
  toServer: { ...world.toServer, [name]: said.reduce(send, world.toServer[name]) }
})

const partyMoves = (world: CallWorld, name: Name): readonly Move<CallWorld>[] => {
  const party = world.parties[name]
  const moves = [...ownMoves(party), ...scriptMoves(party)].map(([move, moved]) => ({
    name: `${name} ${move}`,
    next: () => settled(world, name, moved())
  }))
  const [told, ...toParty] = world.toParty[name]
  if (told === undefined) return moves
  const heard: CallWorld = { ...world, toParty: { ...world.toParty, [name]: toParty } }
  const next = () => (party.gone ? heard : settled(heard, name, hear(party, told)))
  return [...moves, { name: `${name} is told: ${told.type}`, next }]
}

const serverMoves = (reduce: Reducer, world: CallWorld, from: Name): readonly Move<CallWorld>[] => {
  const [said, ...toServer] = world.toServer[from]
  if (said === undefined) return []
  const taken: CallWorld = { ...world, toServer: { ...world.toServer, [from]: toServer } }
  return [{ name: `server hears ${from}: ${said.type}`, next: () => receive(reduce, taken, { from, said }) }]
}

/** Nothing is on its way, and nobody is at work. */
const isQuiet = ({ parties, toServer, toParty }: CallWorld): boolean =>
  names.every(
    (name) =>
      toServer[name].length === 0 && toParty[name].length === 0 && ownMoves(parties[name]).length === 0
  )

/**
 * The moments that the server waits for them are longer than a network and a client need, but the ring is
 * not: it may be over at any time, unless the callee answers by itself and has nothing left to do.
 */
const timeMoves = (reduce: Reducer, world: CallWorld): readonly Move<CallWorld>[] => {
  const { call, caller, now, parties } = world
  if (call === null || call.phase === 'ended') return []
  const passTo = (now: number) => () =>
    take({ ...world, now }, reduce.step(call, { type: 'time-passed', now }))
  const deadline = callDeadline(call)
  const ringsUntil = call.phase === 'ringing' ? call.deadline : Infinity
  const isUnanswered = !isQuiet(world) || parties[otherThan(caller)].kind === 'native'
  const rings = now < ringsUntil && ringsUntil < Infinity && isUnanswered
  return [
    ...(rings ? [{ name: 'it has rung long enough', next: passTo(ringsUntil) }] : []),
    ...(deadline < ringsUntil && isQuiet(world) ? [{ name: 'a moment passes', next: passTo(deadline) }] : [])
  ]
}

// How it may end

const checkEnded = (world: CallWorld, name: Name): void => {
  const { parties, toParty, reason } = world
  const party = parties[name]
  if (party.gone) return
  if (party.connection !== null) throw new Violation(`${name} does not know that the call has ended`)
  const mustKnow = party.kind === 'native' && party.phase === 'over' && party.call !== null && reason !== null
  if ((party.reason !== null || mustKnow) && party.reason !== reason) {
    throw new Violation(`${name} thinks that the call was ${party.reason}, and it was ${reason}`)
  }
  if (toParty[name].length > 0) throw new Violation(`${name} has something to hear`)
}

const checkConnected = (world: CallWorld, name: Name): void => {
  const { connection, candidates } = world.parties[name]
  const other = world.parties[otherThan(name)].connection
  if (connection?.state !== 'stable')
    throw new Violation(`${name} is ${connection?.state ?? 'not connected'}`)
  if (!connection.remote.includes(other?.name ?? '')) throw new Violation(`${name} is connected to nobody`)
  const { candidates: arrived } = world.delivered[otherThan(name)]
  const lost = candidates.find((serial) => !arrived.includes(serial))
  if (lost !== undefined) throw new Violation(`candidate ${lost} of ${name} was lost`)
}

const checkEnd = (world: CallWorld): void => {
  const { call } = world
  if (call?.phase === 'ringing') throw new Violation('it rings for ever')
  for (const name of names) {
    if (call?.phase === 'connected') checkConnected(world, name)
    else checkEnded(world, name)
  }
}

/** Both before the call, with what they are going to do. */
export const callWorld = (
  reduce: Reducer,
  a: readonly [Kind, ...ScriptStep[]],
  b: readonly [Kind, ...ScriptStep[]]
): World<CallWorld> => {
  return {
    start: {
      parties: { a: newParty('a', a, b[0]), b: newParty('b', b, a[0]) },
      toServer: { a: [], b: [] },
      toParty: { a: [], b: [] },
      call: null,
      caller: 'a',
      callId: '',
      early: { a: [], b: [] },
      delivered: { a: nothing, b: nothing },
      now: 0,
      reason: null
    },
    moves: (world) => [
      ...names.flatMap((name) => partyMoves(world, name)),
      ...names.flatMap((name) => serverMoves(reduce, world, name)),
      ...timeMoves(reduce, world)
    ],
    checkEnd,
    key: (world) => JSON.stringify(world)
  }
}
