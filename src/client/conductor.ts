/**
 * Conducts calls between a line, whatever server it is to, and a window: after the class of this name in libwebrtc's
 * `peerconnection` example, with its methods, its callbacks and their order. Departed from:
 * - What is said while a message is still on its way waits for its turn, and costs no session.
 * - A candidate is its call's, early or late: none is lost, and none goes to the next peer.
 * - Only an offer opens a call. Whoever calls meanwhile is told that this party is busy.
 * - A window may ask its person before a call is answered; one that does not answers at once, as it did.
 * - Media outlives a lost line. `onDisconnected` is told when the line is over, not when it is being sought.
 */
import type { Description } from '../core/signal.ts'
import { type ConductorObserver, type ConductorStep, type PeerMessage, tracedRtc } from './conductor-trace.ts'
import type { Call, ConnectOptions, EndReason, Line, Media, Peer, PeerId, Rtc, Traced } from './types.ts'

/** What the window of the example does. Whatever is shown stays until it is told to show something else. */
export interface ConductorWindow {
  switchToConnectUi(): void
  switchToPeerList(peers: readonly Peer[]): void
  switchToStreamingUi(): void
  startLocalRenderer(stream: MediaStream): void
  stopLocalRenderer(): void
  startRemoteRenderer(stream: MediaStream): void
  stopRemoteRenderer(): void
  messageBox(caption: string, text: string, isError: boolean): void
  /** Whether to answer; without it, every call is answered at once. `signal` says that it is too late. */
  ring?(peer: Peer, signal: AbortSignal): Promise<boolean>
}

export interface ConductorOptions {
  /** The `connect` of this package, or of `patchcord/mdn`, `patchcord/peerconnection` or `patchcord/rooms`. */
  readonly connect: (
    url: string,
    options: Pick<ConnectOptions, 'name' | 'media' | 'signal' | 'trace' | 'rtc'>
  ) => Promise<Line>
  readonly name: string
  readonly window: ConductorWindow
  readonly media?: Media
  /** The browser's own unless told. */
  readonly rtc?: Rtc
  readonly observer?: Partial<ConductorObserver>
  /** Names every step, in order. Those of the peer connection are told where `rtc` is given. */
  readonly trace?: (step: ConductorStep) => void
}

export type { ConductorObserver, ConductorStep, PeerMessage }

const defaultPort = 8888

/** What the window says of an end that its person has not chosen. */
const endings: Partial<Record<EndReason, string>> = {
  busy: 'is in another call.',
  declined: 'has declined the call.',
  'no-answer': 'does not answer.',
  failed: 'cannot be reached: the media found no way.'
}

const plain = ({ type, sdp }: Description): { type: Description['type']; sdp: string } => ({
  type,
  sdp: sdp.text()
})

/** A server's name as people write it, or its address. */
const urlOf = (server: string, port: number): string => {
  if (URL.canParse(server) && server.includes('://')) return server
  const host = server.includes(':') && !server.startsWith('[') ? `[${server}]` : server
  return `http://${host}:${port > 0 ? port : defaultPort}`
}

/**
 * One party: connect, list, call, hang up, disconnect.
 *
 * @example
 * const conductor = new Conductor({ connect, name: 'ada', window })
 * await conductor.startLogin('calls.example.org', 8888)
 * conductor.connectToPeer(conductor.peers[0].id)
 */
export class Conductor {
  readonly #options: ConductorOptions
  /** Ends the attempt to sign in, and the line. */
  #login: AbortController | null = null
  #line: Line | null = null
  /** Of the line before, until its last word has left. */
  #farewell: PromiseLike<void> = Promise.resolve()
  #call: Call | null = null
  #hasConnection = false
  /** While the window asks whether to answer. */
  #ringing: AbortController | null = null
  #shown: 'connect' | 'list' | 'streaming' | 'closed' = 'connect'
  #isLocalShown = false
  #remote: readonly MediaStreamTrack[] = []

  constructor(options: ConductorOptions) {
    this.#options = options
    options.window.switchToConnectUi()
  }

  /** Whether there is a call, or one is being placed or answered. */
  get connectionActive(): boolean {
    return this.#call !== null
  }

  /** The one that there is, or is being placed or answered. */
  get currentCall(): Call | null {
    return this.#call
  }

  /** While it is signed in. */
  get line(): Line | null {
    return this.#line
  }

  get peers(): readonly Peer[] {
    return this.#line?.roster ?? []
  }

  /**
   * Signs in; does nothing when it is signed in or about to be. `server` is a name or an address, with a port of 8888
   * unless told, or a whole URL. Resolves when it is known what came of it; it never rejects.
   */
  async startLogin(server: string, port = defaultPort): Promise<void> {
    if (this.#login !== null || this.#shown === 'closed') return
    this.#trace('startLogin')
    const { connect, name, media = null, window, rtc } = this.#options
    const login = new AbortController()
    this.#login = login
    try {
      const trace = (traced: Traced): void => this.#see(traced)
      const line = await connect(urlOf(server, port), {
        name,
        media,
        signal: login.signal,
        trace,
        ...(rtc && { rtc: tracedRtc(rtc, (step) => this.#trace(step)) })
      })
      this.#signIn(line)
    } catch (error) {
      if (this.#login === login) this.#login = null
      if (login.signal.aborted) return
      this.#tell('onServerConnectionFailure', (observer) => observer.onServerConnectionFailure?.(error))
      const why = error instanceof Error ? ` ${error.message}` : ''
      window.messageBox('Error', `Failed to connect to ${server}.${why}`, true)
      this.#show('connect')
    }
  }

  /** Calls somebody of the list. */
  connectToPeer(id: PeerId): void {
    const { window, media = null } = this.#options
    if (this.#line === null) return
    if (this.#call !== null) {
      return window.messageBox('Error', 'We only support connecting to one peer at a time', true)
    }
    this.#trace('connectToPeer')
    try {
      const call = this.#line.call(id, { media })
      this.#follow(call)
      this.#watch(call)
    } catch (error) {
      window.messageBox('Error', error instanceof Error ? error.message : String(error), true)
    }
  }

  /** Hangs up, and shows the list. */
  disconnectFromCurrentPeer(): void {
    this.#trace('disconnectFromCurrentPeer')
    const call = this.#call
    this.#release()
    call?.hangUp()
    this.#traceDeletion()
    this.#showList()
  }

  /** Signs out. A call ends with it. */
  disconnectFromServer(): void {
    this.#trace('disconnectFromServer')
    if (this.#line === null) {
      this.#login?.abort()
      this.#login = null
      return
    }
    this.#release()
    this.#line.close()
    this.#traceDeletion()
  }

  /** The window is gone. Resolves when all that was said has left: a process that does not wait takes it along. */
  async close(): Promise<void> {
    this.#trace('close')
    this.#shown = 'closed'
    this.disconnectFromServer()
    await this.#farewell
  }

  #trace(step: ConductorStep): void {
    if (step === 'createPeerConnection') this.#hasConnection = true
    this.#options.trace?.(step)
  }

  /** The connection is closed with its call; the example deletes it once it has told of the end. */
  #traceDeletion(): void {
    if (this.#hasConnection) this.#trace('deletePeerConnection')
    this.#hasConnection = false
  }

  #tell(callback: keyof ConductorObserver, run: (observer: Partial<ConductorObserver>) => void): void {
    this.#trace(callback)
    run(this.#options.observer ?? {})
  }

  // The line

  #signIn(line: Line): void {
    this.#line = line
    line.addEventListener('roster', ({ detail: { joined, left } }) => {
      for (const { id, name } of joined)
        this.#tell('onPeerConnected', (observer) => observer.onPeerConnected?.(id, name))
      for (const { id } of left)
        this.#tell('onPeerDisconnected', (observer) => observer.onPeerDisconnected?.(id))
      if (this.#shown === 'list') this.#showList()
    })
    line.addEventListener('call', ({ detail: { call } }) => void this.#receive(call))
    line.addEventListener('state', ({ detail: { state } }) => {
      if (state === 'closed') this.#signOut()
    })
    this.#tell('onMessageSent', (observer) => observer.onMessageSent?.())
    for (const { id, name } of line.roster)
      this.#tell('onPeerConnected', (observer) => observer.onPeerConnected?.(id, name))
    this.#tell('onSignedIn', (observer) => observer.onSignedIn?.())
    this.#showList()
  }

  #signOut(): void {
    this.#release()
    if (this.#line) this.#farewell = this.#line[Symbol.asyncDispose]()
    this.#line = null
    this.#login = null
    this.#tell('onMessageSent', (observer) => observer.onMessageSent?.())
    this.#tell('onDisconnected', (observer) => observer.onDisconnected?.())
    this.#show('connect')
  }

  #show(what: 'connect' | 'streaming'): void {
    if (this.#shown === 'closed') return
    this.#shown = what
    const { window } = this.#options
    if (what === 'connect') window.switchToConnectUi()
    else window.switchToStreamingUi()
  }

  #showList(): void {
    if (this.#shown === 'closed' || this.#line === null) return
    this.#shown = 'list'
    this.#options.window.switchToPeerList(this.#line.roster)
  }

  // Calls

  async #receive(call: Call): Promise<void> {
    const { window } = this.#options
    this.#follow(call)
    const ringing = new AbortController()
    this.#ringing = ringing
    const answers = window.ring === undefined || (await window.ring(call.peer, ringing.signal))
    if (ringing.signal.aborted) return
    this.#ringing = null
    if (!answers) {
      this.#release()
      call.decline()
      return this.#traceDeletion()
    }
    this.#watch(call)
    await call.accept()
    this.#showLocal(call)
  }

  #follow(call: Call): void {
    this.#call = call
    call.addEventListener('ended', () => {
      if (this.#call === call) this.#end(call)
    })
  }

  #watch(call: Call): void {
    this.#show('streaming')
    this.#showLocal(call)
    call.addEventListener('phase', () => this.#showLocal(call))
    call.addEventListener('remote', ({ detail: { stream } }) => {
      // Tracks that go because the call is over are removed by nobody.
      if (this.#call === call && call.endReason === null) this.#showRemote(stream)
    })
  }

  #showLocal(call: Call): void {
    const { localStream } = call
    if (this.#isLocalShown || localStream === null || this.#call !== call) return
    this.#isLocalShown = true
    this.#options.window.startLocalRenderer(localStream)
  }

  #showRemote(stream: MediaStream): void {
    const { window } = this.#options
    const before = this.#remote
    this.#remote = stream.getTracks()
    for (const track of this.#remote)
      if (!before.includes(track))
        this.#tell('onAddTrack', (observer) => observer.onAddTrack?.(track, stream))
    for (const track of before)
      if (!this.#remote.includes(track))
        this.#tell('onRemoveTrack', (observer) => observer.onRemoveTrack?.(track))
    if (before.length === 0 && this.#remote.length > 0) window.startRemoteRenderer(stream)
    if (before.length > 0 && this.#remote.length === 0) window.stopRemoteRenderer()
  }

  /** Of a call that the other side, or the network, has ended. */
  #end(call: Call): void {
    const { window } = this.#options
    this.#release()
    this.#tell('onPeerDisconnected', (observer) => observer.onPeerDisconnected?.(call.peer.id))
    this.#traceDeletion()
    const ending = call.direction === 'outgoing' || call.endReason === 'failed' ? call.endReason : null
    const text = ending === null ? undefined : endings[ending]
    if (text !== undefined) window.messageBox('Call', `${call.peer.name} ${text}`, false)
    this.#showList()
  }

  /** There is no call any more. */
  #release(): void {
    const { window } = this.#options
    this.#call = null
    this.#ringing?.abort()
    this.#ringing = null
    if (this.#isLocalShown) window.stopLocalRenderer()
    if (this.#remote.length > 0) window.stopRemoteRenderer()
    this.#isLocalShown = false
    this.#remote = []
  }

  // Messages

  #see(traced: Traced): void {
    if (traced.direction === 'sent') this.#seeSent(traced.message)
    else this.#seeReceived(traced.message)
  }

  #seeSent(message: Extract<Traced, { direction: 'sent' }>['message']): void {
    switch (message.type) {
      case 'invite':
      case 'prepare':
      case 'accept':
      case 'description':
        this.#make(message.description)
        break
      case 'candidate':
        this.#tell('onIceCandidate', (observer) => observer.onIceCandidate?.(message.candidate))
        break
      case 'hang-up':
      case 'decline':
      case 'text':
        break
      default:
        return
    }
    this.#trace('sendMessage')
    queueMicrotask(() => this.#tell('onMessageSent', (observer) => observer.onMessageSent?.()))
  }

  #make(description: Description | null): void {
    if (description === null) return
    this.#tell('onSuccess', (observer) => observer.onSuccess?.(plain(description)))
  }

  #seeReceived(message: Extract<Traced, { direction: 'received' }>['message']): void {
    switch (message.type) {
      case 'invite':
        return this.#hear(message.from.id, plain(message.description))
      case 'prepare':
      case 'accept':
      case 'description':
        return this.#hearInCall(message.call, message.description && plain(message.description))
      case 'candidate':
        return this.#hearInCall(message.call, message.candidate)
      default:
        return
    }
  }

  #hearInCall(id: string, message: PeerMessage | null): void {
    const call = this.#call
    if (call?.id === id && message !== null) this.#hear(call.peer.id, message)
  }

  #hear(id: PeerId, message: PeerMessage): void {
    this.#tell('onMessageFromPeer', (observer) => observer.onMessageFromPeer?.(id, message))
  }
}
