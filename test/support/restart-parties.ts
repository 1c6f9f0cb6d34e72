/**
 * A native client in one call, as docs/protocol.md has it, as small as it can be: it counts what it says, keeps
 * it until it was received, and comes back into its call when the server has forgotten it.
 */
import {
  type ClientMessage,
  type Description,
  type EndReason,
  type ServerMessage,
  type Side,
  bodyOf
} from '../../src/core/signal.ts'
import { Violation } from './interleavings.ts'

export type Said = ClientMessage
export type ScriptStep = 'call' | 'candidate' | 'prepare' | 'accept' | 'decline' | 'hang-up'

type Counted = Extract<ClientMessage, { type: 'prepare' | 'accept' | 'candidate' }>

type ToldCounted = Extract<ServerMessage, { type: 'prepare' | 'description' | 'accept' | 'candidate' }>

export interface Party {
  readonly name: string
  readonly partner: string
  readonly role: Side
  readonly script: readonly ScriptStep[]
  readonly signedIn: boolean
  /** It has seen the other in the lobby. */
  readonly sees: boolean
  readonly phase: 'idle' | 'calling' | 'ringing' | 'in' | 'over'
  /** What it has said, by its count, and not heard to have been received. */
  readonly kept: readonly Counted[]
  readonly counted: number
  /** Up to which it has heard the other. */
  readonly heard: number
  /** It has the answer to the call's offer, or has given it. */
  readonly answered: boolean
  /** The answer and the accept, as they were said. */
  readonly answers: readonly Counted[]
  readonly waitsForInvite: boolean
  readonly waitsForPartner: boolean
  /** It has ended the call, and not heard so from the server. */
  readonly unheardEnd: 'hang-up' | 'decline' | null
  /** Which server it is signed in to. */
  readonly server: number
  /** The reason that it heard, and from which server. */
  readonly told: { readonly reason: EndReason; readonly server: number } | null
}

type Moved = readonly [Party, readonly Said[]]

const call = 'c'
const seqOf = ({ seq = 0 }: Counted): number => seq
/** Readable in the key of a state, where functions are not. */
const readable = Object.assign(bodyOf('v=0'), { toJSON: () => 'v=0' })
const description = (type: Description['type']): Description => ({
  type,
  sdp: readable
})

export const newParty = (name: string, given: Pick<Party, 'partner' | 'role' | 'script'>): Party => ({
  ...given,
  name,
  signedIn: true,
  sees: true,
  phase: 'idle',
  kept: [],
  counted: 0,
  heard: 0,
  answered: false,
  answers: [],
  waitsForInvite: false,
  waitsForPartner: false,
  unheardEnd: null,
  server: 0,
  told: null
})

const invite = ({ partner }: Party): Said => ({
  type: 'invite',
  call,
  to: { by: 'id', id: partner },
  description: description('offer')
})

/** Counted, and kept; it leaves at once unless the call has to be known again first. */
const count = (party: Party, message: Counted): Moved => {
  const counted = party.counted + 1
  const said = { ...message, seq: counted }
  const answers = message.type === 'candidate' ? party.answers : [...party.answers, said]
  const isHeldBack = party.waitsForPartner || party.waitsForInvite || !party.sees
  return [{ ...party, counted, answers, kept: [...party.kept, said] }, isHeldBack ? [] : [said]]
}

const over = (party: Party, change: Partial<Party>): Party => ({
  ...party,
  phase: 'over',
  kept: [],
  waitsForInvite: false,
  waitsForPartner: false,
  ...change
})

const endCall = (party: Party, type: 'hang-up' | 'decline'): Moved => [
  over(party, { unheardEnd: type }),
  [type === 'hang-up' ? { type, call, reason: 'hung-up' } : { type, call, reason: 'declined' }]
]

const accept = (party: Party): Moved => {
  const said = party.answered ? null : description('answer')
  return count({ ...party, phase: 'in', answered: true }, { type: 'accept', call, description: said })
}

const mayFindCandidates = ({ phase, role, answered }: Party): boolean =>
  phase === 'in' || (phase === 'calling' && role === 'caller') || (phase === 'ringing' && answered)

const place = (party: Party): Moved => [{ ...party, phase: 'calling' }, party.sees ? [invite(party)] : []]

const candidate = { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: null }

const findCandidate = (party: Party): Moved =>
  count(party, { type: 'candidate', to: { by: 'call', call }, candidate })

const prepare = (party: Party): Moved =>
  count({ ...party, answered: true }, { type: 'prepare', call, description: description('answer') })

/** `null` while it cannot be done. */
const scripted = (party: Party, step: ScriptStep): Moved | null => {
  if (step === 'call') return place(party)
  if (step === 'candidate') return mayFindCandidates(party) ? findCandidate(party) : null
  const isRung = party.phase === 'ringing'
  if (step === 'prepare') return isRung ? prepare(party) : null
  if (step === 'accept') return isRung ? accept(party) : null
  if (step === 'decline') return isRung ? endCall(party, 'decline') : null
  return party.phase === 'calling' || party.phase === 'in' ? endCall(party, 'hang-up') : null
}

/** What its person may do next. */
export const script = (party: Party): readonly (readonly [string, () => Moved])[] => {
  const [step, ...rest] = party.script
  if (step === undefined) return []
  const moved = scripted({ ...party, script: rest }, step)
  return moved === null ? [] : [[step, () => moved]]
}

/** To a server that knows nothing: first who it is, then what it was doing. */
export const signIn = (party: Party, server: number): Moved => {
  const now: Party = {
    ...party,
    server,
    signedIn: true,
    sees: false,
    waitsForInvite: false,
    waitsForPartner: false
  }
  const hello: Said = { type: 'sign-in', name: party.name, lobby: 'main' }
  if (party.unheardEnd !== null) return [now, [hello, ...endCall(now, party.unheardEnd)[1]]]
  if (party.phase === 'in') {
    const to = { by: 'id', id: party.partner } as const
    return [{ ...now, waitsForPartner: true }, [hello, { type: 'rejoin', call, to, role: party.role }]]
  }
  return [{ ...now, waitsForInvite: party.phase === 'ringing' }, [hello]]
}

/** The caller has not come back with its invite. */
export const stopWaiting = (party: Party): Moved => [over(party, {}), []]

/** It sees the other: now what was not accepted can be placed again, and what was not received said again. */
const see = (party: Party, isThere: boolean): Moved => {
  const now = { ...party, sees: party.sees || isThere }
  if (party.sees || !isThere || party.phase !== 'calling') return [now, []]
  return [now, [invite(now), ...party.kept]]
}

const hearInvite = (party: Party): Moved => {
  if (party.phase === 'over') return [party, []]
  if (party.phase === 'idle') return [{ ...party, phase: 'ringing' }, [{ type: 'ringing', call }]]
  // The same invite again: it is answered with all that answered it, and the rest follows.
  const rest = party.kept.filter((kept) => !party.answers.includes(kept))
  const again = { ...party, waitsForInvite: false, waitsForPartner: false }
  const counted = [...party.answers, ...rest].sort((one, other) => seqOf(one) - seqOf(other))
  return [again, [{ type: 'ringing', call }, ...counted]]
}

/** Counted by the other: what came before is dropped, and acknowledged again; what comes too early is dropped. */
const hearCounted = (party: Party, message: ToldCounted): Moved => {
  const { seq } = message
  if (seq === undefined) throw new Violation(`${party.name} is told something that nobody counts`)
  if (party.phase === 'over' || seq > party.heard + 1) return [party, []]
  const isNews = seq === party.heard + 1
  const now = { ...party, heard: Math.max(seq, party.heard) }
  const received: Said = { type: 'received', call, seq: now.heard }
  return [isNews ? take(now, message) : now, [received]]
}

const take = (party: Party, message: ToldCounted): Party => {
  if (message.type === 'candidate') return party
  if (party.answered === (message.description !== null)) {
    throw new Violation(`${party.name} has ${party.answered ? 'an answer already' : 'no answer'}`)
  }
  return { ...party, answered: true, phase: message.type === 'accept' ? 'in' : party.phase }
}

/** The other is back in the call: it has heard the accept, and all before it. */
const comeBack = (party: Party): Moved => {
  const kept = party.kept.filter((said) => seqOf(said) > Math.max(0, ...party.answers.map(seqOf)))
  return [{ ...party, kept, waitsForPartner: false }, party.phase === 'in' ? kept : []]
}

/** A refusal that only says that the other's word came first. */
const isLate = ({ code, about }: Extract<ServerMessage, { type: 'refused' }>): boolean =>
  code === 'unknown-call' && about !== 'rejoin' && about !== 'invite'

export const hear = (party: Party, message: ServerMessage): Moved => {
  switch (message.type) {
    case 'welcome':
      return see(party, message.peers.length > 0)
    case 'roster':
      return see(
        party,
        message.joined.some(({ id }) => id === party.partner)
      )
    case 'invite':
      return hearInvite(party)
    case 'prepare':
    case 'accept':
    case 'description':
    case 'candidate':
      return hearCounted(party, message)
    case 'received':
      return [{ ...party, kept: party.kept.filter(({ seq = 0 }) => seq > message.seq) }, []]
    case 'rejoined':
      return comeBack(party)
    case 'ended':
      return [over(party, { told: { reason: message.reason, server: party.server }, unheardEnd: null }), []]
    case 'refused':
      if (!isLate(message))
        throw new Violation(`${party.name} is refused ${message.about}: ${message.reason}`)
      return [party, []]
    default:
      return [party, []]
  }
}
