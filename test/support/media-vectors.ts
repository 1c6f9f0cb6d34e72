/**
 * Three pictures, 16 pixels square and of the worst quality, in VP8 and in H.264, as files and as packets. Made with ffmpeg 5.1:
 *   ffmpeg -f lavfi -i testsrc=s=16x16:r=5 -frames:v 3 -c:v libvpx -qmin 60 -qmax 63 -b:v 1k -bitexact vp8.ivf
 *   ffmpeg -f lavfi -i testsrc=s=16x16:r=5 -frames:v 3 -c:v libx264 -crf 40 -profile:v baseline -pix_fmt yuv420p \
 *     -x264-params annexb=1:aud=1:slices=1 -bsf:v filter_units=remove_types=6 -bitexact h264.h264
 *   ffmpeg -i h264.h264 -c copy -bitexact h264.mp4
 *   ffmpeg -i vp8.ivf -c copy -f rtp 'rtp://127.0.0.1:5600?pkt_size=80'
 *   ffmpeg -i h264.h264 -c copy -f rtp 'rtp://127.0.0.1:5602?pkt_size=60'
 */
import type { MediaPacket } from '../../src/media/rtp.ts'

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, 'base64'))

/** All its packets have twelve bytes of header. RFC 3550, section 5.1. */
const packetOf = (base64: string): MediaPacket => {
  const bytes = bytesOf(base64)
  const view = new DataView(bytes.buffer)
  return {
    sequenceNumber: view.getUint16(2),
    timestamp: view.getUint32(4),
    marker: view.getUint8(1) >= 0x80,
    payload: bytes.subarray(12)
  }
}

export const vp8Ivf = bytesOf(
  'REtJRgAAIABWUDgwEAAQAAUAAAABAAAAAwAAAAAAAABQAAAAAAAAAAAAAAAwAwCdASoQABAACEcIhYWIhYSIOwICdTf/h+YBMhia' +
    'DsUsAP45xx4h6dCBSE7ey5FC4vvx932R3LLLw8czes0SPE8UQJXngkAwiE/araoUABYAAAABAAAAAAAAAPEBACUR2AAYDQVRtzG7' +
    'kPI6AAvxOwATAAAAAgAAAAAAAACxAQATEdgAGAAwKC/0ACAAXNEA'
)

export const vp8Frames: readonly Uint8Array[] = [
  vp8Ivf.subarray(44, 124),
  vp8Ivf.subarray(136, 158),
  vp8Ivf.subarray(170)
]

export const vp8Packets: readonly MediaPacket[] = [
  'gGAAAONvSAFJoeoGkICAADADAJ0BKhAAEAAIRwiFhYiFhIg7AgJ1N/+H5gEyGJoOxSwA/jnHHiHp0IFITt7LkULi+/H3fZHcssvDxzN6zRI=',
  'gOAAAeNvSAFJoeoGgICAADxPFECV54JAMIhP2q2qFAA=',
  'gOAAAuNvjlFJoeoGkICAAfEBACUR2AAYDQVRtzG7kPI6AAvxOwA=',
  'gOAAA+Nv1KFJoeoGkICAArEBABMR2AAYADAoL/QAIABc0QA='
].map(packetOf)

const h264 = bytesOf(
  'AAAAAQkQAAAAAWdCwArZHsBEAAADAAQAAAMAKDxImSAAAAABaMuA5LIAAAFliIQ37B0DDYOCqfTt4kvJ+d14lnloUV5ULrhEPQc/' +
    'iGwvYiEQoCLNmHjYpHPGHuEtQbe/Hy8AFUcqXStn1vOoUlv1IFEPPOMtXWVw9/QAAAABCTAAAAFBmjgr+qUYAAAAAQkwAAABQZpU' +
    'DOo='
)

/** In Annex B, with start codes of three bytes and of four. The first has a delimiter, both parameter sets and an IDR slice. */
export const h264Frames: readonly Uint8Array[] = [
  h264.subarray(0, 122),
  h264.subarray(122, 138),
  h264.subarray(138)
]

/** Of the same in an MP4 file. */
export const avcConfiguration = bytesOf('AULACv/hABZnQsAK2R7ARAAAAwAEAAADACg8SJkgAQAFaMuA5LI=')

const avc = bytesOf(
  'AAAAAgkQAAAAFmdCwArZHsBEAAADAAQAAAMAKDxImSAAAAAFaMuA5LIAAABOZYiEN+wdAw2Dgqn07eJLyfndeJZ5aFFeVC64RD0H' +
    'P4hsL2IhEKAizZh42KRzxh7hLUG3vx8vABVHKl0rZ9bzqFJb9SBRDzzjLV1lcPf0AAAAAgkwAAAAB0GaOCv6pRgAAAACCTAAAAAF' +
    'QZpUDOo='
)

export const avcFrames: readonly Uint8Array[] = [
  avc.subarray(0, 123),
  avc.subarray(123, 140),
  avc.subarray(140)
]

export const h264Packets: readonly MediaPacket[] = [
  'gGAAAG+4YOJ5KPaKGAACCRAAFmdCwArZHsBEAAADAAQAAAMAKDxImSAABWjLgOSy',
  'gGAAAW+4YOJ5KPaKfIWIhDfsHQMNg4Kp9O3iS8n53XiWeWhRXlQuuEQ9Bz+IbC9iIRCgIs2YeNikc8Ye',
  'gOAAAm+4YOJ5KPaKfEXhLUG3vx8vABVHKl0rZ9bzqFJb9SBRDzzjLV1lcPf0',
  'gOAAA2+4pzJ5KPaKGAACCTAAB0GaOCv6pRg=',
  'gOAABG+47YJ5KPaKGAACCTAABUGaVAzq'
].map(packetOf)
