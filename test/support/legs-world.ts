/**
 * Two clients in a call, and the server between them, as a world for the walker: their legs, what they make of
 * the legs' effects, a line each that may be lost and come back, and a server that may be started anew.
 */
import { unreachable } from '../../src/core/codec.ts'
import {
  type Leg,
  type LegEffect,
  type LegEvent,
  type LegStep,
  placeCall,
  receiveCall
} from '../../src/core/leg.ts'
import type { EndReason } from '../../src/core/signal.ts'
import { type Move, Violation, type World } from './interleavings.ts'
import type { LegReducer } from './leg-world.ts'
import { answer, candidate, offer } from './leg-world.ts'
import {
  type Both,
  type Name,
  type Said,
  type Server,
  type ServerStep,
  type Told,
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

type Signal = Extract<Said, { type: 'prepare' | 'accept' | 'description' | 'candidate' }>

/** What a party does, in this order, whenever it can. `move`: its network is another one. */
export type PartyStep = 'call' | 'accept' | 'decline' | 'hang-up' | 'give-up' | 'move' | 'break'
/** What happens to lines and server, at most once each. */
export type Fault = 'lose a' | 'lose b' | 'restart' | 'expire a' | 'expire b' | 'ring out'

interface Party {
  readonly script: readonly PartyStep[]
  readonly prepares: boolean
  readonly leg: Leg | null
  readonly call: string
  readonly accepted: boolean
  /** Ids of calls that are over here, and the word for them. */
  readonly over: Readonly<Record<string, EndReason>>
  /** Ended by its own guess. */
  readonly guessed: boolean
  readonly line: 'open' | 'lost' | 'gone'
  /** What its connection will say, `null` without one. */
  readonly media: readonly LegEvent[] | null
  /** It has a remote description, and an answer to its own. */
  readonly described: boolean
  readonly flowing: boolean
  /** Its offer has no answer yet. */
  readonly offering: boolean
  /** Counted and kept; `first` is what was prepared. */
  readonly sent: number
  readonly kept: readonly Signal[]
  readonly first: Signal | null
  readonly held: boolean
  readonly heard: number
  readonly deadlines: readonly string[]
}

export interface Legs {
  readonly parties: Both<Party>
  readonly toServer: Both<readonly Said[]>
  readonly toParty: Both<readonly Told[]>
  readonly server: Server
  readonly faults: readonly Fault[]
}

const withParty = (world: Legs, name: Name, change: Partial<Party>): Legs => ({
  ...world,
  parties: { ...world.parties, [name]: { ...world.parties[name], ...change } }
})

const say = (world: Legs, name: Name, ...said: readonly Said[]): Legs => ({
  ...world,
  toServer: { ...world.toServer, [name]: [...world.toServer[name], ...said] }
})

const isLive = (leg: Leg | null): boolean => leg !== null && leg.phase !== 'ended' && leg.phase !== 'ending'
const isOver = (leg: Leg | null): boolean => leg?.phase === 'ended'
const isOn = (leg: Leg | null): boolean => leg?.phase === 'connecting' || leg?.phase === 'connected'

// What a client makes of its leg's effects

const insist = (condition: boolean, what: string): void => {
  if (!condition) throw new Violation(what)
}

/** Counts what is for the partner, and keeps it until the partner has it. */
const signal = (world: Legs, name: Name, said: Signal): Legs => {
  const party = world.parties[name]
  const { leg, prepares, accepted } = party
  if (leg?.role === 'callee' && !accepted) insist(prepares, `${name} says ${said.type} before it accepts`)
  const seq = party.sent + 1
  const counted = { ...said, seq }
  const first = said.type === 'prepare' ? counted : party.first
  const after = withParty(world, name, { sent: seq, kept: [...party.kept, counted], first })
  return party.held ? after : say(after, name, counted)
}

const again = (world: Legs, name: Name, all: boolean): Legs => {
  const { first, heard, call, ...party } = world.parties[name]
  // Who is back in the call has heard the accept.
  const kept = all ? party.kept : party.kept.slice(party.kept.findIndex(({ type }) => type === 'accept') + 1)
  const prepared = all && first !== null && kept[0]?.seq !== first.seq ? [first] : []
  const confirmed: readonly Said[] = heard > 0 ? [{ type: 'received', call, seq: heard }] : []
  return say(withParty(world, name, { held: false, kept }), name, ...prepared, ...kept, ...confirmed)
}

const speak = (world: Legs, name: Name, effect: Extract<LegEffect, { type: `send-${string}` }>): Legs => {
  const { call, leg, line } = world.parties[name]
  switch (effect.type) {
    case 'send-invite':
      return say(world, name, { type: 'invite', call, description: effect.description })
    case 'send-ringing':
      return say(world, name, { type: 'ringing', call })
    case 'send-rejoin':
      insist(line === 'open', `${name} claims a call without a line`)
      return say(world, name, { type: 'rejoin', call, role: leg?.role ?? 'caller' })
    case 'send-prepare':
      return signal(world, name, { type: 'prepare', call, description: effect.description })
    case 'send-accept':
      insist(world.parties[name].accepted, `${name} has not accepted`)
      return signal(world, name, { type: 'accept', call, description: effect.description })
    case 'send-description':
      return signal(world, name, { type: 'description', call, description: effect.description })
    case 'send-candidate':
      return signal(world, name, { type: 'candidate', call, candidate: effect.candidate })
    case 'send-again':
    case 'send-all-again':
      return again(world, name, effect.type === 'send-all-again')
    case 'send-decline':
      return say(world, name, { type: 'decline', call, reason: effect.reason })
    case 'send-hang-up':
      return say(world, name, { type: 'hang-up', call, reason: effect.reason })
    default:
      return unreachable(effect)
  }
}

const apply = (world: Legs, name: Name, { type }: { readonly type: string }): Legs => {
  const { media, offering, leg } = world.parties[name]
  if (media === null) throw new Violation(`${name} has nothing to apply a description to`)
  if (type !== 'offer') return withParty(world, name, { described: true, offering: false })
  if (offering && leg?.role === 'caller') return world
  const made: LegEvent[] = [
    { type: 'description-made', description: answer },
    { type: 'candidate-gathered', candidate }
  ]
  return withParty(world, name, { described: true, offering: false, media: [...media, ...made] })
}

const perform = (world: Legs, name: Name, effect: LegEffect): Legs => {
  const { leg, media, accepted, prepares, held, line, deadlines, offering } = world.parties[name]
  switch (effect.type) {
    case 'open-media': {
      insist(media === null, `${name} opens media twice`)
      insist(leg?.role === 'caller' || accepted || prepares, `${name} opens media before it accepts`)
      const made: LegEvent[] = [
        { type: 'description-made', description: offer },
        { type: 'candidate-gathered', candidate }
      ]
      return withParty(world, name, leg?.role === 'caller' ? { media: made, offering: true } : { media: [] })
    }
    case 'attach-media':
    case 'release-candidates':
      insist(accepted && media !== null, `${name}: ${effect.type} before it accepts`)
      return world
    case 'close-media':
      return withParty(world, name, { media: null, described: false, flowing: false, offering: false })
    case 'apply-description':
      return apply(world, name, effect.description)
    case 'apply-candidate':
      insist(media !== null, `${name} has nothing to apply a candidate to`)
      return world
    case 'restart-ice':
      insist(media !== null, `${name} has nothing to restart`)
      if (isOn(leg)) insist(line === 'open' && !held, `${name} restarts ICE where nobody hears of it`)
      if (offering) return world
      return withParty(world, name, {
        offering: true,
        media: [...(media ?? []), { type: 'description-made', description: offer }]
      })
    case 'hold-signals':
      return withParty(world, name, { held: true })
    case 'set-deadline':
      return withParty(world, name, { deadlines: [...new Set([...deadlines, effect.deadline])].toSorted() })
    case 'clear-deadline':
      return withParty(world, name, { deadlines: deadlines.filter((set) => set !== effect.deadline) })
    default:
      return speak(world, name, effect)
  }
}

const adopt = (world: Legs, name: Name, [leg, effects]: LegStep): Legs => {
  const before = world.parties[name]
  const changed = withParty(world, name, { leg })
  const after = effects.reduce((now, effect) => perform(now, name, effect), changed)
  if (leg.phase !== 'ended' || before.leg?.phase === 'ended') return after
  const { over, call, deadlines, media } = after.parties[name]
  insist(media === null, `${name} ends with media open`)
  insist(deadlines.length === 0, `${name} ends with a deadline: ${deadlines.join(', ')}`)
  return withParty(after, name, { over: { ...over, [call]: leg.reason } })
}

/** What ends a call with nobody to say why. */
const ownWords: readonly LegEvent['type'][] = ['deadline-passed', 'refused', 'signed-in-anew']

const take = (reduce: LegReducer, world: Legs, { name, event }: { name: Name; event: LegEvent }): Legs => {
  const { leg } = world.parties[name]
  if (leg === null) return world
  const after = adopt(world, name, reduce(leg, event))
  const hasEnded = leg.phase !== 'ended' && after.parties[name].leg?.phase === 'ended'
  const { line, held } = after.parties[name]
  const isGuess = line !== 'open' || held || ownWords.includes(event.type)
  return hasEnded && isGuess ? withParty(after, name, { guessed: true }) : after
}

// What a client makes of what it is told

/** Of a call that is still ending nothing is followed any more. */
const fresh = { sent: 0, kept: [], first: null, held: false, heard: 0, accepted: false, deadlines: [] }

const beInvited = (reduce: LegReducer, world: Legs, { name, call }: { name: Name; call: string }): Legs => {
  const { leg, over, call: own, prepares } = world.parties[name]
  if (leg !== null && leg.phase !== 'ended' && own === call) {
    return take(reduce, world, { name, event: { type: 'invited-again' } })
  }
  if (over[call] !== undefined) {
    // The other's word for it was lost with the server; there is but one for a call that is placed again.
    const guessing = withParty(world, otherThan(name), { guessed: true })
    return say(guessing, name, { type: 'hang-up', call, reason: 'hung-up' })
  }
  if (isLive(leg)) {
    insist(leg?.role === 'caller' && !isOn(leg), `${name} is invited while it is in a call`)
    const crossed = withParty(say(world, name, { type: 'hang-up', call: own, reason: 'hung-up' }), name, {
      ...fresh,
      call,
      accepted: true
    })
    return take(reduce, crossed, { name, event: { type: 'crossed', description: offer } })
  }
  return adopt(withParty(world, name, { ...fresh, call }), name, receiveCall(offer, prepares))
}

/** What has been counted comes once and in order; what comes again is confirmed again. */
const hearSignal = (
  reduce: LegReducer,
  world: Legs,
  { name, told, event }: { name: Name; told: { readonly seq?: number | undefined }; event: LegEvent }
): Legs => {
  const { heard, call, held } = world.parties[name]
  const { seq = 0 } = told
  // Of an earlier life of the call: its sender has not heard of its end.
  if (seq > heard + 1) return world
  const isNew = seq === heard + 1
  const counted = withParty(world, name, { heard: Math.max(heard, seq) })
  const isConfirmed = event.type !== 'candidate-received' && !held
  const confirmed = isConfirmed
    ? say(counted, name, { type: 'received', call, seq: Math.max(heard, seq) })
    : counted
  return isNew ? take(reduce, confirmed, { name, event }) : confirmed
}

const beTold = (reduce: LegReducer, world: Legs, { name, told }: { name: Name; told: Told }): Legs => {
  const takes = (event: LegEvent) => take(reduce, world, { name, event })
  if (told.type === 'partner-joined') return takes({ type: 'partner-joined' })
  if (told.type === 'invite') return beInvited(reduce, world, { name, call: told.call })
  const { leg, call, kept } = world.parties[name]
  if (told.call !== call || leg === null || leg.phase === 'ended') return world
  switch (told.type) {
    case 'ringing':
      return takes({ type: 'ringing-received' })
    case 'prepare':
      return hearSignal(reduce, world, { name, told, event: { ...told, type: 'prepare-received' } })
    case 'accept':
      return hearSignal(reduce, world, { name, told, event: { ...told, type: 'accept-received' } })
    case 'description':
      return hearSignal(reduce, world, { name, told, event: { ...told, type: 'description-received' } })
    case 'candidate':
      return hearSignal(reduce, world, { name, told, event: { ...told, type: 'candidate-received' } })
    case 'received':
      return withParty(world, name, { kept: kept.filter(({ seq = 0 }) => seq > told.seq) })
    case 'ended':
      return takes({ type: 'ended-received', reason: told.reason })
    case 'rejoined':
      return takes({ type: 'rejoined-received' })
    case 'unknown':
      insist(!isLive(leg), `${name} speaks of a call that the server does not know`)
      return world
    default:
      return takes({ type: 'refused' })
  }
}

// Who moves next

const afterServer = (world: Legs, [server, told]: ServerStep): Legs => ({
  ...world,
  server,
  toParty: { a: [...world.toParty.a, ...told.a], b: [...world.toParty.b, ...told.b] }
})

const doScript = (reduce: LegReducer, world: Legs, name: Name): (() => Legs) | null => {
  const { script, leg, call, media } = world.parties[name]
  const [step, ...rest] = script
  const done = withParty(world, name, { script: rest })
  const takes = (event: LegEvent) => () => take(reduce, done, { name, event })
  switch (step) {
    case 'call':
      if (leg?.phase === 'ringing' && leg.role === 'callee') {
        return () =>
          take(reduce, withParty(done, name, { accepted: true }), { name, event: { type: 'accepted' } })
      }
      // Only somebody in the roster can be called.
      if (isLive(leg) || !world.server.members[otherThan(name)]) return null
      return () =>
        adopt(withParty(done, name, { ...fresh, call: `call of ${name}`, accepted: true }), name, placeCall())
    case 'accept':
      if (leg?.phase !== 'ringing' || leg.role !== 'callee') return null
      return () =>
        take(reduce, withParty(done, name, { accepted: true }), { name, event: { type: 'accepted' } })
    case 'decline':
      return leg?.phase === 'ringing' ? takes({ type: 'declined', reason: 'declined' }) : null
    case 'hang-up':
      return isLive(leg) && call !== '' ? takes({ type: 'hung-up' }) : null
    case 'give-up':
      return media !== null && isLive(leg) ? takes({ type: 'media-gave-up' }) : null
    case 'move':
      return isOn(leg) ? takes({ type: 'network-changed' }) : null
    case 'break':
      return leg?.phase === 'connected' ? takes({ type: 'media-failed' }) : null
    default:
      return null
  }
}

const partyMoves = (reduce: LegReducer, world: Legs, name: Name): readonly Move<Legs>[] => {
  const { script, media, line, described, flowing } = world.parties[name]
  const other = world.parties[otherThan(name)]
  const moves: Move<Legs>[] = []
  const scripted = doScript(reduce, world, name)
  if (scripted) moves.push({ name: `${name}: ${script[0]}`, next: scripted })
  if (media !== null && media.length > 0) {
    const [event, ...rest] = media
    if (event) {
      const next = () => take(reduce, withParty(world, name, { media: rest }), { name, event })
      moves.push({ name: `${name} has ${event.type}`, next })
    }
  }
  if (described && other.described && !flowing && media?.length === 0) {
    const next = () =>
      take(reduce, withParty(world, name, { flowing: true }), { name, event: { type: 'media-connected' } })
    moves.push({ name: `${name} is connected`, next })
  }
  const [told, ...rest] = world.toParty[name]
  if (told && line === 'open') {
    const heard = { ...world, toParty: { ...world.toParty, [name]: rest } }
    moves.push({ name: `${name} hears ${told.type}`, next: () => beTold(reduce, heard, { name, told }) })
  }
  const [said, ...more] = world.toServer[name]
  if (said && line === 'open') {
    const said_ = { ...world, toServer: { ...world.toServer, [name]: more } }
    moves.push({
      name: `server hears ${name}: ${said.type}`,
      next: () => afterServer(said_, hear(world.server, name, said))
    })
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

const enders: readonly string[] = ['decline', 'hang-up', 'give-up', 'expire a', 'expire b', 'ring out']

const checkEnd = ({ parties: { a, b }, server }: Legs): void => {
  for (const { leg, script } of [a, b]) {
    if (leg?.phase === 'ending') throw new Violation('somebody is still ending')
    if (leg?.phase === 'ringing' || leg?.phase === 'calling') {
      insist(script.includes('accept') || server.call?.state.phase === 'ringing', 'it rings for ever')
    }
  }
  if (isLive(a.leg) !== isLive(b.leg)) throw new Violation('one side is in the call, and the other is not')
  if (isLive(a.leg) && a.call !== b.call) throw new Violation('they are in two calls')
  if (isLive(a.leg) && isOn(a.leg) && server.call?.id !== a.call)
    throw new Violation('the server does not know the call')
  for (const { leg, kept } of [a, b]) {
    const last = kept.find(({ type }) => type !== 'candidate')
    if (isOn(leg) && last) throw new Violation(`${last.type} was lost`)
  }
  for (const call of Object.keys(a.over)) {
    const [one, other] = [a.over[call], b.over[call]]
    if (other === undefined || one === other || a.guessed || b.guessed) continue
    throw new Violation(`the call was ${one} at one end and ${other} at the other`)
  }
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
    const isMeantToLast = [...a, ...b, ...faults].every((step) => !enders.includes(step))
    const { leg } = world.parties.a
    if (isMeantToLast && isOver(leg)) throw new Violation('the call is lost, and nobody wanted that')
  },
  key: (world) => JSON.stringify(world)
})
