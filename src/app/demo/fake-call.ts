/** A call with nobody behind it, that goes through its phases by the clock. */
import type {
  Call,
  CallEvents,
  CallPhase,
  CallVerification,
  EndReason,
  Peer,
  Quality,
  SendFileOptions
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
  interrupted = false
  readonly muted = { audio: false, video: false }
  remoteMuted = { audio: false, video: false }
  screen: MediaStream | null = null
  remoteScreen: MediaStream | null = null
  verification: CallVerification = { state: 'pending' }

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
    this.#showScreens()
    return stream
  }

  async stopSharing(): Promise<void> {
    this.screen = null
    this.#showScreens()
  }

  /** Whoever is not there repeats what is said. */
  sendMessage(text: string): void {
    setTimeout(() => this.emit('message', { text }), 1000)
  }

  async sendFile(file: Blob, { onProgress }: SendFileOptions = {}): Promise<void> {
    await pause(1000)
    await this.#move(file.size, onProgress)
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
    this.verification =
      this.peer.dialect === 'native' ? { state: 'ready', code: signs } : { state: 'unavailable' }
    this.emit('verification', { verification: this.verification })
    if (this.peer.dialect === 'native') void this.#perform()
  }

  /** One after the other, all that somebody may do in a call. */
  async #perform(): Promise<void> {
    await pause(2000)
    this.emit('message', { text: 'Shall we look at the plan? I have it here, and can show it.' })
    await pause(2000)
    this.#offerFile()
    for (const audio of [true, false]) {
      await pause(3000)
      this.remoteMuted = { audio, video: false }
      this.emit('muted', { muted: this.muted, remoteMuted: this.remoteMuted })
    }
    for (const screen of [portraitStream(looks.me), null]) {
      await pause(3000)
      this.remoteScreen = screen
      this.#showScreens()
    }
    for (const interrupted of [true, false]) {
      await pause(3000)
      this.interrupted = interrupted
      this.emit('interrupted', { interrupted })
    }
  }

  #offerFile(): void {
    const blob = new Blob([new Uint8Array(3_400_000)])
    const accept = async ({ onProgress }: Pick<SendFileOptions, 'onProgress'> = {}): Promise<Blob> => {
      await this.#move(blob.size, onProgress)
      return blob
    }
    const file = { name: 'Plan of the garden.pdf', size: blob.size, type: '', accept, decline: () => {} }
    this.emit('file', { file })
  }

  async #move(size: number, onProgress: SendFileOptions['onProgress']): Promise<void> {
    for (let part = 1; part <= 20; part++) {
      await pause(150)
      onProgress?.((size * part) / 20)
    }
  }

  #showScreens(): void {
    this.emit('screen', { screen: this.screen, remoteScreen: this.remoteScreen })
  }

  #go(phase: CallPhase): void {
    if (this.phase === 'ended') return
    this.phase = phase
    this.emit('phase', { phase })
  }
}
