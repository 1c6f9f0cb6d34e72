/**
 * A client with sound and picture: the SDK as any program in Node has it, over the WebRTC stack for Node. It resumes its
 * connection by itself, answers instantly over the relay and looks for the direct path, as the page does.
 */
import type { CallError } from '../../client/errors.ts'
import { connect } from '../../client/node.ts'
import type { Call, Line } from '../../client/types.ts'
import type { RtcStack } from '../../rtc/stack.ts'
import { type ClientOptions, type LoadClient, refusalIn } from './client.ts'
import type { MediaTraffic } from './tally.ts'
import type { CallId, Fault, PeerId, Said } from './words.ts'

export interface MediaClientOptions extends Omit<ClientOptions, 'traffic'> {
  readonly media: MediaTraffic
  readonly stack: RtcStack
  /** What it sends in each call. */
  readonly stream: MediaStream
  /** Milliseconds by a clock that nobody sets back. */
  readonly now: () => number
  /** Through the server's relay alone. */
  readonly relayed: boolean
  /** The first of both, so long after the answer. */
  firstFrames(ms: number): void
  /** What is not as it should be, though the call goes on. */
  err(what: string): void
}

/** How long a connection that is lost may take to come back, before that counts as a loss. */
const resumeMs = 10_000
/** How long media may take until there is something wrong. */
const silentMs = 3_000

const faultOfError = (error: unknown, signedIn: boolean): Fault => {
  const { code, message }: Partial<CallError> = error instanceof Error ? error : {}
  const refusal = refusalIn(code ?? '')
  if (refusal !== null) return { type: 'turned-away', code: refusal }
  return { type: signedIn ? 'lost' : 'unreachable', detail: code ?? message ?? String(error) }
}

const isCount = (value: unknown): value is number => typeof value === 'number' && value > 0

/** The sum of a statistic over all that is sent or received. */
const sumOf = (stats: RTCStatsReport, type: string, name: string): number => {
  let sum = 0
  stats.forEach((entry: { readonly type: string }) => {
    const value: unknown = entry.type === type ? Reflect.get(entry, name) : 0
    if (isCount(value)) sum += value
  })
  return sum
}

/** A call that the pair knows by its id. */
interface Talk {
  readonly id: CallId
  readonly call: Call
  acceptedAt: number | null
  counted: boolean
}

export class MediaLoadClient implements LoadClient {
  readonly #options: MediaClientOptions
  readonly #control = new AbortController()
  #line: Line | null = null
  /** Rings here, and was not answered yet. */
  #ringing: Call | null = null
  #talk: Talk | null = null
  /** To be called as soon as the roster has it. */
  #callee: { readonly call: CallId; readonly to: PeerId } | null = null
  /** Runs while its connection is lost. */
  #resuming: NodeJS.Timeout | null = null
  #over = false

  constructor(options: MediaClientOptions) {
    this.#options = options
    const { url, name, lobby, stack, relayed } = options
    const { signal } = this.#control
    connect(url, { name, lobby, rtc: stack.rtc, signal, iceTransportPolicy: relayed ? 'relay' : 'all' }).then(
      (line) => this.#arrive(line),
      (error: unknown) => this.#fail(faultOfError(error, false))
    )
  }

  say({ type, call, to }: Said): void {
    switch (type) {
      case 'invite':
        this.#callee = { call: call ?? '', to }
        return this.#call()
      case 'answer':
        return this.#answer(call ?? '')
      case 'decline':
        return this.#ringing?.decline()
      case 'probe':
        return this.#line?.sendText('probe', to)
      case 'look':
        return void this.#count()
      case 'hang-up':
        return void this.#count().then(() => this.#talk?.id === call && this.#talk?.call.hangUp())
      default:
    }
  }

  close(): void {
    if (this.#over) return
    this.#end()
    if (this.#line === null) this.#control.abort()
    else this.#line.close()
  }

  #end(): void {
    this.#over = true
    this.#endWait()
  }

  #fail(fault: Fault): void {
    if (this.#over) return
    this.#end()
    this.#line?.close()
    this.#options.handlers.gone(fault)
  }

  #arrive(line: Line): void {
    if (this.#over) return line.close()
    const { handlers, partner } = this.#options
    this.#line = line
    line.addEventListener('state', ({ detail: { state, error } }) => {
      if (state === 'closed') return this.#fail(faultOfError(error, true))
      if (state === 'resuming') this.#awaitLine()
      else this.#endWait()
    })
    line.addEventListener('roster', () => this.#call())
    line.addEventListener('text', ({ detail: { from } }) => {
      if (from.name === partner) this.#hear({ type: 'relayed' })
    })
    line.addEventListener('refused', ({ detail: { code } }) =>
      handlers.heard({ type: 'refused', call: null, code })
    )
    line.addEventListener('call', ({ detail: { call } }) => {
      this.#ringing = call
      handlers.heard({ type: 'rung', call: null, from: call.peer.id })
    })
    handlers.welcomed(line.self.id)
  }

  #awaitLine(): void {
    this.#resuming ??= setTimeout(() => this.#fail({ type: 'lost', detail: 'not resumed' }), resumeMs)
  }

  #endWait(): void {
    if (this.#resuming !== null) clearTimeout(this.#resuming)
    this.#resuming = null
  }

  #hear({ type }: { readonly type: 'ringing' | 'accepted' | 'relayed' }): void {
    const { handlers } = this.#options
    if (this.#talk !== null && !this.#over) handlers.heard({ type, call: this.#talk.id })
  }

  // Calls

  #call(): void {
    const line = this.#line
    const callee = this.#callee
    if (line === null || callee === null || !line.roster.some(({ id }) => id === callee.to)) return
    this.#callee = null
    this.#follow(callee.call, line.call(callee.to, { media: this.#options.stream }))
  }

  #answer(id: CallId): void {
    const call = this.#ringing
    if (call === null) return
    this.#ringing = null
    this.#accept(this.#follow(id, call))
    call.accept({ media: this.#options.stream }).catch((error: unknown) => {
      this.#options.err(`accept: ${error instanceof Error ? error.message : String(error)}`)
    })
  }

  #follow(id: CallId, call: Call): Talk {
    const talk: Talk = { id, call, acceptedAt: null, counted: false }
    this.#talk = talk
    const { handlers } = this.#options
    call.addEventListener('phase', ({ detail: { phase } }) => {
      if (call.direction === 'incoming') return
      if (phase === 'ringing') return this.#hear({ type: 'ringing' })
      if (talk.acceptedAt !== null || (phase !== 'connecting' && phase !== 'connected')) return
      this.#hear({ type: 'accepted' })
      this.#accept(talk)
    })
    call.addEventListener('ended', ({ detail: { reason } }) => {
      if (!this.#over) handlers.heard({ type: 'ended', call: id, reason })
    })
    return talk
  }

  /** From here on sound and picture are waited for. */
  #accept(talk: Talk): void {
    const acceptedAt = this.#options.now()
    talk.acceptedAt = acceptedAt
    const awaited = new Set(['audio', 'video'])
    const followed = new Set<MediaStreamTrack>()
    const look = (): void => {
      for (const track of talk.call.remoteStream.getTracks()) {
        if (followed.has(track)) continue
        followed.add(track)
        const stop = this.#options.stack.received(track).listen(() => {
          stop()
          if (awaited.delete(track.kind) && awaited.size === 0) this.#tellFirstFrames(acceptedAt)
        })
      }
    }
    talk.call.addEventListener('remote', look)
    look()
  }

  #tellFirstFrames(acceptedAt: number): void {
    this.#options.firstFrames(this.#options.now() - acceptedAt)
  }

  /** Once for each call, when it is about to end. */
  async #count(): Promise<void> {
    const talk = this.#talk
    if (talk === null || talk.counted || talk.acceptedAt === null) return
    talk.counted = true
    const { media } = this.#options
    const stats = await talk.call.getStats().catch(() => null)
    if (stats === null) return this.#options.err('media: no statistics')
    const received = sumOf(stats, 'inbound-rtp', 'packetsReceived')
    media.packetsSent += sumOf(stats, 'outbound-rtp', 'packetsSent')
    media.bytesSent += sumOf(stats, 'outbound-rtp', 'bytesSent')
    media.packetsReceived += received
    media.bytesReceived += sumOf(stats, 'inbound-rtp', 'bytesReceived')
    media.packetsLost += sumOf(stats, 'inbound-rtp', 'packetsLost')
    const isLate = this.#options.now() - talk.acceptedAt > silentMs
    if (received === 0 && isLate) this.#options.err('media: nothing has come')
  }
}
