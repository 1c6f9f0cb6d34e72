/** RTP at ports of this machine, as ffmpeg or GStreamer send it: taken apart into frames, and sent as they are. */
import { type Socket, createSocket } from 'node:dgram'
import { FrameAssembler } from '../../media/frame-assembler.ts'
import { type Codec, type EncodedFrame, kindOfCodec } from '../../media/frame.ts'
import type { MediaPacket } from '../../media/rtp.ts'
import { NodeTrack } from '../../rtc/media-stream.ts'
import { MediaError, type Source, clock } from './source.ts'

export interface RtpInput {
  /** 0 for one that is free. */
  readonly port: number
  readonly codec: Codec
}

/** Nobody else has any business there. */
const address = '127.0.0.1'
const expireEveryMs = 100
/** Two clocks never run quite alike; further apart than this they have begun anew. In seconds. */
const maxDrift = 1
/** Of RTP, before whatever may follow. */
const headerBytes = 12

const pattern = /^(?<port>\d{1,5})(?:\/(?<codec>[a-z\d]+))?$/i
const names: ReadonlyMap<string, Codec> = new Map([
  ['vp8', 'VP8'],
  ['h264', 'H264'],
  ['opus', 'opus']
])

const badPorts = (spec: string): MediaError =>
  new MediaError(`rtp:${spec} names no ports: rtp:5004, rtp:5004,5006 or rtp:5004/H264,5006/opus is due.`)

/** Of `5004,5006` and of `5004/H264,5006/opus`: VP8 and Opus where nothing is said. Throws a `MediaError`. */
export const readRtpInputs = (spec: string): readonly RtpInput[] => {
  const inputs = spec.split(',').map((part, at): RtpInput => {
    const { port, codec: name = at === 0 ? 'VP8' : 'opus' } = pattern.exec(part)?.groups ?? {}
    const codec = names.get(name.toLowerCase())
    const number = Number(port)
    if (codec === undefined || !(number >= 1 && number <= 65_535)) throw badPorts(spec)
    return { port: number, codec }
  })
  const isDouble = (what: (input: RtpInput) => unknown): boolean =>
    new Set(inputs.map(what)).size < inputs.length
  if (isDouble(({ codec }) => kindOfCodec(codec)) || isDouble(({ port }) => port)) throw badPorts(spec)
  return inputs
}

const bind = async ({ port }: RtpInput): Promise<Socket> => {
  const socket = createSocket('udp4')
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.bind(port, address, () => resolve())
    })
    // Of a network that is not there, or a sender that has gone: nothing that ends a call.
    socket.removeAllListeners('error').on('error', () => {})
    return socket
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    throw new MediaError(`RTP cannot be taken at port ${port}: ${why}.`, { cause })
  }
}

class RtpTrack {
  readonly track: NodeTrack
  readonly #codec: Codec
  readonly #socket: Socket
  #assembler: { readonly ssrc: number; readonly frames: FrameAssembler } | null = null
  #offset: number | null = null
  readonly #timer: NodeJS.Timeout
  /** Only then is anything passed on. */
  isPlaying = false

  constructor(codec: Codec, socket: Socket) {
    this.#codec = codec
    this.#socket = socket
    this.track = new NodeTrack(kindOfCodec(codec), { label: 'RTP', format: { codec } })
    socket.on('message', (datagram) => this.#take(datagram))
    this.#timer = setInterval(
      () => this.#pass(this.#assembler?.frames.expire(clock()).frames ?? []),
      expireEveryMs
    )
  }

  get port(): number {
    return this.#socket.address().port
  }

  close(): void {
    clearInterval(this.#timer)
    this.#socket.close()
  }

  #take(datagram: Buffer): void {
    const packet = readRtp(datagram)
    if (packet === null) return
    const { ssrc } = packet
    if (this.#assembler?.ssrc !== ssrc) {
      this.#assembler = { ssrc, frames: new FrameAssembler(this.#codec) }
      this.#offset = null
    }
    const { frames } = this.#assembler.frames.take(packet, clock())
    this.#pass(frames)
  }

  #pass(frames: readonly EncodedFrame[]): void {
    for (const frame of frames) {
      const now = clock()
      if (this.#offset === null || Math.abs(now - frame.time - this.#offset) > maxDrift)
        this.#offset = now - frame.time
      if (this.isPlaying) this.track.write({ ...frame, time: frame.time + this.#offset })
    }
  }
}

interface RtpPacket extends MediaPacket {
  readonly ssrc: number
}

/**
 * RFC 3550, section 5.1. `null` for what is no RTP, and for RTCP, which may come to the same port (RFC 5761, section 4).
 * Not werift's reader, which is busy for minutes with an extension that says it is longer than its packet.
 */
const readRtp = (datagram: Buffer): RtpPacket | null => {
  const [first = 0, second = 0] = datagram
  if (datagram.length < headerBytes || first >> 6 !== 2 || (second >= 192 && second <= 223)) return null
  const padding = (first & 0x20) === 0 ? 0 : (datagram.at(-1) ?? 0)
  const [start, end] = [payloadStart(datagram, first), datagram.length - padding]
  if (start >= end) return null
  return {
    marker: (second & 0x80) !== 0,
    sequenceNumber: datagram.readUInt16BE(2),
    timestamp: datagram.readUInt32BE(4),
    ssrc: datagram.readUInt32BE(8),
    payload: datagram.subarray(start, end)
  }
}

/** Behind the contributing sources and the extension; beyond the end where there is no room for these. */
const payloadStart = (datagram: Buffer, first: number): number => {
  const extension = headerBytes + 4 * (first & 0x0f)
  if ((first & 0x10) === 0) return extension
  if (extension + 4 > datagram.length) return datagram.length
  return extension + 4 + 4 * datagram.readUInt16BE(extension + 2)
}

export interface RtpSource extends Source {
  /** Where it is heard, in the order of the inputs. */
  readonly ports: readonly number[]
}

/** Throws a `MediaError` for a port that cannot be had. */
export const openRtp = async (inputs: readonly RtpInput[]): Promise<RtpSource> => {
  const tracks: RtpTrack[] = []
  const close = (): Promise<void> => {
    for (const track of tracks.splice(0)) track.close()
    return Promise.resolve()
  }
  try {
    for (const input of inputs) tracks.push(new RtpTrack(input.codec, await bind(input)))
  } catch (error) {
    await close()
    throw error
  }
  const play = (isPlaying: boolean): void => {
    for (const track of tracks) track.isPlaying = isPlaying
  }
  return {
    tracks: tracks.map(({ track }) => track),
    ports: tracks.map(({ port }) => port),
    start: () => play(true),
    stop: () => play(false),
    close
  }
}
