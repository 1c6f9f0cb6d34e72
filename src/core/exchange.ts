/**
 * The calls of the switchboard: who calls whom, who is busy, and what of a call reaches the other
 * party. What one call allows is decided in call.ts; here it is given its parties and its words.
 */
import { type CallEffect, type CallEvent, callDeadline, otherSide, startCall, stepCall } from './call.ts'
import { type Member, type OngoingCall, partnerOf, sideOf } from './member.ts'
import { refusal } from './refusal.ts'
import { iceUfrags } from './sdp.ts'
import type {
  Address,
  CallId,
  Candidate,
  ClientMessage,
  Description,
  IceServer,
  Refusal,
  ServerMessage
} from './signal.ts'

type Said<T extends ClientMessage['type']> = Extract<ClientMessage, { type: T }>

/** What the exchange asks of the switchboard around it. */
export interface Surroundings {
  /** The member of the same lobby that an address means. */
  find(from: Member, to: Address): Member | undefined
  say(to: Member, message: ServerMessage): void
  refuse(to: Member, refusal: Refusal): void
  setBusy(member: Member, busy: boolean): void
  newCallId(): CallId
  iceServers(member: Member, call: CallId): readonly IceServer[]
  callEnded(call: CallId): void
  readonly ringMs: number
}

const maxEarly = 32
const earlyMs = 5_000
/** What a message needs at most that was on its way when its sender was told that the call is over. */
const crossingMs = 1_000

/** An offer of the connection of the last call that crossed the end of that call is no new call. */
const crossedItsEnd = ({ past }: Member, { sdp }: Description, now: number): boolean =>
  past !== null && now < past.until && iceUfrags(sdp.text()).some((ufrag) => past.ufrags?.includes(ufrag))

/** Whether an address means the other party, though that may go by another name by now. */
const isPartner = (call: OngoingCall, member: Member, to: Address): boolean =>
  to.by === 'partner' || (to.by === 'name' && to.name === call.names[otherSide(sideOf(call, member))])

export class Exchange {
  readonly #around: Surroundings
  readonly #calls = new Map<CallId, OngoingCall>()
  /** Calls for which time alone will change something. */
  readonly #timed = new Set<OngoingCall>()

  constructor(around: Surroundings) {
    this.#around = around
  }

  /** Whether time alone will change something. */
  get waits(): boolean {
    return this.#timed.size > 0
  }

  passTime(now: number): void {
    for (const call of this.#timed) this.#step(call, { type: 'time-passed', now }, now)
  }

  leave(member: Member, now: number): void {
    if (member.call !== null) this.#step(member.call, { type: 'left', by: sideOf(member.call, member) }, now)
  }

  /** Nobody has a part in a call of others, nor in their relay. */
  tellIceServers(member: Member, call: CallId): void {
    if (this.#calls.has(call) && member.call?.id !== call) {
      const details = { about: 'ice-servers', call, reason: 'That call id is taken.' }
      return this.#around.refuse(member, refusal('not-allowed', details))
    }
    const iceServers = this.#around.iceServers(member, call)
    this.#around.say(member, { type: 'ice-servers', call, iceServers })
  }

  invite(caller: Member, { call, to, description }: Said<'invite'>, now: number): void {
    if (this.#calls.has(call)) {
      return this.#around.refuse(
        caller,
        refusal('not-allowed', { about: 'invite', call, reason: 'That call id is taken.' })
      )
    }
    this.#call(caller, { id: call, to, description, now })
  }

  /** A description from a dialect without call control may be an invite or an accept; see `ClientMessage`. */
  describe(member: Member, { to, description }: Said<'description'>, now: number): void {
    const { call } = member
    if (call !== null && this.#addressed(member, to) === partnerOf(call, member)) {
      const by = sideOf(call, member)
      const accepts =
        call.state.phase === 'ringing' &&
        by === 'callee' &&
        description.type === 'answer' &&
        !member.client.abilities.callControl
      return this.#step(call, { type: accepts ? 'accepted' : 'described', by, description, now }, now)
    }
    if (to.by === 'call')
      return this.#around.refuse(member, refusal('unknown-call', { about: 'description', call: to.call }))
    if (description.type === 'offer') {
      if (crossedItsEnd(member, description, now)) return
      return this.#call(member, { id: this.#around.newCallId(), to, description, now })
    }
    this.#around.refuse(
      member,
      refusal('not-allowed', { about: 'description', to, reason: 'There is no offer to answer.' })
    )
  }

  passCandidate(member: Member, { to, candidate }: Said<'candidate'>, now: number): void {
    const { call } = member
    const target = this.#addressed(member, to)
    if (call !== null && target === partnerOf(call, member)) {
      return this.#step(call, { type: 'candidate-found', by: sideOf(call, member), candidate }, now)
    }
    if (to.by === 'call')
      return this.#around.refuse(member, refusal('unknown-call', { about: 'candidate', call: to.call }))
    if (target === undefined)
      return this.#around.refuse(member, refusal('unknown-peer', { about: 'candidate', to }))
    this.#keepEarly(member, { target, candidate, now })
  }

  passFile(member: Member, { name, size }: Said<'file'>): void {
    const { call } = member
    if (call?.state.phase !== 'connected')
      return this.#around.refuse(member, refusal('unknown-call', { about: 'file' }))
    this.#around.say(partnerOf(call, member), { type: 'file', call: call.id, from: member.peer, name, size })
  }

  control(member: Member, message: Said<'ringing' | 'accept' | 'decline' | 'hang-up'>, now: number): void {
    const { call } = member
    if (call === null || (message.call !== null && message.call !== call.id)) {
      // To hang up what has just ended is no mistake: the two hang-ups have crossed.
      if (message.type === 'hang-up') return
      return this.#around.refuse(member, refusal('unknown-call', { about: message.type, call: message.call }))
    }
    const by = sideOf(call, member)
    switch (message.type) {
      case 'ringing':
        return this.#step(call, { type: 'rang', by }, now)
      case 'accept':
        return this.#step(call, { type: 'accepted', by, description: message.description, now }, now)
      case 'decline':
        return this.#step(call, { type: 'declined', by, reason: message.reason }, now)
      case 'hang-up':
        return this.#step(call, { type: 'hung-up', by, reason: message.reason }, now)
    }
  }

  #call(
    caller: Member,
    { id, to, description, now }: { id: CallId; to: Address; description: Description; now: number }
  ): void {
    const details = { about: 'invite', call: id, to }
    const callee = this.#addressed(caller, to)
    if (callee === undefined) return this.#around.refuse(caller, refusal('unknown-peer', details))
    if (callee === caller) return this.#around.refuse(caller, refusal('not-allowed', details))
    if (caller.call !== null) {
      // The two are calling each other: the call that came first stands, and this attempt becomes its answer.
      if (caller.call.members.caller === callee && caller.call.state.phase === 'ringing') {
        return this.#around.say(caller, { type: 'ended', call: id, from: callee.peer, reason: 'replaced' })
      }
      return this.#around.refuse(caller, refusal('already-in-call', details))
    }
    if (callee.call !== null) {
      return this.#around.say(caller, { type: 'ended', call: id, from: callee.peer, reason: 'busy' })
    }
    this.#connect({ id, caller, callee }, description, now)
  }

  #connect(
    { id, caller, callee }: { id: CallId; caller: Member; callee: Member },
    offer: Description,
    now: number
  ): void {
    const { early } = caller
    const overtook =
      early !== null && early.to === callee.peer.id && now < early.until ? early.candidates : []
    const abilities = { caller: caller.client.abilities, callee: callee.client.abilities }
    const [state, effects] = startCall(abilities, offer, {
      early: overtook,
      now,
      deadline: now + this.#around.ringMs
    })
    const names = { caller: caller.peer.name, callee: callee.peer.name }
    const call: OngoingCall = { id, members: { caller, callee }, names, state }
    this.#calls.set(id, call)
    for (const member of [caller, callee]) {
      member.call = call
      member.early = null
      member.solicitor = null
      this.#around.setBusy(member, true)
    }
    this.#settle(call, effects)
  }

  #step(call: OngoingCall, event: CallEvent, now: number): void {
    const before = call.state
    const [state, effects] = stepCall(before, event)
    call.state = state
    if (before.phase !== 'ended' && state.phase === 'ended') {
      this.#free(call)
      // Whoever is only now told of the end may still have said something.
      for (const { to } of effects)
        call.members[to].past = { ufrags: before.flows[to].described, until: now + crossingMs }
    }
    this.#settle(call, effects)
  }

  /** A call has ended: its parties can be called again. */
  #free({ id, members }: OngoingCall): void {
    this.#calls.delete(id)
    for (const member of [members.caller, members.callee]) {
      member.call = null
      this.#around.setBusy(member, false)
    }
    this.#around.callEnded(id)
  }

  /** After a step: keeps an eye on a call that waits for time, and speaks. */
  #settle(call: OngoingCall, effects: readonly CallEffect[]): void {
    if (callDeadline(call.state) < Infinity) this.#timed.add(call)
    else this.#timed.delete(call)
    for (const effect of effects) this.#perform(call, effect)
  }

  #perform({ id: call, members }: OngoingCall, { to, ...said }: CallEffect): void {
    const from = members[otherSide(to)].peer
    const member = members[to]
    if (said.type === 'refused') {
      const { code, about, reason } = said
      return this.#around.refuse(member, refusal(code, { about, reason, call }))
    }
    if (said.type === 'invite') {
      const iceServers = this.#around.iceServers(member, call)
      return this.#around.say(member, { ...said, call, from, iceServers })
    }
    this.#around.say(member, { ...said, call, from })
  }

  #addressed(member: Member, to: Address): Member | undefined {
    const { call } = member
    if (to.by === 'call') return call?.id === to.call ? partnerOf(call, member) : undefined
    if (call !== null && isPartner(call, member, to)) return partnerOf(call, member)
    if (to.by !== 'partner') return this.#around.find(member, to)
    const { solicitor } = member
    return solicitor === null ? undefined : this.#around.find(member, { by: 'id', id: solicitor })
  }

  #keepEarly(
    member: Member,
    { target, candidate, now }: { target: Member; candidate: Candidate; now: number }
  ): void {
    const { early } = member
    const known = early !== null && early.to === target.peer.id && now < early.until ? early.candidates : []
    if (known.length >= maxEarly) return
    member.early = { to: target.peer.id, candidates: [...known, candidate], until: now + earlyMs }
  }
}
