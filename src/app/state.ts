/**
 * The state of the page and everything a visitor can do to it: a line to the server, one call at a
 * time, and what was missed. Components draw these signals and call these actions, and decide nothing.
 */
import { batch, signal } from '@preact/signals'
import { CallError } from '../client/index.ts'
import type { MediaKind } from '../client/media.ts'
import type { Call, Line, LineState, Peer, RefusalCode } from '../client/types.ts'
import { endingOf } from './ending.ts'
import type { Ending } from './ending.ts'
import { clock, isNumbered } from './format.ts'
import { languages } from './i18n/index.ts'
import type { Messages } from './i18n/index.ts'
import { LocalMedia } from './local-media.ts'
import type { MediaAccess } from './local-media.ts'
import type { Preferences } from './preferences.ts'

/** What the page shows; each stage holds what only it needs. */
export type Stage =
  | { readonly at: 'welcome' }
  | { readonly at: 'lobby' }
  /** `call` is missing while the devices open. */
  | { readonly at: 'calling'; readonly peer: Peer; readonly call: Call | null; readonly ringing: boolean }
  | { readonly at: 'called'; readonly peer: Peer; readonly call: Call }
  | {
      readonly at: 'talking'
      readonly peer: Peer
      readonly call: Call
      readonly connected: boolean
      /** What comes in has stopped, and is being brought back. */
      readonly interrupted: boolean
    }
  | { readonly at: 'over'; readonly peer: Peer; readonly ending: Ending; readonly lastedMs: number | null }

export interface MissedCall {
  readonly peer: Peer
  /** Milliseconds since 1970. */
  readonly at: number
}

/** A sentence in whichever language is chosen when it is read. */
export type Sentence = (messages: Messages) => string

/** What the page needs of the world around it. */
export interface Surroundings extends MediaAccess {
  connect(options: { readonly name: string; readonly lobby: string }): Promise<Line>
  now(): number
}

export class Store {
  readonly preferences: Preferences
  readonly media: LocalMedia
  readonly lobby: string
  readonly stage = signal<Stage>({ at: 'welcome' })
  readonly lineState = signal<LineState>('closed')
  /** Why the server does not take the line back, if it says so. */
  readonly lineFault = signal<Sentence | null>(null)
  readonly self = signal<Peer | null>(null)
  readonly roster = signal<readonly Peer[]>([])
  readonly missed = signal<readonly MissedCall[]>([])
  /** A passing remark; the page lets it go after a while. */
  readonly notice = signal<Sentence | null>(null)
  readonly joining = signal(false)
  readonly joinFault = signal<Sentence | null>(null)
  /** The address of the page names a lobby that cannot be. */
  readonly badLobby = signal(false)

  readonly #around: Surroundings
  #line: Line | null = null
  /** A name is asked for, and the server has not said yet which one it gives. */
  #naming = false
  /** Unsubscribes from the line, respectively from the call. */
  #lineEnds = new AbortController()
  #callEnds = new AbortController()

  constructor(around: Surroundings, preferences: Preferences, lobby: string) {
    this.#around = around
    this.preferences = preferences
    this.lobby = lobby
    this.media = new LocalMedia(around, preferences)
    this.media.onTrack = (kind, track) => void this.#send(kind, track)
    this.media.onLost = (kind) => this.say((m) => m.deviceLost[kind === 'video' ? 'camera' : 'microphone'])
  }

  say(sentence: Sentence): void {
    this.notice.value = sentence
  }

  async join(name: string): Promise<void> {
    if (this.joining.value) return
    this.preferences.name.value = name
    this.joining.value = true
    this.joinFault.value = null
    this.#naming = true
    try {
      this.#enter(await this.#around.connect({ name, lobby: this.lobby }))
    } catch (error) {
      this.joinFault.value = faultOf(error)
      this.badLobby.value = error instanceof CallError && error.code === 'bad-name'
    } finally {
      this.joining.value = false
    }
  }

  leave(): void {
    this.#lineEnds.abort()
    this.#line?.close()
    this.#line = null
    batch(() => {
      this.lineState.value = 'closed'
      this.stage.value = { at: 'welcome' }
    })
    void this.media.open()
  }

  rename(name: string): void {
    this.preferences.name.value = name
    this.#naming = true
    this.#line?.rename(name)
  }

  async call(peer: Peer): Promise<void> {
    const calling: Stage = { at: 'calling', peer, call: null, ringing: false }
    this.notice.value = null
    this.stage.value = calling
    await this.media.open()
    // Cancelled, or called, in the meantime.
    if (this.stage.value !== calling || !this.#line) return
    try {
      this.#follow(this.#line.call(peer.id, { media: this.media.stream.value }))
    } catch (error) {
      this.backToLobby()
      this.say(faultOf(error))
    }
  }

  /** Picks up, and only now opens the devices; with sound alone the camera stays off for this call. */
  async accept(withVideo: boolean): Promise<void> {
    const stage = this.stage.value
    if (stage.at !== 'called') return
    const { call, peer } = stage
    this.stage.value = { at: 'talking', peer, call, connected: false, interrupted: false }
    if (!withVideo) {
      const before = this.media.cameraOn.value
      this.#callEnds.signal.addEventListener('abort', () => (this.media.cameraOn.value = before))
      await this.media.setCamera(false)
    }
    await this.media.open()
    await call.accept({ media: this.media.stream.value })
  }

  /** Declines, cancels or hangs up, whichever it is now. */
  endCall(): void {
    const stage = this.stage.value
    const call = this.#call()
    this.#callEnds.abort()
    if (stage.at === 'called') call?.decline()
    else call?.hangUp()
    this.backToLobby()
    const since = call?.connectedAt ?? null
    if (since === null) return
    const lastedMs = this.#around.now() - since
    this.say((m) => m.lasted(clock(lastedMs)))
  }

  backToLobby(): void {
    this.stage.value = { at: 'lobby' }
    this.media.close()
  }

  clearMissed(): void {
    this.missed.value = []
  }

  /** The peer as it is here now: a client that came back has another id. */
  present(peer: Peer): Peer | null {
    const roster = this.roster.value
    return roster.find(({ id }) => id === peer.id) ?? roster.find(({ name }) => name === peer.name) ?? null
  }

  #call(): Call | null {
    const stage = this.stage.value
    return 'call' in stage ? stage.call : null
  }

  #enter(line: Line): void {
    this.#lineEnds.abort()
    this.#lineEnds = new AbortController()
    const { signal } = this.#lineEnds
    this.#line = line
    line.addEventListener('state', ({ detail }) => this.#see(line, detail.error), { signal })
    line.addEventListener('roster', () => this.#see(line), { signal })
    line.addEventListener('call', ({ detail }) => this.#ring(detail.call), { signal })
    line.addEventListener('refused', ({ detail }) => this.say((m) => m.refusals[detail.code]), { signal })
    this.#see(line)
    this.backToLobby()
  }

  #see(line: Line, error?: CallError): void {
    this.#tellName(line.self)
    batch(() => {
      this.lineFault.value = error && isRefusal(error.code) ? faultOf(error) : null
      this.lineState.value = line.state
      this.self.value = line.self
      this.roster.value = line.roster
    })
  }

  /** Says which name it is, where it is not the one that was asked for. */
  #tellName(self: Peer): void {
    const before = this.self.value
    if (self === before || (self.name === before?.name && !this.#naming)) return
    this.#naming = false
    const [asked, given] = [this.preferences.name.value, self.name]
    if (asked === given) return
    this.say((m) => (isNumbered(asked, given) ? m.nameTaken(asked, given) : m.nameGiven(given)))
  }

  async #send(kind: MediaKind, track: MediaStreamTrack | null): Promise<void> {
    try {
      await this.#call()?.replaceTrack(kind, track)
    } catch (error) {
      this.say(faultOf(error))
    }
  }

  #ring(call: Call): void {
    const stage = this.stage.value
    // Both have called each other: the call that is about to be placed will accept this one.
    if (stage.at === 'calling' && stage.peer.id === call.peer.id) return
    this.notice.value = null
    // A stranger may ring: nothing of the visitor is open until they accept.
    this.media.close()
    this.stage.value = { at: 'called', peer: call.peer, call }
    this.#follow(call)
  }

  #follow(call: Call): void {
    this.#callEnds.abort()
    this.#callEnds = new AbortController()
    const { signal } = this.#callEnds
    call.addEventListener('phase', () => this.#advance(call), { signal })
    call.addEventListener('interrupted', () => this.#advance(call), { signal })
    call.addEventListener('problem', ({ detail }) => console.warn(detail.error), { signal })
    this.#advance(call)
  }

  #advance(call: Call): void {
    const { peer } = call
    switch (call.phase) {
      case 'calling':
      case 'ringing':
        if (call.direction === 'outgoing') {
          this.stage.value = { at: 'calling', peer, call, ringing: call.phase === 'ringing' }
        }
        return
      case 'connecting':
      case 'connected':
        this.stage.value = {
          at: 'talking',
          peer,
          call,
          connected: call.phase === 'connected',
          interrupted: call.interrupted
        }
        return
      case 'ended':
        this.#finish(call)
    }
  }

  #finish(call: Call): void {
    this.#callEnds.abort()
    const { peer, connectedAt } = call
    const { at } = this.stage.value
    const ending = endingOf(call, at !== 'talking')
    if (at === 'called') {
      if (ending !== 'answered-elsewhere') {
        this.missed.value = [{ peer, at: this.#around.now() }, ...this.missed.value]
      }
      this.say((m) => m.over[ending](peer.name))
      this.backToLobby()
      return
    }
    this.media.close()
    const lastedMs = connectedAt === null ? null : this.#around.now() - connectedAt
    this.stage.value = { at: 'over', peer, ending, lastedMs }
  }
}

const faultOf = (error: unknown): Sentence => {
  if (!(error instanceof CallError)) throw error
  const { code } = error
  if (code === 'not-connected') return (m) => m.lineLost
  if (code === 'media-failed') return (m) => m.trackFailed
  return (m) => (isRefusal(code) ? m.refusals[code] : m.joinFailed)
}

const isRefusal = (code: string): code is RefusalCode => Object.hasOwn(languages.en.refusals, code)
