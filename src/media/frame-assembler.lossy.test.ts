/** Frames over a network that is not kind: what comes of them is what can, whole and in order. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { altered, framesOf, fromFirst, packetsOf, start } from '../../test/support/media-frames.ts'
import { FrameAssembler } from './frame-assembler.ts'
import type { Codec, EncodedFrame } from './frame.ts'
import type { MediaPacket } from './rtp.ts'

const codecs = ['opus', 'VP8', 'H264'] as const satisfies readonly Codec[]

/** How many packets one may be overtaken by: less than the assembler's patience, at a packet a millisecond. */
const maxDelay = 20

/** What becomes of a packet: how much later than sent it comes, perhaps once more, or not at all. */
interface Fate {
  readonly delay: number
  readonly again: number | null
  readonly isLost: boolean
}

const kind = fc.record<Fate>({
  delay: fc.nat(maxDelay),
  again: fc.option(fc.nat(maxDelay * 3), { freq: 3 }),
  isLost: fc.constant(false)
})
const unkind = fc.record<Fate>({
  delay: fc.nat(maxDelay),
  again: fc.constant(null),
  isLost: fc.nat(3).map((chance) => chance === 0)
})

const fates = (fate: fc.Arbitrary<Fate>) => fc.array(fate, { minLength: 1, maxLength: 60 })

const fateOf = (fates: readonly Fate[], at: number): Fate => {
  const fate = fates[at % fates.length]
  if (fate === undefined) throw new Error('there is at least one fate')
  return fate
}

/** The packets as they come. What comes first was sent first, for an assembler begins with what it has. */
const delivered = (packets: readonly MediaPacket[], fates: readonly Fate[]): readonly MediaPacket[] =>
  packets
    .map((packet, at) => ({ packet, at, fate: fateOf(fates, at) }))
    .filter(({ fate }) => !fate.isLost)
    .flatMap(({ packet, at, fate: { delay, again } }, index) => {
      const first = { packet, at: index === 0 ? -1 : at + delay + 0.5 }
      return again === null ? [first] : [first, { packet, at: first.at + again + 0.25 }]
    })
    .toSorted((a, b) => a.at - b.at)
    .map(({ packet }) => packet)

/** Everything that comes out, when they come a millisecond apart, and then nothing does. */
const assembled = (codec: Codec, packets: readonly MediaPacket[]) => {
  const assembler = new FrameAssembler(codec)
  const frames = packets.flatMap((packet, at) => assembler.take(packet, at / 1_000).frames)
  const { frames: last, needsKeyFrame } = assembler.expire(packets.length / 1_000 + 1)
  return { frames: [...frames, ...last], needsKeyFrame }
}

/** The frames that are whole, and of which nothing that they build on is missing. */
const decodable = (frames: readonly EncodedFrame[], isWhole: readonly boolean[]): readonly EncodedFrame[] => {
  let goesOn = false
  return frames.filter(({ isKey }, at) => (goesOn = isWhole[at] === true && (goesOn || isKey)))
}

describe.each(codecs)('the frames of %s', (codec) => {
  test('come out as they went in, though their packets overtake each other, and come twice', () => {
    fc.assert(
      fc.property(framesOf(codec), start, fates(kind), (frames, start, fates) => {
        const { frames: received, needsKeyFrame } = assembled(
          codec,
          delivered(packetsOf(codec, frames, start).flat(), fates)
        )
        expect(received).toEqual(fromFirst(codec, frames))
        expect(needsKeyFrame).toBe(false)
      })
    )
  })

  test('come out as they went in, though none of their packets is marked', () => {
    fc.assert(
      fc.property(framesOf(codec), start, fates(kind), (frames, start, fates) => {
        const packets = packetsOf(codec, frames, start).flat()
        const unmarked = packets.map((packet) => altered(packet, { marker: false }))
        const { frames: received } = assembled(codec, delivered(unmarked, fates))
        expect(received).toEqual(fromFirst(codec, codec === 'opus' ? frames : frames.slice(0, -1)))
      })
    )
  })

  test('come out where all their packets do, and one stands for itself that nothing is missing since', () => {
    fc.assert(
      fc.property(framesOf(codec), start, fates(unkind), (frames, start, fates) => {
        const packets = packetsOf(codec, frames, start)
        let at = -1
        const isWhole = packets.map((ofFrame) =>
          ofFrame.map(() => !fateOf(fates, (at += 1)).isLost).every(Boolean)
        )
        const expected =
          codec === 'opus' ? frames.filter((_frame, at) => isWhole[at]) : decodable(frames, isWhole)
        const { frames: received } = assembled(codec, delivered(packets.flat(), fates))
        expect(received).toEqual(fromFirst(codec, expected))
      }),
      { numRuns: 300 }
    )
  })
})
