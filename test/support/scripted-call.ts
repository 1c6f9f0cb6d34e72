/** A call of the app's tests that does what the test says. */
import { vi } from 'vitest'
import { Emitter } from '../../src/app/demo/emitter.ts'
import type { Call, CallEvents, CallPhase, EndReason, Peer, Quality } from '../../src/client/types.ts'
import { FakeStream } from './fake-media.ts'

export const peerOf = (name: string, id = name): Peer => ({ id, name, dialect: 'native', busy: false })

export const bob = peerOf('Bob')

export class ScriptedCall extends Emitter<CallEvents> implements Call {
  readonly id = 'call'
  readonly peer = bob
  readonly direction: Call['direction']
  readonly localStream = null
  readonly remoteStream = new FakeStream()
  phase: CallPhase
  endReason: EndReason | null = null
  connectedAt: number | null = null
  interrupted = false
  readonly screen = null
  readonly remoteScreen = null
  readonly muted = { audio: false, video: false }
  readonly remoteMuted = { audio: false, video: false }
  readonly verification = { state: 'pending' } as const
  mute = vi.fn()
  unmute = vi.fn()
  shareScreen = vi.fn(async (stream?: MediaStream) => stream ?? new FakeStream())
  stopSharing = vi.fn(async () => {})
  sendMessage = vi.fn()
  sendFile = vi.fn(async () => {})
  async *quality(): AsyncGenerator<Quality> {}
  accept = vi.fn(async () => this.go('connecting'))
  decline = vi.fn(() => this.end('declined'))
  hangUp = vi.fn(() => this.end('hung-up'))
  replaceTrack = vi.fn(async () => {})
  getStats = async () => new Map()

  constructor(direction: Call['direction'], phase: CallPhase) {
    super()
    this.direction = direction
    this.phase = phase
  }

  go(phase: CallPhase): void {
    this.phase = phase
    if (phase === 'connected') this.connectedAt = 1_000
    this.emit('phase', { phase })
  }

  end(reason: EndReason): void {
    this.endReason = reason
    this.go('ended')
  }
}
