/**
 * Who asks for a key frame. Werift gives such a request to whoever has the number of its sender, which in a call
 * both ways is the wrong one.
 */
import { PictureLossIndication, type RTCPeerConnection, RtcpPayloadSpecificFeedback } from 'werift'

const followed = new WeakSet<object>()

/** Tells the number of the stream that is to begin anew. RFC 4585, section 6.3.1; RFC 5104, section 4.3.1. */
export const followKeyFrameRequests = (
  { dtlsTransports }: RTCPeerConnection,
  tell: (ssrc: number) => void
): void => {
  for (const transport of dtlsTransports) {
    if (followed.has(transport)) continue
    followed.add(transport)
    transport.onRtcp.subscribe((packet) => {
      if (!(packet instanceof RtcpPayloadSpecificFeedback)) return
      const { feedback } = packet
      if (feedback instanceof PictureLossIndication) tell(feedback.mediaSsrc)
      if ('fir' in feedback) for (const { ssrc } of feedback.fir) tell(ssrc)
    })
  }
}
