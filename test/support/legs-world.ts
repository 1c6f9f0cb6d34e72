/**
 * Two clients in a call, and the server between them, as a world for the walker: each with a line that may be
 * lost and come back, and a server that may be started anew.
 */
import { unreachable } from '../../src/core/codec.ts'
import { type Leg, type LegEvent, placeCall } from '../../src/core/leg.ts'
import type { EndReason } from '../../src/core/signal.ts'
import { type Move, Violation, type World } from './interleavings.ts'
import type { LegReducer } from './leg-world.ts'
import {
  type Fault,
  type Legs,
  type Party,
  type PartyStep,
  adopt,
  beTold,
  fresh,
  insist,
  isLive,
  isOn,
  isOver,
  say,
  take,
  withParty
} from './legs-client.ts'
import {
  type Name,
  type Said,
  type ServerStep,
  expire,
  giveUpClaims,
  hear,
  names,
  newServer,
  otherThan,
  restarted,
  ringOut,
  signIn
} from './legs-server.ts'

const afterServer = (world: Legs, [server, told]: ServerStep): Legs => ({
  ...world,
  server,
  toParty: { a: [...world.toParty.a, ...told.a], b: [...world.toParty.b, ...told.b] }
})

/** What each word of a script comes to, and when it can be said. */
const doable: Readonly<Record<PartyStep, (party: Party) => LegEvent | null>> = {
  // To call somebody who is calling is to accept.
  call: ({ leg }) => (isRung(leg) ? { type: 'accepted' } : null),
  accept: ({ leg }) => (isRung(leg) ? { type: 'accepted' } : null),
  decline: ({ leg }) => (isRung(leg) ? { type: 'declined', reason: 'declined' } : null),
  'hang-up': ({ leg }) => (isLive(leg) ? { type: 'hung-up' } : null),
  'give-up': ({ leg, media }) => (isLive(leg) && media !== null ? { type: 'media-gave-up' } : null),
  move: ({ leg }) => (isOn(leg) ? { type: 'network-changed' } : null),
  break: ({ leg }) => (leg?.phase === 'connected' ? { type: 'media-failed' } : null)
}

const isRung = (leg: Leg | null): boolean => leg?.phase === 'ringing' && leg.role === 'callee'

const doScript = (reduce: LegReducer, world: Legs, name: Name): (() => Legs) | null => {
  const party = world.parties[name]
  const [step, ...script] = party.script
  if (step === undefined) return null
  const done = withParty(world, name, { script })
  const event = doable[step](party)
  if (event?.type === 'accepted') {
    return () => take(reduce, withParty(done, name, { accepted: true }), { name, event })
  }
  if (event !== null) {
    const moved = event.type === 'network-changed'
    return () => take(reduce, withParty(done, name, { moved: moved || party.moved }), { name, event })
  }
  // Only somebody in the roster can be called.
  if (step !== 'call' || isLive(party.leg) || !world.server.members[otherThan(name)]) return null
  const placed = withParty(done, name, { ...fresh, call: `call of ${name}`, accepted: true })
  return () => adopt(placed, name, placeCall(true))
}

/** What its connection does by itself. */
const mediaMoves = (reduce: LegReducer, world: Legs, name: Name): readonly Move<Legs>[] => {
  const { media, described, flowing } = world.parties[name]
  if (media === null) return []
  const [event, ...rest] = media
  if (event) {
    const next = () => take(reduce, withParty(world, name, { media: rest }), { name, event })
    return [{ name: `${name} has ${event.type}`, next }]
  }
  if (flowing || !described || !world.parties[otherThan(name)].described) return []
  const connected = { name, event: { type: 'media-connected' } } as const
  const next = () => take(reduce, withParty(world, name, { flowing: true }), connected)
  return [{ name: `${name} is connected`, next }]
}

const partyMoves = (reduce: LegReducer, world: Legs, name: Name): readonly Move<Legs>[] => {
  const { script, line } = world.parties[name]
  const moves: Move<Legs>[] = [...mediaMoves(reduce, world, name)]
  const scripted = doScript(reduce, world, name)
  if (scripted) moves.push({ name: `${name}: ${script[0]}`, next: scripted })
  if (line !== 'open') return moves
  const [told, ...toParty] = world.toParty[name]
  if (told) {
    const heard = { ...world, toParty: { ...world.toParty, [name]: toParty } }
    moves.push({ name: `${name} hears ${told.type}`, next: () => beTold(reduce, heard, { name, told }) })
  }
  const [said, ...toServer] = world.toServer[name]
  if (said) {
    const taken = { ...world, toServer: { ...world.toServer, [name]: toServer } }
    const next = () => afterServer(taken, hear(world.server, name, said))
    moves.push({ name: `server hears ${name}: ${said.type}`, next })
  }
  return moves
}

/** Ends are told to whatever server there is next; all else was meant for the one that is gone. */
const outlives = ({ type }: Said): boolean => type === 'hang-up' || type === 'decline'

/** What it knows the end of may be news to a server that knows nothing. */
const farewell = ([call, reason]: readonly [string, EndReason]): readonly Said[] =>
  reason === 'hung-up' || reason === 'failed' ? [{ type: 'hang-up', call, reason }] : []

const comeBack = (reduce: LegReducer, world: Legs, name: Name): Legs => {
  const { line } = world.parties[name]
  const open = withParty(world, name, { line: 'open' })
  if (line === 'lost') return take(reduce, open, { name, event: { type: 'line-back' } })
  const { over } = world.parties[name]
  const kept = [...world.toServer[name].filter(outlives), ...Object.entries(over).flatMap(farewell)]
  const present = world.server.members[otherThan(name)]
  const anew = afterServer({ ...open, toServer: { ...open.toServer, [name]: [] } }, signIn(open.server, name))
  return say(take(reduce, anew, { name, event: { type: 'signed-in-anew', present } }), name, ...kept)
}

const lose = (
  reduce: LegReducer,
  world: Legs,
  { name, line }: { name: Name; line: 'lost' | 'gone' }
): Legs => {
  const before = world.parties[name].line
  const lost = withParty(world, name, { line })
  const emptied = line === 'gone' ? { ...lost, toParty: { ...lost.toParty, [name]: [] } } : lost
  return before === 'open' ? take(reduce, emptied, { name, event: { type: 'line-lost' } }) : emptied
}

/** A word on the end that was on its way to it dies with the server. */
const forget = (reduce: LegReducer, world: Legs, name: Name): Legs => {
  const guessed = world.parties[name].guessed || world.toParty[name].some(({ type }) => type === 'ended')
  return lose(reduce, withParty(world, name, { guessed }), { name, line: 'gone' })
}

const befall = (reduce: LegReducer, world: Legs, fault: Fault): (() => Legs) | null => {
  const { parties, server, faults } = world
  const rest: Legs = { ...world, faults: faults.filter((other) => other !== fault) }
  const name = fault.endsWith('b') ? 'b' : 'a'
  switch (fault) {
    case 'lose a':
    case 'lose b':
      return parties[name].line === 'open' ? () => lose(reduce, rest, { name, line: 'lost' }) : null
    case 'expire a':
    case 'expire b':
      if (parties[name].line !== 'lost') return null
      return () => lose(reduce, afterServer(rest, expire(server, name)), { name, line: 'gone' })
    case 'restart':
      return () => names.reduce((now, name) => forget(reduce, now, name), { ...rest, server: restarted })
    case 'ring out':
      return server.call?.state.phase === 'ringing' ? () => afterServer(rest, ringOut(server)) : null
    default:
      return unreachable(fault)
  }
}

const isQuiet = (world: Legs): boolean =>
  names.every(
    (name) =>
      world.toServer[name].length === 0 &&
      world.toParty[name].length === 0 &&
      world.parties[name].line === 'open' &&
      (world.parties[name].media ?? []).length === 0
  )

/** The time that a party waits is longer than a network and a client need. */
const timeMoves = (reduce: LegReducer, world: Legs): readonly Move<Legs>[] => {
  if (!isQuiet(world)) return []
  const { claims } = world.server
  if (claims.a || claims.b)
    return [{ name: 'claims expire', next: () => afterServer(world, giveUpClaims(world.server)) }]
  const late: readonly ('reunion' | 'end')[] = ['reunion', 'end']
  return names.flatMap((name) =>
    late
      .filter((deadline) => world.parties[name].deadlines.includes(deadline))
      .map((deadline) => ({
        name: `${name} has waited for ${deadline}`,
        next: () => {
          insist(deadline !== 'end', `${name} is never told why the call has ended`)
          const { deadlines } = world.parties[name]
          const passed = withParty(world, name, { deadlines: deadlines.filter((set) => set !== deadline) })
          return take(reduce, passed, { name, event: { type: 'deadline-passed', deadline } })
        }
      }))
  )
}

// How it may end

const enders: ReadonlySet<string> = new Set([
  'decline',
  'hang-up',
  'give-up',
  'expire a',
  'expire b',
  'ring out'
])

const checkParty = ({ leg, script }: Party, { server }: Legs): void => {
  insist(leg?.phase !== 'ending', 'somebody is still ending')
  const rings = leg?.phase === 'ringing' || leg?.phase === 'calling'
  insist(!rings || script.includes('accept') || server.call?.state.phase === 'ringing', 'it rings for ever')
}

const checkKept = ({ leg, kept, moved }: Party): void => {
  insist(!isOn(leg) || !moved, 'ICE was not started over')
  const lost = kept.find(({ type }) => type !== 'candidate')
  insist(!isOn(leg) || lost === undefined, `${lost?.type} was lost`)
}

const checkReasons = (a: Party, b: Party): void => {
  if (a.guessed || b.guessed) return
  for (const [call, reason] of Object.entries(a.over)) {
    const other = b.over[call] ?? reason
    insist(other === reason, `the call was ${reason} at one end and ${other} at the other`)
  }
}

const checkEnd = (world: Legs): void => {
  const { a, b } = world.parties
  for (const party of [a, b]) checkParty(party, world)
  insist(isLive(a.leg) === isLive(b.leg), 'one side is in the call, and the other is not')
  insist(!isLive(a.leg) || a.call === b.call, 'they are in two calls')
  insist(!isOn(a.leg) || world.server.call?.id === a.call, 'the server does not know the call')
  for (const party of [a, b]) checkKept(party)
  checkReasons(a, b)
}

const newParty = (script: readonly PartyStep[], prepares: boolean): Party => ({
  script,
  prepares,
  leg: null,
  call: '',
  over: {},
  guessed: false,
  line: 'open',
  media: null,
  described: false,
  flowing: false,
  moved: false,
  offering: false,
  ...fresh
})

export interface Scenario {
  readonly a: readonly PartyStep[]
  readonly b: readonly PartyStep[]
  readonly faults?: readonly Fault[]
  readonly prepares?: boolean
}

export const legsWorld = (
  reduce: LegReducer,
  { a, b, faults = [], prepares = false }: Scenario
): World<Legs> => ({
  start: {
    parties: { a: newParty(a, prepares), b: newParty(b, prepares) },
    toServer: { a: [], b: [] },
    toParty: { a: [], b: [] },
    server: newServer,
    faults
  },
  moves: (world) => {
    const faultMoves = world.faults.flatMap((fault) => {
      const next = befall(reduce, world, fault)
      return next ? [{ name: fault, next }] : []
    })
    const returns = names
      .filter((name) => world.parties[name].line !== 'open')
      .map((name) => ({ name: `${name} is back`, next: () => comeBack(reduce, world, name) }))
    return [
      ...names.flatMap((name) => partyMoves(reduce, world, name)),
      ...returns,
      ...faultMoves,
      ...timeMoves(reduce, world)
    ]
  },
  checkEnd(world) {
    checkEnd(world)
    const isMeantToLast = [...a, ...b, ...faults].every((step) => !enders.has(step))
    const { leg } = world.parties.a
    if (isMeantToLast && isOver(leg)) throw new Violation('the call is lost, and nobody wanted that')
  },
  key: (world) => JSON.stringify(world)
})
