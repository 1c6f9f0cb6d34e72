/**
 * The calls of the switchboard: who calls whom, who is busy, and what of a call reaches the other
 * party. What one call allows is decided in call.ts; here it is given its parties and its words.
 */
import {
  type Call,
  type CallEffect,
  type CallEvent,
  callDeadline,
  knownCall,
  otherSide,
  startCall,
  stepCall
} from './call.ts'
import { type Claim, Claims, absent, agree } from './claims.ts'
import { type Parties, objectionTo, taken } from './invitation.ts'
import { type Member, type OngoingCall, noteOver, partnerOf, sideOf } from './member.ts'
import { refusal } from './refusal.ts'
import { iceUfrags } from './sdp.ts'
import type {
  Address,
  CallId,
  Candidate,
  ClientMessage,
  Description,
  EndReason,
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
/** How long a party waits for the other in a call that only they know: both notice the same loss, and try every few seconds. */
const reunionMs = 30_000

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
  readonly #claims = new Claims()

  constructor(around: Surroundings) {
    this.#around = around
  }

  /** Whether time alone will change something. */
  get waits(): boolean {
    return this.#timed.size > 0 || this.#claims.size > 0
  }

  passTime(now: number): void {
    for (const call of this.#timed) this.#step(call, { type: 'time-passed', now }, now)
    for (const claim of this.#claims.due(now)) this.#giveUp(claim, 'left')
  }

  leave(member: Member, now: number): void {
    if (member.claim !== null) this.#claims.drop(member.claim)
    if (member.call !== null) this.#step(member.call, { type: 'left', by: sideOf(member.call, member) }, now)
  }

  /** Nobody has a part in a call of others, nor in their relay. */
  tellIceServers(member: Member, call: CallId): void {
    const claim = this.#claims.to(call)
    const isClaimed = claim !== undefined && claim.member !== member && claim.partner !== member.peer.id
    if (isClaimed || (this.#calls.has(call) && member.call?.id !== call)) {
      const details = { about: 'ice-servers', call, reason: taken }
      return this.#around.refuse(member, refusal('not-allowed', details))
    }
    const iceServers = this.#around.iceServers(member, call)
    this.#around.say(member, { type: 'ice-servers', call, iceServers })
  }

  invite(caller: Member, { call, to, description }: Said<'invite'>, now: number): void {
    if (this.#calls.has(call)) {
      return this.#around.refuse(caller, refusal('not-allowed', { about: 'invite', call, reason: taken }))
    }
    this.#call(caller, { id: call, to, description, now })
  }

  /** A description from a dialect without call control may be an invite or an accept; see `ClientMessage`. */
  describe(member: Member, { to, description, seq }: Said<'description'>, now: number): void {
    const { call } = member
    if (call !== null && this.#addressed(member, to) === partnerOf(call, member)) {
      const by = sideOf(call, member)
      const accepts =
        call.state.phase === 'ringing' &&
        by === 'callee' &&
        description.type === 'answer' &&
        !member.client.abilities.callControl
      return this.#step(call, { type: accepts ? 'accepted' : 'described', by, description, seq, now }, now)
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

  passCandidate(member: Member, { to, candidate, seq }: Said<'candidate'>, now: number): void {
    const { call } = member
    const target = this.#addressed(member, to)
    if (call !== null && target === partnerOf(call, member)) {
      return this.#step(call, { type: 'candidate-found', by: sideOf(call, member), candidate, seq }, now)
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

  control(
    member: Member,
    message: Said<'ringing' | 'prepare' | 'accept' | 'ice-restart' | 'received' | 'decline' | 'hang-up'>,
    now: number
  ): void {
    const { call } = member
    if (call === null || (message.call !== null && message.call !== call.id)) {
      // To hang up what has just ended is no mistake: the two hang-ups have crossed.
      if (message.type === 'hang-up') return this.#hangUpUnknown(member, message)
      if (message.type === 'received' || message.type === 'ice-restart') return
      if (message.type === 'decline') noteOver(member, message.call, message.reason)
      return this.#around.refuse(member, refusal('unknown-call', { about: message.type, call: message.call }))
    }
    const by = sideOf(call, member)
    switch (message.type) {
      case 'ringing':
        return this.#step(call, { type: 'rang', by }, now)
      case 'prepare': {
        const { description, seq } = message
        return this.#step(call, { type: 'prepared', by, description, seq }, now)
      }
      case 'accept': {
        const { description, seq } = message
        return this.#step(call, { type: 'accepted', by, description, seq, now }, now)
      }
      case 'ice-restart':
        return this.#step(call, { type: 'ice-restart-wanted', by, seq: message.seq }, now)
      case 'received':
        return this.#step(call, { type: 'received', by, seq: message.seq }, now)
      case 'decline':
        return this.#step(call, { type: 'declined', by, reason: message.reason }, now)
      case 'hang-up':
        return this.#step(call, { type: 'hung-up', by, reason: message.reason }, now)
    }
  }

  /** A party of a call that the server does not know, for it has forgotten all. */
  rejoin(member: Member, { call: id, to, role }: Said<'rejoin'>, now: number): void {
    this.#turnDown(member, id, now)
    const partner = to.by === 'id' ? to.id : ''
    const claim: Claim = { call: id, member, partner, role, until: now + reunionMs }
    if (member.call?.id === id) return this.#confirm(member.call, claim)
    const known = this.#claims.to(id)
    const no = this.#objection(claim, known)
    if (no !== null) return this.#around.refuse(member, refusal(no, { about: 'rejoin', call: id }))
    if (known === undefined) this.#claim(claim)
    else if (known.member !== member) this.#reunite(known, claim, now)
  }

  /** Somebody was quicker to ring it than it was to say that it is in a call. */
  #turnDown(member: Member, id: CallId, now: number): void {
    const { call } = member
    const isRung = call?.state.phase === 'ringing' && call.members.callee === member
    if (isRung && call.id !== id) this.#step(call, { type: 'declined', by: 'callee', reason: 'busy' }, now)
  }

  #objection(claim: Claim, known: Claim | undefined): 'already-in-call' | 'unknown-call' | null {
    const { call, member } = claim
    if (member.call !== null || (member.claim !== null && member.claim !== known)) return 'already-in-call'
    const isOfOthers = known !== undefined && known.member !== member && !agree(known, claim)
    return this.#calls.has(call) || isOfOthers ? 'unknown-call' : null
  }

  #claim(claim: Claim): void {
    const { call, member, partner } = claim
    const over = this.#around.find(member, { by: 'id', id: partner })?.over.get(call)
    if (over !== undefined) return this.#tellOver(claim, over)
    this.#claims.add(claim)
    this.#around.setBusy(member, true)
  }

  /** It is known after all. One that rings has been invited again, and answers that. */
  #confirm(call: OngoingCall, { member, partner, role }: Claim): void {
    const { id, state } = call
    const isTrue = sideOf(call, member) === role && partnerOf(call, member).peer.id === partner
    if (isTrue && state.phase === 'connected') return this.#around.say(member, { type: 'rejoined', call: id })
    if (isTrue && role === 'callee') return
    this.#around.refuse(member, refusal('unknown-call', { about: 'rejoin', call: id }))
  }

  #reunite(one: Claim, other: Claim, now: number): void {
    const [caller, callee] = one.role === 'caller' ? [one.member, other.member] : [other.member, one.member]
    const abilities = { caller: caller.client.abilities, callee: callee.client.abilities }
    this.#claims.drop(one)
    this.#add({ id: one.call, caller, callee }, knownCall(abilities, now))
    for (const { call, member } of [one, other]) this.#around.say(member, { type: 'rejoined', call })
  }

  #giveUp(claim: Claim, reason: EndReason): void {
    this.#claims.drop(claim)
    this.#around.setBusy(claim.member, false)
    this.#tellOver(claim, reason)
  }

  #tellOver({ call, member, partner }: Claim, reason: EndReason): void {
    const from = this.#around.find(member, { by: 'id', id: partner })?.peer ?? absent(partner)
    this.#around.callEnded(call)
    this.#around.say(member, { type: 'ended', call, from, reason })
  }

  /** Whoever still waits for this party in that call, or comes back into it, is told. */
  #hangUpUnknown(member: Member, { call: named, reason }: Said<'hang-up'>): void {
    const call = named ?? member.claim?.call
    if (call === undefined) return
    noteOver(member, call, reason)
    const claim = this.#claims.to(call)
    if (claim?.member === member || claim?.partner === member.peer.id) this.#giveUp(claim, reason)
  }

  #call(
    caller: Member,
    { id, to, description, now }: { id: CallId; to: Address; description: Description; now: number }
  ): void {
    const details = { about: 'invite', call: id, to }
    const callee = this.#addressed(caller, to)
    if (callee === undefined) return this.#around.refuse(caller, refusal('unknown-peer', details))
    const claim = this.#claims.to(id) ?? null
    const objection = objectionTo({ id, caller, callee }, claim)
    if (objection === null) {
      if (claim !== null) this.#claims.drop(claim)
      this.#connect({ id, caller, callee }, description, now)
    } else if ('ended' in objection) {
      this.#around.say(caller, { type: 'ended', call: id, from: callee.peer, reason: objection.ended })
    } else this.#around.refuse(caller, { ...objection, ...details })
  }

  #connect({ id, caller, callee }: Parties, offer: Description, now: number): void {
    const { early } = caller
    const overtook =
      early !== null && early.to === callee.peer.id && now < early.until ? early.candidates : []
    const abilities = { caller: caller.client.abilities, callee: callee.client.abilities }
    const [state, effects] = startCall(abilities, offer, {
      early: overtook,
      now,
      deadline: now + this.#around.ringMs
    })
    this.#settle(this.#add({ id, caller, callee }, state), effects)
  }

  #add({ id, caller, callee }: Parties, state: Call): OngoingCall {
    const names = { caller: caller.peer.name, callee: callee.peer.name }
    const call: OngoingCall = { id, members: { caller, callee }, names, state }
    this.#calls.set(id, call)
    for (const member of [caller, callee]) {
      member.call = call
      member.early = null
      member.solicitor = null
      this.#around.setBusy(member, true)
    }
    return call
  }

  #step(call: OngoingCall, event: CallEvent, now: number): void {
    const before = call.state
    const [state, effects] = stepCall(before, event)
    call.state = state
    if (before.phase !== 'ended' && state.phase === 'ended') {
      this.#free(call, state.reason)
      // Whoever is only now told of the end may still have said something.
      for (const { to } of effects)
        call.members[to].past = { ufrags: before.flows[to].described, until: now + crossingMs }
    }
    this.#settle(call, effects)
  }

  /** A call has ended: its parties can be called again. */
  #free({ id, members }: OngoingCall, reason: EndReason): void {
    this.#calls.delete(id)
    for (const member of [members.caller, members.callee]) {
      member.call = null
      noteOver(member, id, reason)
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
      const { prepares } = members.caller.client.abilities
      return this.#around.say(member, { ...said, call, from, iceServers, prepares })
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
