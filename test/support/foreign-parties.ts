/** Clients of every wire in one process, on real sockets to one server, with fake media. */
import { WebSocket } from 'ws'
import * as v from 'valibot'
import { connectOn as connectNative } from '../../src/client/connect.ts'
import { connectOn as connectMdn } from '../../src/client/foreign/mdn.ts'
import { connectOn as connectPeerconnection } from '../../src/client/foreign/peerconnection.ts'
import { connectOn as connectRooms } from '../../src/client/foreign/rooms.ts'
import { platformWith } from '../../src/client/platform.ts'
import type { Call, ConnectOptions, Line } from '../../src/client/types.ts'
import { eventually } from './eventually.ts'
import { FakeStream, fakeCamera } from './fake-media.ts'
import { FakePeerConnection } from './fake-peer-connection.ts'

export type Wire = 'native' | 'mdn' | 'peerconnection' | 'rooms'

const connects = {
  native: connectNative,
  mdn: connectMdn,
  peerconnection: connectPeerconnection,
  rooms: connectRooms
}

/** A client, and what a test can do with its fake media. */
export class Party implements AsyncDisposable {
  readonly line: Line
  readonly calls: Call[] = []
  readonly problems: string[] = []
  readonly #connections: readonly FakePeerConnection[]

  constructor(line: Line, connections: readonly FakePeerConnection[]) {
    this.line = line
    this.#connections = connections
    line.addEventListener('call', ({ detail }) => this.#follow(detail.call))
    line.addEventListener('refused', ({ detail }) => this.problems.push(detail.reason))
  }

  get call(): Call {
    const call = this.calls.at(-1)
    if (call === undefined) throw new Error('no call yet')
    return call
  }

  get connection(): FakePeerConnection {
    const connection = this.#connections.at(-1)
    if (connection === undefined) throw new Error('no connection yet')
    return connection
  }

  /** Calls whoever goes by this name, as soon as they are there. */
  async dial(name: string): Promise<void> {
    const peer = () => this.line.roster.find((other) => other.name === name)
    await eventually(peer).toBeDefined()
    this.#follow(this.line.call(peer()?.id ?? ''))
  }

  async rings(): Promise<void> {
    await eventually(() => this.calls.at(-1)?.phase).toBe('ringing')
  }

  async reaches(phase: Call['phase']): Promise<void> {
    await eventually(() => this.calls.at(-1)?.phase).toBe(phase)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.line.close()
    return Promise.resolve()
  }

  #follow(call: Call): void {
    // Who calls somebody that calls already answers, and has the call that it has heard of.
    if (this.calls.includes(call)) return
    this.calls.push(call)
    call.addEventListener('problem', ({ detail }) => this.problems.push(detail.error.message))
  }
}

const rtcOf = (connections: FakePeerConnection[]) => ({
  RTCPeerConnection: class extends FakePeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration)
      connections.push(this)
    }
  },
  MediaStream: FakeStream
})

/** `connect` in this process; the fake connections of its calls are added to `connections`. */
export const connectTo = (
  wire: Wire,
  url: string,
  options: ConnectOptions,
  connections: FakePeerConnection[]
): Promise<Line> => connects[wire](platformWith(rtcOf(connections), WebSocket), url, options)

export const join = async (wire: Wire, url: string, name: string): Promise<Party> => {
  const connections: FakePeerConnection[] = []
  return new Party(await connectTo(wire, url, { name, media: fakeCamera() }, connections), connections)
}

/** Both have an answer, and tell each other a way to be reached; then media flows. */
export const connectMedia = async (caller: Party, callee: Party): Promise<void> => {
  const isDescribed = ({ connection }: Party): boolean =>
    !connection.closed &&
    connection.signalingState === 'stable' &&
    connection.currentRemoteDescription !== null
  await eventually(() => [caller, callee].every(isDescribed)).toBe(true)
  const [there, back] = [caller.connection.gather(7), callee.connection.gather(8)]
  const lines = (party: Party) => party.connection.candidates.map(({ candidate }) => candidate)
  await eventually(() => lines(callee)).toContain(there.candidate)
  await eventually(() => lines(caller)).toContain(back.candidate)
  for (const { connection } of [caller, callee]) connection.connect('connected')
  await Promise.all([caller.reaches('connected'), callee.reaches('connected')])
}

export const healthOf = async (url: string): Promise<number> => {
  const response = await fetch(new URL('/healthz', url))
  return v.parse(v.object({ connections: v.number() }), await response.json()).connections
}
