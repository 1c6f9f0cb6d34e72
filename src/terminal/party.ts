/**
 * The terminal client as a party: the conductor, with the plan that says what happens by itself, the source of what is
 * sent, and the sinks of what is received. Whoever watches, a person or a program, is a `Front`.
 */
import { Conductor } from '../client/conductor.ts'
import type { RtcStack } from '../rtc/stack.ts'
import { connectFor } from './connects.ts'
import { exitCodes } from './exit-codes.ts'
import type { Front, News, Wishes } from './front.ts'
import type { CallOptions } from './options.ts'
import { type Plan, type PlanEffect, type PlanEvent, named, newPlan, stepPlan } from './plan.ts'
import { Recordings } from './recordings.ts'
import type { MediaError, Source } from './sources/source.ts'
import { type Call, CallError, type EndReason, type Line, type MediaKind, type Peer } from './words.ts'

interface PartySurroundings {
  readonly options: CallOptions
  readonly stack: RtcStack
  readonly source: Source
  readonly front: Front
  /** There is a person. */
  readonly attended: boolean
}

export class Party {
  readonly #around: PartySurroundings
  readonly #conductor: Conductor
  readonly #recordings: Recordings
  #plan: Plan
  readonly #events: PlanEvent[] = []
  #stepping = false
  #server: { readonly host: string; readonly port: number }
  #retry: NodeJS.Timeout | undefined
  #mediaFailed = false
  /** What the conductor says now is why it does not call. */
  #isCalling = false
  readonly #refused = new Set<MediaKind>()
  readonly #stopsWithCall: (() => void)[] = []
  #finished: (code: number) => void = () => {}

  constructor(around: PartySurroundings) {
    const { options, stack, source, front, attended } = around
    this.#around = around
    this.#server = { host: options.server, port: options.port }
    this.#recordings = new Recordings(options, source.sink ? [source.sink] : [], (news) => front.tell(news))
    const { peer, autoconnect, autocall, loopback } = options
    const calls = options.calls ?? (peer === null ? Infinity : 1)
    const waits = autoconnect || attended || loopback
    this.#plan = newPlan({ peer, autoconnect, autocall, attended, waits, calls })
    const tracks = source.tracks.map((track) => stack.toSend(track))
    this.#conductor = new Conductor({
      connect: connectFor(options),
      name: options.name,
      window: {
        ...windowOf(front),
        messageBox: (caption, text, isError) => this.#showBox(caption, text, isError),
        ...(options['auto-answer'] ? {} : ringOf(front))
      },
      rtc: stack.rtc,
      media: tracks.length > 0 ? new stack.rtc.MediaStream(tracks) : null,
      ...(options.trace && { trace: (step) => front.tell({ event: 'step', step }) }),
      observer: {
        onSignedIn: () => this.#signIn(),
        onServerConnectionFailure: (error) => this.#missServer(error)
      }
    })
  }

  /** Resolves with the exit code when all is over. */
  async run(): Promise<number> {
    const { front } = this.#around
    const finished = new Promise<number>((resolve) => {
      this.#finished = resolve
    })
    front.begin(this.#wishes())
    const { attended, options } = this.#around
    if (!attended || options.autoconnect || options.peer !== null || options.autocall)
      this.#take({ type: 'started' })
    const code = await finished
    clearTimeout(this.#retry)
    await this.#conductor.close()
    const isWritten = await this.#recordings.end()
    await this.#around.source.close()
    await front.end()
    return code === exitCodes.ok && (this.#mediaFailed || !isWritten) ? exitCodes.media : code
  }

  quit(): void {
    this.#take({ type: 'quit' })
  }

  #wishes(): Wishes {
    return {
      logIn: (host = this.#server.host, port = this.#server.port) => {
        this.#server = { host, port }
        this.#take({ type: 'login-wanted' })
      },
      call: (peer) => this.#call(peer),
      hangUp: () => this.#conductor.disconnectFromCurrentPeer(),
      mute: (kind, muted) => (muted ? this.#currentCall?.mute(kind) : this.#currentCall?.unmute(kind)),
      say: (text) => this.#say(text),
      logOut: () => this.#logOut(),
      quit: () => this.quit()
    }
  }

  get #currentCall(): Call | null {
    return this.#conductor.currentCall
  }

  #tell(news: News): void {
    this.#around.front.tell(news)
  }

  #report(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error)
    this.#tell({ event: 'problem', code: error instanceof CallError ? error.code : 'failed', message })
  }

  // The plan

  #take(event: PlanEvent): void {
    this.#events.push(event)
    if (this.#stepping) return
    this.#stepping = true
    for (let next = this.#events.shift(); next; next = this.#events.shift()) {
      const [plan, effects] = stepPlan(this.#plan, next)
      this.#plan = plan
      for (const effect of effects) this.#perform(effect)
    }
    this.#stepping = false
  }

  #perform(effect: PlanEffect): void {
    switch (effect.type) {
      case 'log-in':
        return this.#logIn()
      case 'wait':
        this.#tell({ event: 'waiting', seconds: effect.ms / 1_000, attempt: effect.attempt })
        this.#retry = setTimeout(() => this.#take({ type: 'login-wanted' }), effect.ms)
        return
      case 'call':
        return this.#call(effect.peer)
      case 'say-nobody':
        return this.#tell({
          event: 'problem',
          code: 'unknown-peer',
          message: effect.waits
            ? `Nobody called ${effect.name} is here yet: waiting for them.`
            : `Nobody called ${effect.name} is here: see who is with --headless, or wait for them with --autoconnect.`
        })
      case 'exit':
        return this.#finished(effect.code)
    }
  }

  // The line

  #logIn(): void {
    const { host, port } = this.#server
    // The person may not have waited for it.
    clearTimeout(this.#retry)
    this.#tell({ event: 'signing-in', server: host, port })
    void this.#conductor.startLogin(host, port)
  }

  #logOut(): void {
    const { line } = this.#conductor
    clearTimeout(this.#retry)
    this.#conductor.disconnectFromServer()
    // Nothing tells of the end of what was only being tried.
    if (line === null) this.#take({ type: 'line-closed', code: null })
  }

  #missServer(error: unknown): void {
    this.#report(error)
    this.#take({ type: 'login-failed', code: error instanceof CallError ? error.code : 'unreachable' })
  }

  #signIn(): void {
    const { line } = this.#conductor
    if (line === null) return
    const { id, name } = line.self
    this.#tell({ event: 'signed-in', id, name, asked: this.#around.options.name, lobby: line.lobby })
    line.addEventListener('roster', () => this.#look(line))
    line.addEventListener('call', ({ detail }) => {
      this.#take({ type: 'call-begun' })
      this.#follow(detail.call)
    })
    line.addEventListener('text', ({ detail }) =>
      this.#tell({ event: 'text', from: detail.from.name, text: detail.text })
    )
    line.addEventListener('refused', ({ detail }) =>
      this.#tell({ event: 'problem', code: detail.code, message: detail.reason })
    )
    line.addEventListener('state', ({ detail: { state, error } }) => {
      if (state === 'connecting') return
      this.#tell({ event: 'line', state, reason: error?.message ?? null })
      if (state === 'closed') this.#take({ type: 'line-closed', code: error?.code ?? null })
    })
    // Once the conductor has shown its list.
    queueMicrotask(() => this.#look(line))
  }

  #look(line: Line): void {
    if (line !== this.#conductor.line) return
    const peers: readonly Peer[] = line.roster
    this.#tell({ event: 'peers', peers })
    this.#take({ type: 'roster-changed', peers })
  }

  // Calls

  #call(wanted: string): void {
    const peer = named(this.#conductor.peers, wanted)
    if (peer === undefined) {
      return this.#tell({
        event: 'problem',
        code: 'unknown-peer',
        message: `Nobody called ${wanted} is here.`
      })
    }
    const before = this.#currentCall
    this.#isCalling = true
    this.#conductor.connectToPeer(peer.id)
    this.#isCalling = false
    const call = this.#currentCall
    if (call === null || call === before) return
    this.#take({ type: 'call-begun' })
    this.#follow(call)
  }

  #showBox(caption: string, text: string, isError: boolean): void {
    if (this.#isCalling) this.#tell({ event: 'problem', code: 'not-called', message: text })
    this.#around.front.messageBox(caption, text, isError)
  }

  #follow(call: Call): void {
    const { id, peer, direction } = call
    this.#tell({ event: 'call', direction, call: id, peer })
    call.addEventListener('phase', ({ detail: { phase } }) => {
      this.#tell({ event: 'phase', call: id, phase })
      // The other side may send before this one knows that it can.
      if (phase === 'connecting' || phase === 'connected')
        this.#recordings.begin(call, (track) => this.#around.stack.received(track))
      if (phase === 'connected') this.#connect(call)
    })
    call.addEventListener('interrupted', ({ detail: { interrupted } }) =>
      this.#tell({ event: 'interrupted', call: id, interrupted })
    )
    call.addEventListener('problem', ({ detail: { error } }) => this.#report(error))
    call.addEventListener('message', ({ detail: { text } }) => this.#tell({ event: 'message', text }))
    call.addEventListener('muted', ({ detail: { muted, remoteMuted } }) =>
      this.#tell({
        event: 'muted',
        ...muted,
        remoteAudio: remoteMuted.audio,
        remoteVideo: remoteMuted.video
      })
    )
    call.addEventListener('verification', ({ detail: { verification } }) => {
      const code =
        verification.state === 'ready' ? verification.code.map(({ name }) => name).join(', ') : null
      this.#tell({ event: 'verification', state: verification.state, code })
    })
    call.addEventListener('ended', ({ detail: { reason } }) => this.#endCall(call, reason))
  }

  #connect(call: Call): void {
    const { source, options } = this.#around
    source.start((error) => this.#endSource(call, error))
    this.#stopsWithCall.push(
      ...source.tracks.map((track) => track.onRefusal((codec) => this.#refuse(call, track.kind, codec)))
    )
    if (options.duration !== undefined) {
      const timer = setTimeout(() => call.hangUp(), options.duration * 1_000)
      call.addEventListener('ended', () => clearTimeout(timer))
    }
  }

  #endSource(call: Call, error: MediaError | null): void {
    if (error) {
      this.#mediaFailed = true
      this.#tell({ event: 'problem', code: 'media-failed', message: error.message })
    } else this.#tell({ event: 'source-ended' })
    if (error || this.#around.options['at-end'] === 'hang-up') call.hangUp()
  }

  /** The other side cannot take what there is, and nothing here can make something else of it. */
  #refuse(call: Call, kind: MediaKind, codec: string): void {
    this.#mediaFailed = true
    const what = kind === 'video' ? 'pictures' : 'sound'
    const message = `${call.peer.name} takes no ${what} in ${codec}, so they are not sent.`
    this.#tell({ event: 'problem', code: 'unsupported-codec', message })
    this.#refused.add(kind)
    if (this.#around.source.tracks.every((track) => this.#refused.has(track.kind))) call.hangUp()
  }

  #endCall(call: Call, reason: EndReason): void {
    for (const stop of this.#stopsWithCall.splice(0)) stop()
    this.#refused.clear()
    this.#around.source.stop()
    void this.#recordings.end()
    const seconds = call.connectedAt === null ? 0 : Math.round((Date.now() - call.connectedAt) / 100) / 10
    this.#tell({ event: 'ended', call: call.id, peer: call.peer.name, reason, seconds })
    this.#take({ type: 'call-ended', reason })
    const { line } = this.#conductor
    // Of the conductor's own: whoever calls next has to find it free.
    if (line !== null) queueMicrotask(() => this.#look(line))
  }

  #say(text: string): void {
    try {
      this.#currentCall?.sendMessage(text)
    } catch (error) {
      this.#report(error)
    }
  }
}

/** The part of a front that is the conductor's window. */
const windowOf = (front: Front) => ({
  switchToConnectUi: () => front.switchToConnectUi(),
  switchToPeerList: (peers: readonly Peer[]) => front.switchToPeerList(peers),
  switchToStreamingUi: () => front.switchToStreamingUi(),
  startLocalRenderer: (stream: MediaStream) => front.startLocalRenderer(stream),
  stopLocalRenderer: () => front.stopLocalRenderer(),
  startRemoteRenderer: (stream: MediaStream) => front.startRemoteRenderer(stream),
  stopRemoteRenderer: () => front.stopRemoteRenderer()
})

const ringOf = (front: Front) => ({
  ring: (peer: Peer, signal: AbortSignal) => front.ring?.(peer, signal) ?? Promise.resolve(true)
})
