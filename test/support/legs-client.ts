/**
 * A client of a call, as values for the walker: its leg, what it makes of the leg's effects and of what it is
 * told, and what it keeps to be said again.
 */
import { unreachable } from '../../src/core/codec.ts'
import type { Leg, LegEffect, LegEvent, LegStep, Saying } from '../../src/core/leg.ts'
import { receiveCall } from '../../src/core/leg.ts'
import type { Received } from '../../src/core/negotiation.ts'
import type { EndReason } from '../../src/core/signal.ts'
import { Violation } from './interleavings.ts'
import { type LegReducer, answer, candidate, offer } from './leg-world.ts'
import { type Both, type Name, type Said, type Server, type Told, otherThan } from './legs-server.ts'

type Signal = Extract<Said, { type: 'prepare' | 'accept' | 'description' | 'candidate' | 'ice-restart' }>

/** What a party does, in this order, whenever it can. `move`: its network is another one. */
export type PartyStep = 'call' | 'accept' | 'decline' | 'hang-up' | 'give-up' | 'move' | 'break'
/** What happens to lines and server, at most once each. */
export type Fault = 'lose a' | 'lose b' | 'restart' | 'expire a' | 'expire b' | 'ring out'

export interface Party {
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
  /** It is on another network, and ICE has not started over since. */
  readonly moved: boolean
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

export const withParty = (world: Legs, name: Name, change: Partial<Party>): Legs => ({
  ...world,
  parties: { ...world.parties, [name]: { ...world.parties[name], ...change } }
})

export const say = (world: Legs, name: Name, ...said: readonly Said[]): Legs => ({
  ...world,
  toServer: { ...world.toServer, [name]: [...world.toServer[name], ...said] }
})

export const isLive = (leg: Leg | null): boolean =>
  leg !== null && leg.phase !== 'ended' && leg.phase !== 'ending'
export const isOver = (leg: Leg | null): boolean => leg?.phase === 'ended'
export const isOn = (leg: Leg | null): boolean => leg?.phase === 'connecting' || leg?.phase === 'connected'

// What a client makes of its leg's effects

export const insist = (condition: boolean, what: string): void => {
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

const speak = (world: Legs, name: Name, message: Saying): Legs => {
  const { call, leg, line, accepted } = world.parties[name]
  switch (message.type) {
    case 'rejoin':
      insist(line === 'open', `${name} claims a call without a line`)
      return say(world, name, { ...message, call })
    case 'invite':
    case 'ringing':
    case 'decline':
    case 'hang-up':
      return say(world, name, { ...message, call })
    case 'accept':
      insist(accepted, `${name} has not accepted`)
      return signal(world, name, { ...message, call })
    case 'ice-restart':
      insist(leg?.role === 'callee', `${name} asks its callee to restart ICE`)
      return signal(world, name, { ...message, call })
    case 'prepare':
    case 'description':
    case 'candidate':
      return signal(world, name, { ...message, call })
    default:
      return unreachable(message)
  }
}

const apply = (world: Legs, name: Name, heard: Received): Legs => {
  const { media, offering, leg } = world.parties[name]
  if (media === null) throw new Violation(`${name} has nothing to apply a ${heard.type} to`)
  if (heard.type === 'candidate') return world
  if (heard.description.type !== 'offer') return withParty(world, name, { described: true, offering: false })
  if (offering && leg?.role === 'caller') return world
  const made: LegEvent[] = [
    { type: 'description-made', description: answer },
    { type: 'candidate-gathered', candidate }
  ]
  return withParty(world, name, { described: true, offering: false, media: [...media, ...made] })
}

const unmoved = (world: Legs): Legs =>
  withParty(withParty(world, 'a', { moved: false }), 'b', { moved: false })

const restartIce = (world: Legs, name: Name): Legs => {
  const { leg, media, held, line, offering } = world.parties[name]
  if (media === null) throw new Violation(`${name} has nothing to restart`)
  insist(leg?.role === 'caller', `${name} restarts ICE itself`)
  if (isOn(leg)) insist(line === 'open' && !held, `${name} restarts ICE where nobody hears of it`)
  if (offering) return world
  const made = [...media, { type: 'description-made', description: offer } as const]
  return withParty(world, name, { offering: true, media: made })
}

const perform = (world: Legs, name: Name, effect: LegEffect): Legs => {
  const { leg, media, accepted, prepares, deadlines } = world.parties[name]
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
      return withParty(world, name, {
        media: null,
        described: false,
        flowing: false,
        moved: false,
        offering: false
      })
    case 'apply':
      return apply(world, name, effect.heard)
    case 'restart-ice':
      return restartIce(unmoved(world), name)
    case 'hold-signals':
      return withParty(world, name, { held: true })
    case 'set-deadline': {
      const others = deadlines.filter((name) => name !== effect.deadline)
      const set = effect.afterMs === null ? others : [...others, effect.deadline].toSorted()
      return withParty(world, name, { deadlines: set })
    }
    case 'say-again':
      return again(world, name, effect.all)
    case 'say':
      return speak(world, name, effect.message)
    default:
      return unreachable(effect)
  }
}

export const adopt = (world: Legs, name: Name, [leg, effects]: LegStep): Legs => {
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
const ownWords: ReadonlySet<string> = new Set(['deadline-passed', 'refused', 'signed-in-anew'])

export const take = (
  reduce: LegReducer,
  world: Legs,
  { name, event }: { name: Name; event: LegEvent }
): Legs => {
  const { leg } = world.parties[name]
  if (leg === null) return world
  const after = adopt(world, name, reduce(leg, event))
  const hasEnded = leg.phase !== 'ended' && after.parties[name].leg?.phase === 'ended'
  const { line, held } = after.parties[name]
  const isGuess = line !== 'open' || held || ownWords.has(event.type)
  return hasEnded && isGuess ? withParty(after, name, { guessed: true }) : after
}

// What a client makes of what it is told

/** Of a call that is still ending nothing is followed any more. */
export const fresh = { sent: 0, kept: [], first: null, held: false, heard: 0, accepted: false, deadlines: [] }

const receiving = (prepares: boolean) =>
  ({ native: true, prepares: prepares ? 'over-relays' : 'no' }) as const

const beInvited = (reduce: LegReducer, world: Legs, { name, call }: { name: Name; call: string }): Legs => {
  const { leg, over, call: own, prepares } = world.parties[name]
  if (leg !== null && leg.phase !== 'ended' && own === call) {
    return take(reduce, world, { name, event: { type: 'invite' } })
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
  return adopt(withParty(world, name, { ...fresh, call }), name, receiveCall(offer, receiving(prepares)))
}

/** What has been counted comes once and in order; what comes again is confirmed again. */
const hearSignal = (
  reduce: LegReducer,
  world: Legs,
  { name, told }: { name: Name; told: LegEvent & { readonly seq?: number | undefined } }
): Legs => {
  const { heard, call, held } = world.parties[name]
  const { seq = 0 } = told
  // Of an earlier life of the call: its sender has not heard of its end.
  if (seq > heard + 1) return world
  const isNew = seq === heard + 1
  const counted = withParty(world, name, { heard: Math.max(heard, seq) })
  const isConfirmed = told.type !== 'candidate' && !held
  const confirmed = isConfirmed
    ? say(counted, name, { type: 'received', call, seq: Math.max(heard, seq) })
    : counted
  return isNew ? take(reduce, confirmed, { name, event: told }) : confirmed
}

export const beTold = (reduce: LegReducer, world: Legs, { name, told }: { name: Name; told: Told }): Legs => {
  const takes = (event: LegEvent) => take(reduce, world, { name, event })
  if (told.type === 'partner-joined') return takes(told)
  if (told.type === 'invite') return beInvited(reduce, world, { name, call: told.call })
  const { leg, call, kept } = world.parties[name]
  if (told.call !== call || leg === null || leg.phase === 'ended') return world
  switch (told.type) {
    case 'prepare':
    case 'accept':
    case 'description':
    case 'candidate':
    case 'ice-restart':
      return hearSignal(reduce, world, { name, told })
    case 'received':
      return withParty(world, name, { kept: kept.filter(({ seq = 0 }) => seq > told.seq) })
    case 'ringing':
    case 'rejoined':
    case 'ended':
      return takes(told)
    case 'unknown':
      insist(!isLive(leg), `${name} speaks of a call that the server does not know`)
      return world
    default:
      return takes({ type: 'refused' })
  }
}
