/** A call with nobody behind it, that goes through its phases by the clock. */
import type {
  Call,
  CallEvents,
  CallPhase,
  CallVerification,
  EndReason,
  Peer,
  Quality
} from '../../client/types.ts'
import { pause } from '../pause.ts'
import { Emitter } from './emitter.ts'
import { looks, portraitStream } from './portrait.ts'

const signs = [
  { emoji: '🐶', name: 'Dog' },
  { emoji: '🌏', name: 'Globe' },
  { emoji: '☂️', name: 'Umbrella' },
  { emoji: '🚀', name: 'Rocket' }
]

export class FakeCall extends Emitter<CallEvents> implements Call {
  readonly id = `call ${Math.random()}`
  readonly direction: 'outgoing' | 'incoming'
  readonly peer: Peer
  phase: CallPhase
  endReason: EndReason | null = null
  localStream: MediaStream | null = null
  remoteStream = new MediaStream()
  connectedAt: number | null = null
  readonly interrupted = false
  readonly muted = { audio: false, video: false }
  readonly remoteMuted = { audio: false, video: false }
  screen: MediaStream | null = null
  readonly remoteScreen = null
  readonly verification: CallVerification = { state: 'ready', code: signs }

  constructor(direction: 'outgoing' | 'incoming', peer: Peer) {
    super()
    this.direction = direction
    this.peer = peer
    this.phase = direction === 'outgoing' ? 'calling' : 'ringing'
  }

  /** What the other side does to an outgoing call. */
  play(outcome: 'accepted' | 'audio' | EndReason): void {
    setTimeout(() => this.#go('ringing'), 900)
    setTimeout(() => {
      if (outcome === 'accepted' || outcome === 'audio') void this.#connect(outcome === 'accepted')
      else this.end(outcome)
    }, 3500)
  }

  async accept(): Promise<void> {
    await this.#connect(true)
  }

  decline(reason: 'declined' | 'busy' = 'declined'): void {
    this.end(reason)
  }

  hangUp(): void {
    this.end('hung-up')
  }

  async replaceTrack(): Promise<void> {}

  mute(): void {}

  unmute(): void {}

  async shareScreen(stream = portraitStream(looks.ada)): Promise<MediaStream> {
    this.screen = stream
    this.emit('screen', { screen: stream, remoteScreen: null })
    return stream
  }

  async stopSharing(): Promise<void> {
    this.screen = null
    this.emit('screen', { screen: null, remoteScreen: null })
  }

  /** Whoever is not there repeats what is said. */
  sendMessage(text: string): void {
    setTimeout(() => this.emit('message', { text }), 1000)
  }

  async sendFile(): Promise<void> {
    await pause(1000)
  }

  async *quality(): AsyncGenerator<Quality> {}

  async getStats(): Promise<RTCStatsReport> {
    return new Map()
  }

  end(reason: EndReason): void {
    if (this.phase === 'ended') return
    this.endReason = reason
    this.#go('ended')
    this.emit('ended', { reason })
  }

  async #connect(pictured: boolean): Promise<void> {
    this.#go('connecting')
    await pause(1500)
    if (this.phase !== 'connecting') return
    if (pictured) {
      for (const track of portraitStream(looks.ada).getTracks()) this.remoteStream.addTrack(track)
      this.emit('remote', { stream: this.remoteStream })
    }
    this.connectedAt = Date.now()
    this.#go('connected')
  }

  #go(phase: CallPhase): void {
    if (this.phase === 'ended') return
    this.phase = phase
    this.emit('phase', { phase })
  }
}
