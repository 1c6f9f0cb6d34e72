/** A party without a browser over any stack: it sends the test pattern and its tone, and looks at what it receives. */
import { connect } from '../../src/client/node.ts'
import type { PeerConnection } from '../../src/client/platform.ts'
import type { Call, ConnectOptions, Line } from '../../src/client/types.ts'
import type { EncodedFrame } from '../../src/media/frame.ts'
import { type Stamp, readStamp } from '../../src/media/stamp.ts'
import { OpusDecoder } from '../../src/rtc/libav/opus.ts'
import { Vp8Decoder } from '../../src/rtc/libav/vp8.ts'
import type { RtcStack } from '../../src/rtc/stack.ts'
import { weriftStack } from '../../src/rtc/werift/stack.ts'
import { wrtcStack } from '../../src/rtc/wrtc/stack.ts'
import { openPattern } from '../../src/terminal/sources/pattern-source.ts'
import type { Source } from '../../src/terminal/sources/source.ts'
import { eventually } from './eventually.ts'

export const stacks = { werift: () => weriftStack(), wrtc: wrtcStack }
export type StackName = keyof typeof stacks

/** What comes over the tracks of a call, decoded. */
export class Seen {
  /** Of the last picture in which one could be read. */
  stamp: Stamp | null = null
  pictures = 0
  /** How loud the last packet of sound was, from 0 to 1. */
  loudness = 0
  /** In which there was a sound. */
  packets = 0
  keyFrames = 0
  readonly #followed = new Set<MediaStreamTrack>()

  constructor(call: Call, stack: RtcStack) {
    const look = (): void => {
      for (const track of call.remoteStream.getTracks()) {
        if (this.#followed.has(track)) continue
        this.#followed.add(track)
        void (track.kind === 'video' ? this.#watch(stack, track) : this.#hear(stack, track))
      }
    }
    call.addEventListener('remote', look)
    look()
  }

  async #watch(stack: RtcStack, track: MediaStreamTrack): Promise<void> {
    const decoder = await Vp8Decoder.open()
    stack.received(track).listen((frame) => void this.#look(decoder, frame))
  }

  async #look(decoder: Vp8Decoder, frame: EncodedFrame): Promise<void> {
    if (frame.isKey) this.keyFrames += 1
    const picture = await decoder.decode(frame)
    if (typeof picture === 'string') return
    this.pictures += 1
    this.stamp = readStamp(picture) ?? this.stamp
  }

  async #hear(stack: RtcStack, track: MediaStreamTrack): Promise<void> {
    const decoder = await OpusDecoder.open()
    stack.received(track).listen(({ data }) => {
      void decoder.decode(data).then((samples) => {
        this.loudness = Math.max(...samples.map(Math.abs))
        // Where nothing comes, libwebrtc makes silence.
        if (this.loudness > 0.01) this.packets += 1
      })
    })
  }
}

export class StackPeer implements AsyncDisposable {
  readonly line: Line
  readonly stack: RtcStack
  readonly source: Source
  /** Every connection that it has made. */
  readonly connections: readonly PeerConnection[]

  static async join(
    url: string,
    { stack: name, ...options }: Omit<ConnectOptions, 'media' | 'rtc'> & { readonly stack: StackName }
  ): Promise<StackPeer> {
    const connections: PeerConnection[] = []
    const stack = stacks[name]()
    const source = await openPattern({ width: 320, height: 180, framesPerSecond: 10, name: 'pattern' })
    source.start(() => {})
    const { RTCPeerConnection, MediaStream } = stack.rtc
    const line = await connect(url, {
      ...options,
      media: new MediaStream(source.tracks.map((track) => stack.toSend(track))),
      rtc: {
        MediaStream,
        RTCPeerConnection: class extends RTCPeerConnection {
          constructor(configuration?: RTCConfiguration) {
            super(configuration)
            connections.push(this)
          }
        }
      }
    })
    return new StackPeer({ line, stack, source, connections })
  }

  constructor(made: Pick<StackPeer, 'line' | 'stack' | 'source' | 'connections'>) {
    this.line = made.line
    this.stack = made.stack
    this.source = made.source
    this.connections = made.connections
  }

  get call(): Call {
    const { currentCall } = this.line
    if (currentCall === null) throw new Error('There is no call.')
    return currentCall
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.line.close()
    this.source.stop()
    await this.stack.close()
    await this.source.close()
  }
}

/** Ada calls Bob, the only other one that is here. */
export const talk = async (ada: StackPeer, bob: StackPeer) => {
  await eventually(() => ada.line.roster.length).toBe(1)
  const adasCall = ada.line.call(ada.line.roster[0]?.id ?? '')
  await eventually(() => bob.line.currentCall?.phase).toBe('ringing')
  await bob.call.accept()
  const bobsCall = bob.call
  const seen = { ada: new Seen(adasCall, ada.stack), bob: new Seen(bobsCall, bob.stack) }
  await eventually(() => [adasCall.phase, bobsCall.phase]).toEqual(['connected', 'connected'])
  return { adasCall, bobsCall, seen }
}
