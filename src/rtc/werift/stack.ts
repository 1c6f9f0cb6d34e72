/** Werift as a stack: pure TypeScript, encoded frames in and out. Its tracks are ours. */
import { NodeStream, NodeTrack } from '../media-stream.ts'
import type { RtcStack } from '../stack.ts'
import type { Codecs } from './codecs.ts'
import { WeriftConnection } from './connection.ts'

export const weriftStack = (codecs?: Codecs): RtcStack => ({
  name: 'werift',
  rtc: {
    RTCPeerConnection: class extends WeriftConnection {
      constructor(configuration?: RTCConfiguration) {
        super(configuration, codecs)
      }
    },
    MediaStream: NodeStream
  },
  toSend: (track) => track,
  received(track) {
    if (track instanceof NodeTrack) return track
    throw new TypeError('This track is not one of this stack.')
  },
  close: () => Promise.resolve()
})
