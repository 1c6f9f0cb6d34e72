/** A short film: the test pattern in VP8 and its tone in Opus, in a WebM file. */
import {
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedVideoPacketSource,
  FilePathTarget,
  Output,
  WebMOutputFormat
} from 'mediabunny'
import { newPicture } from '../../src/media/picture.ts'
import { drawTestPattern } from '../../src/media/test-pattern.ts'
import { tone } from '../../src/media/tone.ts'
import { OpusEncoder, opusChannels, opusRate, opusSamples } from '../../src/rtc/libav/opus.ts'
import { Vp8Encoder } from '../../src/rtc/libav/vp8.ts'

interface Film {
  readonly pictures: number
  readonly framesPerSecond: number
}

const size = { width: 320, height: 180 }

const filmPictures = async ({ pictures, framesPerSecond }: Film, video: EncodedVideoPacketSource) => {
  const encoder = await Vp8Encoder.open({ ...size, framesPerSecond, bitsPerSecond: 200_000 })
  const picture = newPicture(size)
  const decoderConfig = { codec: 'vp8', codedWidth: size.width, codedHeight: size.height }
  for (let frame = 0; frame < pictures; frame += 1) {
    const time = frame / framesPerSecond
    drawTestPattern(picture, { name: 'film', frame, timeMs: Math.round(time * 1_000) })
    for (const { data, isKey } of await encoder.encode(picture, time, frame % framesPerSecond === 0)) {
      const packet = new EncodedPacket(data, isKey ? 'key' : 'delta', time, 1 / framesPerSecond)
      await video.add(packet, { decoderConfig })
    }
  }
  await encoder.close()
}

const filmSound = async ({ pictures, framesPerSecond }: Film, audio: EncodedAudioPacketSource) => {
  const encoder = await OpusEncoder.open()
  const decoderConfig = { codec: 'opus', numberOfChannels: opusChannels, sampleRate: opusRate }
  const packetSeconds = opusSamples / opusRate
  const packets = Math.floor(pictures / framesPerSecond / packetSeconds)
  for (let at = 0; at < packets; at += 1) {
    const samples = tone(at * opusSamples, opusSamples, { sampleRate: opusRate, channels: opusChannels })
    for (const data of await encoder.encode(samples))
      await audio.add(new EncodedPacket(data, 'key', at * packetSeconds, packetSeconds), { decoderConfig })
  }
  await encoder.close()
}

export const writeFilm = async (path: string, film: Film): Promise<void> => {
  const output = new Output({ format: new WebMOutputFormat(), target: new FilePathTarget(path) })
  const [video, audio] = [new EncodedVideoPacketSource('vp8'), new EncodedAudioPacketSource('opus')]
  output.addVideoTrack(video)
  output.addAudioTrack(audio)
  await output.start()
  await Promise.all([filmPictures(film, video), filmSound(film, audio)])
  await output.finalize()
}
