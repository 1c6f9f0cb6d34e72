/** What werift offers and takes, as its parameters. */
import {
  type RTCRtpCodecParameters,
  type RTCRtpTransceiver,
  type RTCRtpHeaderExtensionParameters,
  useAbsSendTime,
  useH264,
  useNACK,
  useOPUS,
  usePLI,
  useREMB,
  useSdesMid,
  useTWCC,
  useTransportWideCC,
  useVP8
} from 'werift'
import type { VideoCodec } from '../../media/frame.ts'

/** Of video, the first choice first; sound is always Opus. */
export interface Codecs {
  readonly video: readonly VideoCodec[]
}

const feedback = () => [useNACK(), usePLI(), useREMB(), useTWCC()]

const videoParameters: Readonly<Record<VideoCodec, () => RTCRtpCodecParameters>> = {
  VP8: () => useVP8({ rtcpFeedback: feedback() }),
  // Constrained baseline of any level: what every browser takes. RFC 6184, section 8.1.
  H264: () =>
    useH264({
      mimeType: 'video/H264',
      rtcpFeedback: feedback(),
      parameters: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f'
    })
}

export const codecParameters = ({ video }: Codecs = { video: ['VP8', 'H264'] }) => ({
  audio: [useOPUS({ mimeType: 'audio/opus', rtcpFeedback: [useTWCC()] })],
  video: video.map((codec) => videoParameters[codec]())
})

/**
 * In a bundle, one extension has one number (RFC 8843, section 9.2), so both kinds share what werift numbers. Chromium's
 * tab is killed by another number of the same extension when it begins to send.
 */
export const headerExtensions = (): Record<'audio' | 'video', RTCRtpHeaderExtensionParameters[]> => {
  const [mid, transportWide] = [useSdesMid(), useTransportWideCC()]
  return { audio: [mid, transportWide], video: [mid, useAbsSendTime(), transportWide] }
}

/** Of H.264, what every browser takes, in packets of any size. RFC 6184, sections 6.3 and 8.1. */
const isUsable = ({ name, parameters = '' }: RTCRtpCodecParameters): boolean =>
  name.toLowerCase() !== 'h264' ||
  (/packetization-mode=1/.test(parameters) && /profile-level-id=42/i.test(parameters))

/** Werift takes all codecs of a name that it knows. The first of each name stays, and the other side's order. */
export const keepUsableCodecs = (transceiver: RTCRtpTransceiver): void => {
  const named = new Map<string, RTCRtpCodecParameters>()
  for (const codec of transceiver.codecs.filter(isUsable)) {
    const name = codec.name.toLowerCase()
    if (!named.has(name)) named.set(name, codec)
  }
  transceiver.codecs = [...named.values()]
}
