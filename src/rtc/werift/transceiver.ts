/**
 * W3C's `RTCRtpTransceiver` over werift's, between tracks of encoded frames and RTP. One of werift's tracks stays with
 * its sender for good, whatever is sent over it, since its own `replaceTrack` waits for the first packet.
 */
import {
  MediaStreamTrack as WeriftTrack,
  RtpHeader,
  RtpPacket,
  type RTCRtpCodecParameters,
  type RTCRtpTransceiver as WeriftRtpTransceiver
} from 'werift'
import type { Transceiver } from '../../client/platform.ts'
import { FrameAssembler } from '../../media/frame-assembler.ts'
import { type Codec, type EncodedFrame, clockRates, isCodec, kindOfCodec } from '../../media/frame.ts'
import { Packetizer } from '../../media/rtp.ts'
import { NodeTrack } from '../media-stream.ts'

/** Who lacks something of a picture asks for a whole one, but not all the time. */
const askEverySeconds = 0.5

const seconds = (): number => performance.now() / 1_000

const random = (bits: number): number => Math.floor(Math.random() * 2 ** bits)

export class WeriftTransceiver implements Transceiver {
  readonly sender: RtpSender
  readonly receiver: { readonly track: NodeTrack }
  readonly #transceiver: WeriftRtpTransceiver
  readonly #changed: () => void
  readonly #stops: (() => void)[] = []

  /** `changed`: something has changed that the other side has to hear of. */
  constructor(transceiver: WeriftRtpTransceiver, changed: () => void) {
    this.#transceiver = transceiver
    this.#changed = changed
    const sender = new Sender(transceiver)
    const receiver = new Receiver(transceiver)
    this.sender = sender
    this.receiver = receiver
    this.#stops.push(
      () => sender.close(),
      () => receiver.close()
    )
  }

  get mid(): string | null {
    return this.#transceiver.mid
  }

  get direction(): RTCRtpTransceiverDirection {
    return this.#transceiver.direction
  }

  set direction(direction: RTCRtpTransceiverDirection) {
    if (direction === this.#transceiver.direction || direction === 'stopped') return
    this.#transceiver.setDirection(direction)
    this.#changed()
  }

  get currentDirection(): RTCRtpTransceiverDirection | null {
    return this.#transceiver.currentDirection
  }

  /** Whoever receives what is sent under this number cannot go on without a whole picture. */
  requestKeyFrame(ssrc: number): void {
    if (ssrc === this.#transceiver.sender.ssrc) this.sender.track?.requestKeyFrame()
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop()
  }
}

const codecNamed = (transceiver: WeriftRtpTransceiver, codec: string) =>
  transceiver.codecs.find(({ name }) => name.toLowerCase() === codec.toLowerCase())

type RtpSender = Transceiver['sender'] & {
  readonly track: NodeTrack | null
  setTrack(track: MediaStreamTrack | null): void
}

class Sender implements RtpSender {
  readonly #transceiver: WeriftRtpTransceiver
  readonly #rtp: WeriftTrack
  #track: NodeTrack | null = null
  #packetizer: Packetizer | null = null
  #isSourceNew = false
  /** What was left out is missing in whatever follows, up to the next picture that stands for itself. */
  #needsKey = true
  #askedAt = -Infinity
  #refused: Codec | null = null
  #stop: (() => void) | null = null

  constructor(transceiver: WeriftRtpTransceiver) {
    this.#transceiver = transceiver
    this.#rtp = new WeriftTrack({ kind: transceiver.kind })
    transceiver.sender.registerTrack(this.#rtp)
  }

  get track(): NodeTrack | null {
    return this.#track
  }

  replaceTrack(track: MediaStreamTrack | null): Promise<void> {
    return new Promise((resolve) => {
      this.setTrack(track)
      resolve()
    })
  }

  /** One that has ended sends nothing, but may be set. Throws a `TypeError` for a track of another stack. */
  setTrack(track: MediaStreamTrack | null): void {
    if (track !== null && !(track instanceof NodeTrack))
      throw new TypeError('Only tracks of this package can be sent from Node.')
    this.#stop?.()
    this.#track = track
    this.#isSourceNew = true
    this.#needsKey = true
    this.#stop = track?.listen((frame) => this.#take(track, frame)) ?? null
    track?.requestKeyFrame()
  }

  setStreams(...streams: MediaStream[]): void {
    this.#transceiver.sender.streamIds = streams.map(({ id }) => id)
  }

  close(): void {
    this.#stop?.()
    this.#rtp.stop()
  }

  #take(track: NodeTrack, frame: EncodedFrame): void {
    const codec = track.format?.codec
    const { currentDirection } = this.#transceiver
    const isDue = currentDirection === 'sendrecv' || currentDirection === 'sendonly'
    if (!isDue || !track.enabled || codec === undefined || !isCodec(codec)) {
      this.#needsKey = true
      return
    }
    const negotiated = codecNamed(this.#transceiver, codec)
    if (negotiated === undefined) return this.#refuse(track, codec)
    if (this.#needsKey && !frame.isKey) return this.#askForKey(track)
    this.#needsKey = false
    this.#send(frame, codec, negotiated)
  }

  #askForKey(track: NodeTrack): void {
    if (seconds() - this.#askedAt < askEverySeconds) return
    this.#askedAt = seconds()
    track.requestKeyFrame()
  }

  #send(frame: EncodedFrame, codec: Codec, negotiated: RTCRtpCodecParameters): void {
    this.#transceiver.sender.codec = negotiated
    for (const { payload, ...header } of this.#packetizerFor(codec).packetize(frame, seconds())) {
      const { payloadType } = negotiated
      this.#rtp.writeRtp(new RtpPacket(new RtpHeader({ ...header, payloadType }), Buffer.from(payload)))
    }
  }

  #refuse(track: NodeTrack, codec: Codec): void {
    if (this.#refused === codec) return
    this.#refused = codec
    track.refuse(codec)
  }

  #packetizerFor(codec: Codec): Packetizer {
    this.#packetizer ??= new Packetizer(codec, [random(16), random(32)])
    if (this.#isSourceNew || this.#packetizer.codec !== codec) this.#packetizer.changeSource(codec)
    this.#isSourceNew = false
    return this.#packetizer
  }
}

class Receiver {
  readonly track: NodeTrack
  readonly #transceiver: WeriftRtpTransceiver
  readonly #stops: (() => void)[] = []
  #assembler: { readonly codec: Codec; readonly ssrc: number; readonly frames: FrameAssembler } | null = null
  #askedAt = -Infinity

  constructor(transceiver: WeriftRtpTransceiver) {
    this.#transceiver = transceiver
    this.track = new NodeTrack(transceiver.kind === 'audio' ? 'audio' : 'video', { label: 'remote' })
    for (const track of transceiver.receiver.tracks) this.#follow(track)
    this.#stops.push(transceiver.onTrack.subscribe((track) => this.#follow(track)).unSubscribe)
    const timer = setInterval(() => this.#expire(), 100)
    timer.unref()
    this.#stops.push(
      () => clearInterval(timer),
      this.track.onKeyFrameRequest(() => this.#ask())
    )
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop()
    this.track.end()
  }

  #follow(track: WeriftTrack): void {
    const { unSubscribe } = track.onReceiveRtp.subscribe((packet) => this.#take(packet))
    this.#stops.push(unSubscribe)
  }

  #take({ header, payload }: RtpPacket): void {
    const codec = this.#codecOf(header.payloadType)
    if (codec === null) return
    if (this.#assembler?.codec !== codec || this.#assembler.ssrc !== header.ssrc) {
      this.#assembler = { codec, ssrc: header.ssrc, frames: new FrameAssembler(codec) }
      this.track.format = { codec }
    }
    const { sequenceNumber, timestamp, marker } = header
    this.#tell(this.#assembler.frames.take({ sequenceNumber, timestamp, marker, payload }, seconds()))
  }

  #codecOf(payloadType: number): Codec | null {
    const name = this.#transceiver.codecs.find((codec) => codec.payloadType === payloadType)?.name ?? ''
    const known = Object.keys(clockRates).find((codec) => codec.toLowerCase() === name.toLowerCase()) ?? ''
    return isCodec(known) && kindOfCodec(known) === this.track.kind ? known : null
  }

  #expire(): void {
    if (this.#assembler) this.#tell(this.#assembler.frames.expire(seconds()))
  }

  #tell({ frames, needsKeyFrame }: ReturnType<FrameAssembler['take']>): void {
    for (const frame of frames) this.track.write(frame)
    if (needsKeyFrame) this.#ask()
  }

  #ask(): void {
    const ssrc = this.#assembler?.ssrc
    if (ssrc === undefined || seconds() - this.#askedAt < askEverySeconds) return
    this.#askedAt = seconds()
    void this.#transceiver.receiver.sendRtcpPLI(ssrc)
  }
}
