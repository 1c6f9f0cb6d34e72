/** The kinds of files that a call can be kept in, and what they have to know of its pictures. */
import {
  Mp4OutputFormat,
  type OutputFormat,
  type VideoCodec as CodecInFile,
  WebMOutputFormat
} from 'mediabunny'
import type { EncodedFrame, VideoCodec } from '../../media/frame.ts'
import { readH264Parameters } from '../../media/h264-parameters.ts'
import { readVp8Header } from '../../media/vp8.ts'

export interface Container {
  /** For a person who wanted pictures in it that it does not hold. */
  readonly limits: string
  holds(codec: string): codec is VideoCodec
  format(): OutputFormat
}

const webm: Container = {
  limits: 'a WebM file does not hold, and an MP4 file (.mp4) may',
  holds: (codec) => codec === 'VP8',
  format: () => new WebMOutputFormat()
}

const mp4: Container = {
  limits: 'an MP4 file does not hold',
  holds: (codec) => codec === 'VP8' || codec === 'H264',
  format: () => new Mp4OutputFormat()
}

/** WebM, unless the name says another. */
export const containerOf = (path: string): Container => (/\.mp4$/i.test(path) ? mp4 : webm)

/** What a file says of pictures before the first. */
export interface Pictures {
  readonly codec: VideoCodec
  readonly codecInFile: CodecInFile
  readonly decoderConfig: VideoDecoderConfig
}

/** As the first of them says; `null` for one that no decoder can begin with. */
export const picturesFrom = (codec: VideoCodec, { data, isKey }: EncodedFrame): Pictures | null => {
  if (codec === 'VP8') {
    const { width, height } = readVp8Header(data) ?? {}
    if (!width || !height) return null
    return {
      codec,
      codecInFile: 'vp8',
      decoderConfig: { codec: 'vp8', codedWidth: width, codedHeight: height }
    }
  }
  const parameters = isKey ? readH264Parameters(data) : null
  if (parameters === null) return null
  const { profileLevelId, width, height } = parameters
  const decoderConfig = { codec: `avc1.${profileLevelId}`, codedWidth: width, codedHeight: height }
  return { codec, codecInFile: 'avc', decoderConfig }
}
