/**
 * Small models of the clients that meet in a call: what each makes of what it is told, and what it
 * says. They are as wilful as the real ones, and check that nothing reaches them that would confuse them.
 */
import type { Abilities, Candidate, Description, EndReason } from '../../src/core/signal.ts'
import { Violation } from './interleavings.ts'

/**
 * `native`: knows calls. `browser`: answers by itself, and lets a crossing offer win over its own.
 * `stubborn`: answers by itself, gives up on crossing offers, and as a callee offers again after its
 * answer, as MDN's page does.
 */
export type Kind = 'native' | 'browser' | 'stubborn'

export const abilitiesOf: Readonly<Record<Kind, Abilities>> = {
  native: { callControl: true, prepares: true, namesCallee: true, settleMs: 0, echoesText: false },
  browser: { callControl: false, namesCallee: true, settleMs: 0, echoesText: false },
  stubborn: { callControl: false, namesCallee: true, settleMs: 400, echoesText: true }
}

/**
 * `early`: a candidate that overtakes its description, as requests of a hanging GET can. `offer`:
 * something was added to a call that stands.
 */
export type ScriptStep =
  | 'call'
  | 'candidate'
  | 'early'
  | 'offer'
  | 'prepare'
  | 'accept'
  | 'decline'
  | 'hang-up'
  | 'leave'

export type Said = { readonly serial: number; readonly attempt: string } & (
  | { readonly type: 'invite' | 'offer' | 'answer' | 'prepare'; readonly description: Description }
  | { readonly type: 'accept'; readonly description: Description | null }
  | { readonly type: 'candidate'; readonly candidate: Candidate; readonly overtakes: boolean }
  | { readonly type: 'ringing' | 'decline' | 'hang-up' | 'left' }
)

/** What the server tells a party; `call` is the attempt of whoever was the caller. */
export type Told = { readonly call: string } & (
  | { readonly type: 'invite' | 'prepare' | 'description'; readonly description: Description }
  | { readonly type: 'accept'; readonly description: Description | null }
  | { readonly type: 'candidate'; readonly candidate: Candidate }
  | { readonly type: 'ice-restart' }
  | { readonly type: 'received'; readonly seq: number }
  | { readonly type: 'ringing' }
  | { readonly type: 'ended'; readonly reason: EndReason }
)

/** `busy`: it works on an answer, its own or the other's. `stuck`: it has given up on this connection. */
export interface Connection {
  readonly name: string
  readonly state: 'making-offer' | 'have-local-offer' | 'have-remote-offer' | 'applying' | 'stable' | 'stuck'
  readonly remote: readonly string[]
  readonly described: boolean
  /** It has something to offer as soon as it can. */
  readonly wantsOffer: boolean
}

export interface Party {
  readonly name: string
  readonly kind: Kind
  readonly script: readonly ScriptStep[]
  readonly connection: Connection | null
  readonly connections: number
  readonly serial: number
  /** The serials of the candidates of its connection. */
  readonly candidates: readonly number[]
  /** Of a native party that rings: the user fragments of what it is offered. */
  readonly offered: readonly string[]
  /** Of a native party: its call, and how far it is. `answered`: a caller, before the accept. */
  readonly call: string | null
  readonly phase:
    | 'idle'
    | 'calling'
    | 'answered'
    | 'ringing'
    | 'preparing'
    | 'prepared'
    | 'accepting'
    | 'in'
    | 'over'
  readonly polite: boolean
  /** Why the call ended, as it was told. */
  readonly reason: EndReason | null
  readonly gone: boolean
}

/** A party after a move, and what it has said. */
export type Moved = readonly [Party, readonly Said[]]
/** What happens to a party, by the name of the move; `undefined` when it cannot happen now. */
export type Option = readonly [name: string, move: () => Moved]

export const newParty = (
  name: string,
  [kind, ...script]: readonly [Kind, ...ScriptStep[]],
  partner: Kind
): Party => ({
  name,
  kind,
  script,
  polite: partner !== 'native',
  connection: null,
  connections: 0,
  serial: 0,
  candidates: [],
  offered: [],
  call: null,
  phase: 'idle',
  reason: null,
  gone: false
})

type Saying = Said extends infer One ? (One extends Said ? Omit<One, 'serial' | 'attempt'> : never) : never

const say = (party: Party, saying: Saying, attempt = party.call ?? ''): Moved => {
  const serial = party.serial + 1
  return [{ ...party, serial }, [{ ...saying, serial, attempt }]]
}

const connect = (party: Party, state: Connection['state'], remote: readonly string[] = []): Party => {
  const connections = party.connections + 1
  const name = `${party.name}${connections}`
  const wantsOffer = party.kind === 'stubborn' && state === 'have-remote-offer'
  return {
    ...party,
    connections,
    candidates: [],
    connection: { name, state, remote, described: false, wantsOffer }
  }
}

const withConnection = (party: Party, change: Partial<Connection>): Party => {
  if (party.connection === null) throw new Violation(`${party.name} has no connection`)
  return { ...party, connection: { ...party.connection, ...change } }
}

/** Its session is the connection, its version the serial; the user fragment stays, for ICE is not restarted. */
const describedBy = ({ connection, serial }: Party, type: Description['type']): Description => {
  const text = `o=${connection?.name} ${serial + 1}\r\na=ice-ufrag:${connection?.name}\r\n`
  // Readable in the key of a state, where functions are not.
  const sdp = { size: text.length, text: () => text, toJSON: () => text }
  return { type, sdp }
}

/** Who is done with the call, and why. */
const over = (party: Party, reason: EndReason | null): Party => ({
  ...party,
  connection: null,
  phase: 'over',
  reason
})

// What it does by itself

const sendOffer = (party: Party): Moved => {
  const description = describedBy(party, 'offer')
  const offered = withConnection(party, { state: 'have-local-offer', described: true, wantsOffer: false })
  return say(offered, { type: party.phase === 'calling' ? 'invite' : 'offer', description })
}

const sendAnswer = (party: Party): Moved => {
  const description = describedBy(party, 'answer')
  const answered = withConnection(party, { state: 'stable', described: true })
  if (party.phase === 'preparing')
    return say({ ...answered, phase: 'prepared' }, { type: 'prepare', description })
  return party.phase === 'accepting'
    ? say({ ...answered, phase: 'in' }, { type: 'accept', description })
    : say(answered, { type: 'answer', description })
}

/** What follows from its state alone, sooner or later. */
export const ownMoves = (party: Party): readonly Option[] => {
  switch (party.connection?.state) {
    case 'making-offer':
      return [['offers', () => sendOffer(party)]]
    case 'have-remote-offer':
      return [['answers', () => sendAnswer(party)]]
    case 'applying':
      return [['has applied', () => [withConnection(party, { state: 'stable' }), []]]]
    case 'stable':
      return party.connection.wantsOffer ? [['offers again', () => sendOffer(party)]] : []
    default:
      return []
  }
}

// What its script says

const startsCall = (party: Party): Moved => {
  if (party.connection !== null || party.phase === 'ringing' || party.phase === 'over') return [party, []]
  const calling = connect(party, 'making-offer')
  if (party.kind !== 'native') return [calling, []]
  return [{ ...calling, phase: 'calling', call: calling.connection?.name ?? null }, []]
}

const hangsUp = (party: Party): Moved => {
  if (party.kind !== 'native') return say(over(party, null), { type: 'hang-up' })
  const { phase, connection } = party
  // Its invite has not left yet: there is nothing to take back.
  if (phase === 'calling' && connection?.state === 'making-offer')
    return [over({ ...party, call: null }, null), []]
  // Why the call has ended is for the server to say.
  const isAsked =
    phase === 'ringing' || phase === 'preparing' || phase === 'prepared' || phase === 'accepting'
  return say(over(party, null), { type: isAsked ? 'decline' : 'hang-up' })
}

const acceptsNow = (party: Party): Moved | null => {
  if (party.phase === 'prepared') return say({ ...party, phase: 'in' }, { type: 'accept', description: null })
  return party.phase === 'ringing' ? [{ ...withNewAnswer(party), phase: 'accepting' }, []] : null
}

const isInCall = ({ connection, phase }: Party): boolean => connection !== null || phase === 'ringing'

const scripted = (party: Party, step: ScriptStep): Moved | null => {
  const { connection, phase } = party
  switch (step) {
    case 'call':
      return startsCall(party)
    case 'candidate':
    case 'early':
      return connection?.described ? findCandidate(party, connection.name, step === 'early') : null
    case 'offer':
      return connection?.state === 'stable' ? [withConnection(party, { wantsOffer: true }), []] : null
    case 'prepare':
      return phase === 'ringing' ? [{ ...withNewAnswer(party), phase: 'preparing' }, []] : null
    case 'accept':
      return acceptsNow(party)
    case 'decline':
      return phase === 'ringing' || phase === 'prepared' ? hangsUp(party) : null
    case 'hang-up':
      return isInCall(party) ? hangsUp(party) : null
    default:
      return leaves(party)
  }
}

const leaves = (party: Party): Moved | null =>
  isInCall(party) && party.connection?.state !== 'making-offer'
    ? say({ ...party, gone: true, connection: null }, { type: 'left' })
    : null

const findCandidate = (party: Party, usernameFragment: string, overtakes: boolean): Moved => {
  const serial = party.serial + 1
  const line = `${overtakes ? 'early' : 'candidate'}:${serial}`
  const candidate = { candidate: line, sdpMid: '0', sdpMLineIndex: 0, usernameFragment }
  return say(
    { ...party, candidates: [...party.candidates, serial] },
    { type: 'candidate', candidate, overtakes }
  )
}

const withNewAnswer = (party: Party): Party => connect(party, 'have-remote-offer', party.offered)

export const scriptMoves = (party: Party): readonly Option[] => {
  const [step, ...script] = party.script
  if (step === undefined || party.gone) return []
  const moved = scripted({ ...party, script }, step)
  return moved === null ? [] : [[`script: ${step}`, () => moved]]
}

// What it is told

const ufragOf = ({ sdp }: Description): string => /a=ice-ufrag:(\S+)/.exec(sdp.text())?.[1] ?? ''

const takeOffer = (party: Party, description: Description): Moved => {
  const { connection } = party
  const remote = [ufragOf(description)]
  if (connection === null) return [connect(party, 'have-remote-offer', remote), []]
  switch (connection.state) {
    case 'making-offer':
    case 'stable':
      return [withConnection(party, { state: 'have-remote-offer', remote }), []]
    case 'applying':
      // A browser does one thing after the other; MDN's page asks for the state and is misled.
      if (party.kind === 'stubborn')
        throw new Violation(`${party.name} is told an offer while it applies an answer`)
      return [withConnection(party, { state: 'have-remote-offer', remote }), []]
    case 'have-local-offer':
      return yieldTo(party, remote)
    case 'stuck':
      return [party, []]
    default:
      throw new Violation(`${party.name} is told an offer while it is ${connection.state}`)
  }
}

/** Two offers have crossed, and its own came second. */
const yieldTo = (party: Party, remote: readonly string[]): Moved => {
  if (party.kind === 'stubborn') return [withConnection(party, { state: 'stuck', remote }), []]
  // With its first offer, what it has gathered is rolled back too.
  if (party.connection?.remote.length === 0) return [connect(party, 'have-remote-offer', remote), []]
  if (party.kind === 'native' && !party.polite) return [party, []]
  return [withConnection(party, { state: 'have-remote-offer', remote, wantsOffer: true }), []]
}

const takeAnswer = (party: Party, description: Description): Moved => {
  if (party.connection?.state !== 'have-local-offer') {
    throw new Violation(`${party.name} is told an answer while it is ${party.connection?.state ?? 'idle'}`)
  }
  return [withConnection(party, { state: 'applying', remote: [ufragOf(description)] }), []]
}

const takeDescription = (party: Party, description: Description): Moved =>
  description.type === 'offer' ? takeOffer(party, description) : takeAnswer(party, description)

const takeCandidate = (party: Party, { usernameFragment }: Candidate): Moved => {
  const fits = party.connection?.remote.includes(usernameFragment ?? '') ?? false
  if (!fits) throw new Violation(`${party.name} is told a candidate before its description`)
  return [party, []]
}

const hearLegacy = (party: Party, told: Told): Moved => {
  // What was on its way when it hung up finds nothing to be applied to; but an invite opens a call.
  if (party.phase === 'over' && told.type !== 'invite' && told.type !== 'ended') return [party, []]
  switch (told.type) {
    case 'ended':
      if (told.reason === 'replaced') return [{ ...party, connection: null }, []]
      return [over(party, told.reason), []]
    case 'invite':
      return takeOffer({ ...party, phase: 'idle', reason: null }, told.description)
    case 'candidate':
      return takeCandidate(party, told.candidate)
    case 'accept':
    case 'description':
      if (told.description === null) throw new Violation(`${party.name} is told an accept without an answer`)
      return takeDescription(party, told.description)
    default:
      return [party, []]
  }
}

const hearNative = (party: Party, told: Told): Moved => {
  if (told.type === 'invite') return hearInvite(party, told.call, ufragOf(told.description))
  if (told.call !== party.call) return [party, []]
  switch (told.type) {
    case 'ended':
      return [over(party, told.reason), []]
    case 'prepare':
      return party.phase === 'over'
        ? [party, []]
        : takeAnswer({ ...party, phase: 'answered' }, told.description)
    case 'accept':
      return party.phase === 'over' ? [party, []] : takeAccept(party, told.description)
    case 'description':
      // What comes while it rings is kept, and is part of what is answered then.
      return party.phase === 'ringing' || party.phase === 'over'
        ? [party, []]
        : takeDescription(party, told.description)
    default:
      return [party, []]
  }
}

const hearInvite = (party: Party, call: string, ufrag: string): Moved => {
  const invited: Party = { ...party, call, offered: [ufrag], polite: true, reason: null }
  // Both have called: no need to ask.
  if (party.phase === 'calling') return [{ ...withNewAnswer(invited), phase: 'accepting' }, []]
  return say({ ...invited, phase: 'ringing' }, { type: 'ringing' })
}

/** Its offer has one answer: with the accept, or before it. */
const takeAccept = (party: Party, description: Description | null): Moved => {
  if ((description === null) !== (party.phase === 'answered'))
    throw new Violation(`${party.name} has ${description === null ? 'no answer' : 'two answers'}`)
  const accepted: Party = { ...party, phase: 'in' }
  return description === null ? [accepted, []] : takeAnswer(accepted, description)
}

export const hear = (party: Party, told: Told): Moved =>
  party.kind === 'native' ? hearNative(party, told) : hearLegacy(party, told)
