/**
 * The search for a path, in place of werift's, which is made for ICE that starts once. Where it starts over while a search
 * goes on, werift's own takes the answer to a former check for a path, has two searches wait for one result, or calls an
 * empty list a failure; and what it sends is silence from then on. Nor does it try a relay that has answered late with the
 * candidates that were there before. RFC 8445, sections 6 to 8.
 */

interface Pair {
  readonly handle?: { readonly resolve?: () => unknown } | undefined
}

interface Check {
  getAttributeValue(name: 'USERNAME'): unknown
}

/** As much of werift's ICE as a search needs; some of it is its own affair. */
export interface Ice {
  /** How often ICE has started over. */
  readonly generation: number
  readonly localUsername: string
  /** Empty until the partner has described this start of ICE. */
  readonly remotePassword: string
  readonly remoteCandidates: readonly object[]
  readonly localCandidatesEnd: boolean
  /** What it sends over: sockets and relays. */
  readonly protocols: readonly object[]
  readonly checkList: readonly Pair[]
  /** A pair is agreed on. */
  readonly checkListDone: boolean
  earlyChecks: readonly (readonly [Check, ...unknown[]])[]
  earlyChecksDone: boolean
  pairRemoteCandidate(candidate: object): void
  checkIncoming(check: Check, ...from: readonly unknown[]): void
  checkComplete(pair: Pair): void
  /** Makes the next check; false when there is none, and none can come. */
  schedulingChecks(): boolean
  queryConsent(): void
  setState(state: 'connected'): void
}

export interface Transport {
  readonly connection: Ice
  start(): Promise<void>
  setState(state: 'checking' | 'failed'): void
}

const ofIce = [
  'generation',
  'protocols',
  'checkListDone',
  'earlyChecks',
  'pairRemoteCandidate',
  'checkIncoming',
  'checkComplete',
  'schedulingChecks',
  'queryConsent',
  'setState'
]

const isTransport = (transport: object): transport is Transport =>
  'setState' in transport &&
  'connection' in transport &&
  typeof transport.connection === 'object' &&
  ofIce.every((name) => Reflect.has(Object(transport.connection), name))

/** The pace of the checks, in milliseconds. */
const pace = 20

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, pace))

/** Each of theirs with each of ours that it has not met yet; then what they have asked before. */
const pairUp = (ice: Ice): void => {
  for (const candidate of ice.remoteCandidates) ice.pairRemoteCandidate(candidate)
  for (const check of ice.earlyChecks) ice.checkIncoming(...check)
  ice.earlyChecks = []
  ice.earlyChecksDone = true
}

/** For a path of the start of ICE that is the latest by then, whichever was when it began. */
class Search {
  readonly #transport: Transport
  readonly #ice: Ice
  #generation = -1
  #protocols = 0

  constructor(transport: Transport) {
    this.#transport = transport
    this.#ice = transport.connection
  }

  /** The start of ICE for which it has found one. */
  async run(closing: AbortSignal): Promise<number> {
    while (!this.#isOver) {
      this.#check()
      await pause()
      closing.throwIfAborted()
    }
    for (const { handle } of this.#ice.checkList) handle?.resolve?.()
    this.#ice.queryConsent()
    this.#ice.setState('connected')
    return this.#generation
  }

  get #isOver(): boolean {
    return this.#ice.checkListDone && this.#generation === this.#ice.generation
  }

  #check(): void {
    if (this.#ice.remotePassword === '') return
    this.#keepUp()
    const goesOn = this.#ice.schedulingChecks() || !this.#ice.localCandidatesEnd
    if (!goesOn && this.#ice.checkList.length === 0) throw new Error('There is nothing to look for.')
  }

  #keepUp(): void {
    const { generation, protocols } = this.#ice
    if (generation !== this.#generation) this.#transport.setState('checking')
    else if (protocols.length === this.#protocols) return
    pairUp(this.#ice)
    this.#generation = generation
    this.#protocols = protocols.length
  }
}

/** What was asked or answered before ICE started over says nothing of the path that is looked for now, but of who controls. */
const heedNothingFormer = (ice: Ice): void => {
  const incoming = ice.checkIncoming.bind(ice)
  const complete = ice.checkComplete.bind(ice)
  ice.checkIncoming = (check, ...from) => {
    const [ours] = String(check.getAttributeValue('USERNAME')).split(':')
    if (ours === ice.localUsername) incoming(check, ...from)
  }
  ice.checkComplete = (pair) => {
    if (ice.checkList.includes(pair)) complete(pair)
  }
}

/**
 * Before the first search. Whoever starts one while another goes on takes part in that, and where a path has been found
 * for this start of ICE there is nothing to look for.
 */
export const searchAnew = (transport: object, closing: AbortSignal): void => {
  if (!isTransport(transport)) throw new Error('This werift is not the one that is known here.')
  const { connection: ice } = transport
  heedNothingFormer(ice)
  let found = -1
  let ongoing: Promise<void> | null = null
  const search = async (): Promise<void> => {
    try {
      found = await new Search(transport).run(closing)
    } catch (error) {
      if (!closing.aborted) transport.setState('failed')
      throw error
    } finally {
      ongoing = null
    }
  }
  transport.start = () => (found === ice.generation ? Promise.resolve() : (ongoing ??= search()))
}
