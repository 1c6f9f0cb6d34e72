/** A line to nowhere: its peers answer by themselves, each in a way of its own. */
import type { Call, EndReason, Line, LineEvents, LineState, Peer } from '../../client/types.ts'
import { FakeCall } from './fake-call.ts'
import { Emitter } from './emitter.ts'

export const fakePeer = (name: string, dialect: string, busy = false): Peer => ({
  id: `id of ${name}`,
  name,
  dialect,
  busy
})

export class FakeLine extends Emitter<LineEvents> implements Line {
  self: Peer
  readonly lobby: string
  roster: readonly Peer[]
  state: LineState = 'open'
  currentCall: Call | null = null

  constructor(self: Peer, lobby: string, roster: readonly Peer[]) {
    super()
    this.self = self
    this.lobby = lobby
    this.roster = roster
  }

  call(id: string): Call {
    const call = new FakeCall('outgoing', this.#peer(id))
    this.currentCall = call
    call.play(outcomes[call.peer.name] ?? 'accepted')
    return call
  }

  /** A peer calls; with a time, it gives up after so many milliseconds. */
  ring(name: string, givesUpAfterMs?: number): void {
    const call = new FakeCall('incoming', this.#peer(`id of ${name}`))
    this.currentCall = call
    this.emit('call', { call })
    if (givesUpAfterMs !== undefined) setTimeout(() => call.end('cancelled'), givesUpAfterMs)
  }

  lose(): void {
    this.state = 'resuming'
    this.emit('state', { state: 'resuming' })
  }

  rename(name: string): void {
    this.self = { ...this.self, name }
    this.emit('roster', { joined: [], left: [], changed: [] })
  }

  sendText(): void {}

  close(): void {
    this.state = 'closed'
    this.emit('state', { state: 'closed' })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  #peer(id: string): Peer {
    const peer = this.roster.find((peer) => peer.id === id)
    if (!peer) throw new Error(`nobody has ${id}`)
    return peer
  }
}

const outcomes: Readonly<Record<string, 'accepted' | 'audio' | EndReason>> = {
  김민수: 'audio',
  Linus: 'declined',
  'Front door camera': 'no-answer'
}
