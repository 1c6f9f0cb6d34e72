/**
 * libwebrtc, by way of `@roamhq/wrtc`, as a stack: it encodes for itself, as well as the path allows, and its tracks are its
 * own. So what is sent is decoded before, and what is received is encoded again if anybody listens.
 */
import { NodeTrack } from '../media-stream.ts'
import type { RtcStack } from '../stack.ts'
import { WrtcConnection } from './connection.ts'
import { loadWrtc } from './library.ts'
import { type Outgoing, newOutgoing } from './outgoing.ts'
import { ReceivedTrack } from './received-track.ts'

/** Throws an `Error` where `@roamhq/wrtc` is not installed, or not made for the system. */
export const wrtcStack = (): RtcStack => {
  const wrtc = loadWrtc()
  const sent: Outgoing[] = []
  const received = new WeakMap<MediaStreamTrack, ReceivedTrack>()
  return {
    name: 'wrtc',
    rtc: {
      RTCPeerConnection: class extends WrtcConnection {
        constructor(configuration?: RTCConfiguration) {
          super(new wrtc.RTCPeerConnection(configuration))
        }
      },
      MediaStream: wrtc.MediaStream
    },
    toSend(track) {
      const outgoing = newOutgoing(wrtc, track)
      sent.push(outgoing)
      return outgoing.native
    },
    received(track) {
      if (track instanceof NodeTrack) throw new TypeError('This track is not one of this stack.')
      const known = received.get(track) ?? new ReceivedTrack(wrtc.nonstandard, track)
      received.set(track, known)
      return known
    },
    async close() {
      await Promise.all(sent.splice(0).map((outgoing) => outgoing.close()))
    }
  }
}
