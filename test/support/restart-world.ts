/**
 * Two native clients and the real switchboard as a world for the walker, in which the server may be lost
 * with all that it knows and all that is on its way, at any moment: the clients do what docs/protocol.md has
 * them do, and everything that counts arrives once and in order, or both know that the call is over.
 */
import { type ServerMessage, type Side } from '../../src/core/signal.ts'
import { type Input, type Output, Switchboard } from '../../src/core/switchboard.ts'
import { numbering } from '../../src/dialects/native.ts'
import { type Move, Violation, type World } from './interleavings.ts'
import {
  type Party,
  type Said,
  type ScriptStep,
  hear,
  newParty,
  script,
  signIn,
  stopWaiting
} from './restart-parties.ts'

export type Name = 'ada' | 'bob'

/** How a switchboard carries out its inputs since it was started; broken on purpose, it does so in another way. */
export type Handle = (inputs: readonly Input[]) => readonly Output[]

type Both<T> = Readonly<Record<Name, T>>

export interface RestartWorld {
  readonly parties: Both<Party>
  readonly toServer: Both<readonly Said[]>
  readonly toParty: Both<readonly ServerMessage[]>
  /** What the server that runs now has been told: all that it knows follows from it. */
  readonly inputs: readonly Input[]
  /** How many there have been. */
  readonly servers: number
  readonly restarts: number
}

const names: readonly Name[] = ['ada', 'bob']
const limits = { burst: 1_000, perSecond: 1_000, lobbySize: 10, rosterSize: 10, ringMs: 45_000 }
const longMs = 50_000

/** The outputs of the last input. */
export const handle: Handle = (inputs) => {
  const switchboard = new Switchboard(limits, { newCallId: () => 'none', iceServers: () => [] })
  return inputs.reduce<readonly Output[]>((_before, input) => switchboard.handle(input), [])
}

const nowOf = ({ inputs }: RestartWorld): number => (inputs.at(-1)?.now ?? 0) + 1

const isNamed = (name: string): name is Name => names.some((known) => known === name)

const put = (world: RestartWorld, output: Output): RestartWorld => {
  if (output.type !== 'deliver' || !isNamed(output.to)) return world
  // Who is there matters only until it has seen the other.
  if (output.message.type === 'roster' && world.parties[output.to].sees) return world
  const toParty = { ...world.toParty, [output.to]: [...world.toParty[output.to], output.message] }
  return { ...world, toParty }
}

/** What the server hands on between two native peers, and is none the wiser for. */
const isHandedOn = (input: Input): boolean =>
  input.type === 'received' && ['ringing', 'candidate', 'received'].includes(input.message.type)

const enter = (handle: Handle, world: RestartWorld, input: Input): RestartWorld => {
  const inputs = [...world.inputs, input]
  return handle(inputs).reduce(put, isHandedOn(input) ? world : { ...world, inputs })
}

const connected = (name: Name, now: number): Input => ({
  type: 'connected',
  peer: name,
  number: name === 'ada' ? 1 : 2,
  key: name === 'ada' ? 3 : 4,
  dialect: numbering.name,
  abilities: numbering.abilities,
  now
})

/** A party after something: what it says leaves, if there is a server that it is signed in to. */
const moved = (
  world: RestartWorld,
  name: Name,
  [party, said]: readonly [Party, readonly Said[]]
): RestartWorld => ({
  ...world,
  parties: { ...world.parties, [name]: party },
  toServer: party.signedIn
    ? { ...world.toServer, [name]: [...world.toServer[name], ...said] }
    : world.toServer
})

// Who moves next

const partyMoves = (handle: Handle, world: RestartWorld, name: Name): readonly Move<RestartWorld>[] => {
  const party = world.parties[name]
  const moves = script(party).map(([step, next]) => ({
    name: `${name}: ${step}`,
    next: () => moved(world, name, next())
  }))
  if (!party.signedIn) {
    const next = () =>
      moved(enter(handle, world, connected(name, nowOf(world))), name, signIn(party, world.servers))
    return [...moves, { name: `${name} signs in anew`, next }]
  }
  const [told, ...toParty] = world.toParty[name]
  if (told === undefined) return moves
  const heard: RestartWorld = { ...world, toParty: { ...world.toParty, [name]: toParty } }
  return [
    ...moves,
    { name: `${name} is told: ${told.type}`, next: () => moved(heard, name, hear(party, told)) }
  ]
}

const serverMoves = (handle: Handle, world: RestartWorld, name: Name): readonly Move<RestartWorld>[] => {
  const [message, ...toServer] = world.toServer[name]
  if (message === undefined) return []
  const taken = { ...world, toServer: { ...world.toServer, [name]: toServer } }
  const next = () => enter(handle, taken, { type: 'received', peer: name, message, now: nowOf(world) })
  return [{ name: `server hears ${name}: ${message.type}`, next }]
}

const lose = (world: RestartWorld): RestartWorld => ({
  ...world,
  parties: {
    ada: { ...world.parties.ada, signedIn: false },
    bob: { ...world.parties.bob, signedIn: false }
  },
  toServer: { ada: [], bob: [] },
  toParty: { ada: [], bob: [] },
  inputs: [],
  servers: world.servers + 1,
  restarts: world.restarts - 1
})

const isQuiet = ({ parties, toServer, toParty }: RestartWorld): boolean =>
  names.every((name) => parties[name].signedIn && toServer[name].length === 0 && toParty[name].length === 0)

/** Deadlines are longer than the network and a client need. */
const timeMoves = (handle: Handle, world: RestartWorld): readonly Move<RestartWorld>[] => {
  if (!isQuiet(world)) return []
  const waiting = names.filter((name) => world.parties[name].waitsForInvite)
  if (waiting.length > 0) {
    return waiting.map((name) => ({
      name: `${name} has waited long enough`,
      next: () => moved(world, name, stopWaiting(world.parties[name]))
    }))
  }
  const later: Input = { type: 'time-passed', now: nowOf(world) + longMs }
  const passed = enter(handle, world, later)
  return isQuiet(passed) ? [] : [{ name: 'a long time passes', next: () => passed }]
}

// How it may end

const checkSettled = ({ name, phase, waitsForPartner }: Party): void => {
  const isSettled = phase === 'idle' || phase === 'in' || phase === 'over'
  if (!isSettled) throw new Violation(`${name} is ${phase} for ever`)
  if (waitsForPartner) throw new Violation(`${name} waits for ever`)
}

/** Everything that one has said in the call has come to the other, and it knows that. */
const checkArrived = (from: Party, to: Party): void => {
  if (to.phase !== from.phase) throw new Violation(`${from.name} is ${from.phase}, ${to.name} is ${to.phase}`)
  if (to.heard !== from.counted) throw new Violation(`${to.name} has not heard all of ${from.name}`)
  if (from.kept.length > 0) throw new Violation(`${from.name} does not know that all has come`)
}

/** What one server has said on its last breath, the next cannot know. */
const checkTold = (one: Party, other: Party): void => {
  if (one.told === null || one.told.server !== other.told?.server) return
  if (one.told.reason !== other.told.reason)
    throw new Violation(`to ${one.name} it was ${one.told.reason}, to ${other.name} ${other.told.reason}`)
}

const checkEnd = ({ parties: { ada, bob } }: RestartWorld): void => {
  for (const party of [ada, bob]) checkSettled(party)
  checkTold(ada, bob)
  if (ada.phase !== 'in' && bob.phase !== 'in') return
  checkArrived(ada, bob)
  checkArrived(bob, ada)
}

const signedIn = (handle: Handle, start: RestartWorld): RestartWorld => {
  const signInput = (world: RestartWorld, name: Name): RestartWorld =>
    enter(handle, enter(handle, world, connected(name, nowOf(world))), {
      type: 'received',
      peer: name,
      message: { type: 'sign-in', name, lobby: 'main' },
      now: nowOf(world) + 1
    })
  const both = names.reduce(signInput, start)
  return { ...both, toParty: { ada: [], bob: [] } }
}

/** Ada calls, Bob is called. */
export const restartWorld = (
  handle: Handle,
  scripts: Readonly<Record<Name, readonly ScriptStep[]>>,
  restarts = 1
): World<RestartWorld> => {
  const roles: Both<Side> = { ada: 'caller', bob: 'callee' }
  return {
    start: signedIn(handle, {
      parties: {
        ada: newParty('ada', { partner: 'bob', role: roles.ada, script: scripts.ada }),
        bob: newParty('bob', { partner: 'ada', role: roles.bob, script: scripts.bob })
      },
      toServer: { ada: [], bob: [] },
      toParty: { ada: [], bob: [] },
      inputs: [],
      servers: 0,
      restarts
    }),
    moves: (world) => [
      ...names.flatMap((name) => partyMoves(handle, world, name)),
      ...names.flatMap((name) => serverMoves(handle, world, name)),
      ...timeMoves(handle, world),
      ...(world.restarts > 0 ? [{ name: 'the server is lost', next: () => lose(world) }] : [])
    ],
    checkEnd,
    key: (world) => JSON.stringify(world)
  }
}
