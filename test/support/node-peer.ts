/** A party without a browser: the SDK in Node over werift, sending frames that are none but look like some. */
import { connect } from '../../src/client/node.ts'
import type { Call, ConnectOptions, Line } from '../../src/client/types.ts'
import type { EncodedFrame } from '../../src/media/frame.ts'
import { NodeStream, NodeTrack } from '../../src/rtc/media-stream.ts'
import { WeriftConnection } from '../../src/rtc/werift/connection.ts'
import { weriftStack } from '../../src/rtc/werift/stack.ts'
import { eventually } from './eventually.ts'

/** What begins like a key frame of VP8, 16 pixels square, and goes on with anything: it takes a few packets. */
export const keyFrame = (time: number, bytes = 3_000): EncodedFrame => {
  const data = new Uint8Array(bytes).map((_byte, at) => at & 0xff)
  data.set([0x10, 0, 0, 0x9d, 0x01, 0x2a, 16, 0, 16, 0])
  return { data, time, isKey: true }
}

const every = (ms: number, run: (time: number) => void) =>
  setInterval(() => run(performance.now() / 1_000), ms)

/** Sends fifty packets of sound a second, and twenty pictures. */
export class FrameFountain {
  readonly audio = new NodeTrack('audio', { format: { codec: 'opus' } })
  readonly video = new NodeTrack('video', { format: { codec: 'VP8' } })
  readonly stream = new NodeStream([this.audio, this.video])
  readonly #timers: readonly NodeJS.Timeout[]

  constructor() {
    this.#timers = [
      every(20, (time) => this.audio.write({ data: Uint8Array.of(0xf8, 1, 2, 3), time, isKey: true })),
      every(50, (time) => this.video.write(keyFrame(time)))
    ]
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearInterval(timer)
  }
}

/** What has come over the tracks of a call. */
export class Counted {
  audio = 0
  video = 0
  lastVideo: EncodedFrame | null = null
  readonly #followed = new Set<MediaStreamTrack>()

  follow(call: Call): this {
    const look = (): void => {
      for (const track of call.remoteStream.getTracks()) {
        if (this.#followed.has(track) || !(track instanceof NodeTrack)) continue
        this.#followed.add(track)
        track.listen((frame) => {
          this[track.kind] += 1
          if (track.kind === 'video') this.lastVideo = frame
        })
      }
    }
    call.addEventListener('remote', look)
    look()
    return this
  }
}

const overTcpAlone = ({ iceServers = [], ...others }: RTCConfiguration = {}): RTCConfiguration => ({
  ...others,
  iceServers: iceServers.map((entry) => ({
    ...entry,
    urls: [entry.urls].flat().filter((url) => url.endsWith('transport=tcp'))
  }))
})

export class NodePeer implements AsyncDisposable {
  readonly line: Line
  readonly fountain: FrameFountain
  /** Every connection that it has made. */
  readonly connections: readonly WeriftConnection[]

  static async join(
    url: string,
    options: Omit<ConnectOptions, 'media' | 'rtc'> & {
      readonly silent?: boolean
      /** To the relay, but not to the partner. */
      readonly tcpAlone?: boolean
    }
  ): Promise<NodePeer> {
    const connections: WeriftConnection[] = []
    const { rtc } = weriftStack()
    const fountain = new FrameFountain()
    const line = await connect(url, {
      ...options,
      media: options.silent ? null : fountain.stream,
      rtc: {
        ...rtc,
        RTCPeerConnection: class extends WeriftConnection {
          constructor(configuration?: RTCConfiguration) {
            super(options.tcpAlone ? overTcpAlone(configuration) : configuration)
            connections.push(this)
          }

          override setConfiguration(configuration: RTCConfiguration): void {
            super.setConfiguration(options.tcpAlone ? overTcpAlone(configuration) : configuration)
          }
        }
      }
    })
    return new NodePeer(line, fountain, connections)
  }

  constructor(line: Line, fountain: FrameFountain, connections: readonly WeriftConnection[]) {
    this.line = line
    this.fountain = fountain
    this.connections = connections
  }

  get call(): Call {
    const { currentCall } = this.line
    if (currentCall === null) throw new Error('There is no call.')
    return currentCall
  }

  /** Calls the only other one that is here. */
  async callOther(): Promise<Call> {
    await eventually(() => this.line.roster.length).toBe(1)
    return this.line.call(this.line.roster[0]?.id ?? '')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.line.close()
    this.fountain[Symbol.dispose]()
    await Promise.resolve()
  }
}

/** Ada calls Bob, and frames flow both ways. */
export const talkInNode = async (ada: NodePeer, bob: NodePeer) => {
  const adasCall = await ada.callOther()
  await eventually(() => bob.line.currentCall?.phase).toBe('ringing')
  await bob.call.accept()
  const heard = { ada: new Counted().follow(adasCall), bob: new Counted().follow(bob.call) }
  await eventually(() => [adasCall.phase, bob.call.phase]).toEqual(['connected', 'connected'])
  return { adasCall, bobsCall: bob.call, heard }
}
