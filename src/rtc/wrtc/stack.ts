/**
 * libwebrtc, by way of `@roamhq/wrtc`, as a stack: it encodes for itself, as well as the path allows, and its tracks are its
 * own. So what is sent is decoded before, and what is received is encoded again if anybody listens.
 */
import { NodeTrack } from '../media-stream.ts'
import type { RtcStack } from '../stack.ts'
import { WrtcConnection } from './connection.ts'
import { type Wrtc, loadWrtc } from './library.ts'
import { type Outgoing, newOutgoing } from './outgoing.ts'
import { ReceivedTrack } from './received-track.ts'

/** Tracks that are sent and received, as long as they are. */
class Tracks {
  readonly #wrtc: Wrtc
  readonly #sent = new Map<NodeTrack, Outgoing>()
  readonly #received = new Map<MediaStreamTrack, ReceivedTrack>()

  constructor(wrtc: Wrtc) {
    this.#wrtc = wrtc
  }

  send(track: NodeTrack): MediaStreamTrack {
    for (const [other, outgoing] of this.#sent) if (outgoing.isOver) void this.#forget(other, outgoing)
    const known = this.#sent.get(track)
    if (known !== undefined) return known.native
    const outgoing = newOutgoing(this.#wrtc, track)
    this.#sent.set(track, outgoing)
    track.addEventListener('ended', () => void this.#forget(track, outgoing))
    return outgoing.native
  }

  receive(native: MediaStreamTrack): ReceivedTrack {
    const track = this.#received.get(native) ?? new ReceivedTrack(this.#wrtc.nonstandard, native)
    this.#received.set(native, track)
    return track
  }

  /** libwebrtc does not tell it. */
  async end(native: MediaStreamTrack): Promise<void> {
    const track = this.#received.get(native)
    this.#received.delete(native)
    await track?.close()
  }

  async endAll(): Promise<void> {
    await Promise.all([
      ...[...this.#sent].map(([track, outgoing]) => this.#forget(track, outgoing)),
      ...[...this.#received.keys()].map((native) => this.end(native))
    ])
  }

  async #forget(track: NodeTrack, outgoing: Outgoing): Promise<void> {
    if (this.#sent.get(track) === outgoing) this.#sent.delete(track)
    await outgoing.close()
  }
}

/** Throws an `Error` where `@roamhq/wrtc` is not installed, or not made for the system. */
export const wrtcStack = (): RtcStack => {
  const wrtc = loadWrtc()
  const tracks = new Tracks(wrtc)
  return {
    name: 'wrtc',
    rtc: {
      RTCPeerConnection: class extends WrtcConnection {
        constructor(configuration?: RTCConfiguration) {
          super(new wrtc.RTCPeerConnection(configuration))
        }

        override close(): void {
          for (const { receiver } of this.getTransceivers()) void tracks.end(receiver.track)
          super.close()
        }
      },
      MediaStream: wrtc.MediaStream
    },
    toSend: (track) => tracks.send(track),
    received(track) {
      if (track instanceof NodeTrack) throw new TypeError('This track is not one of this stack.')
      return tracks.receive(track)
    },
    close: () => tracks.endAll()
  }
}
