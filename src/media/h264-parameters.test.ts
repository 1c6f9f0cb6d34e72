import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { h264Frames } from '../../test/support/media-vectors.ts'
import { readH264Parameters } from './h264-parameters.ts'
import { annexBOf } from './h264.ts'

/** Parameters of x264, made with: ffmpeg -f lavfi -i testsrc=s=SIZE -frames:v 1 … -bsf:v filter_units=pass_types=7 */
const recorded: readonly [string, string, string, number, number][] = [
  ['baseline', 'AAAAAWdCwBbZAKAv+XARAAADAAEAAAMACg8WLkg=', '42c016', 640, 360],
  ['main, cut on two sides', 'AAAAAWdNQAzsoKjPJJgIgAAAAwCAAAAFB4oUyw==', '4d400c', 330, 186],
  ['high, cut at the bottom', 'AAAAAWdkACis2UB4AiflwEQAAAMABAAAAwAoPGDGWA==', '640028', 1_920, 1_080],
  ['high, of two fields', 'AAAAAWdkABas2UC0JNgIgAAAAwCAAAAFD4oUyw==', '640016', 720, 576],
  ['high, of two fields and cut', 'AAAAAWdkACis2UB4BE/eAiAAAAMAIAAAAwFD4sWywA==', '640028', 1_920, 1_080],
  ['4:2:2', 'AAAAAWd6AAq82Ucnnj8BEAAAAwAQAAADAKDxIllg', '7a000a', 100, 50],
  ['4:4:4', 'AAAAAWf0AAqRmyjk8dHYCIAAAAMAgAAABQeJEss=', 'f4000a', 99, 51],
  ['grey', 'AAAAAWdkAArzZRyePj8BbIAAAAMAgAAABQeJEss=', '64000a', 98, 50]
]

test.each(recorded)(
  'pictures that are %s have their size',
  (_how, parameters, profileLevelId, width, height) => {
    const frame = Uint8Array.from(Buffer.from(parameters, 'base64'))
    expect(readH264Parameters(frame)).toEqual({ profileLevelId, width, height })
  }
)

test('a frame that brings its parameters says its size, and one that does not says none', () => {
  const first = { profileLevelId: '42c00a', width: 16, height: 16 }
  expect(h264Frames.map(readH264Parameters)).toEqual([first, null, null])
})

const fixed = (count: number, value: number): string => value.toString(2).padStart(count, '0')
const unsigned = (value: number): string => {
  const code = (value + 1).toString(2)
  return code.padStart(code.length * 2 - 1, '0')
}
const signed = (value: number): string => unsigned(value > 0 ? value * 2 - 1 : value * -2)
const flag = (value: boolean): string => (value ? '1' : '0')

/** What must not be in a unit gets a byte in between; ITU-T H.264, section 7.4.1. */
const escaped = (bytes: readonly number[]): readonly number[] => {
  const out: number[] = []
  for (const byte of bytes) {
    if (byte <= 3 && out.at(-1) === 0 && out.at(-2) === 0) out.push(3)
    out.push(byte)
  }
  return out
}

const unitOf = (bytes: readonly number[]): Uint8Array => annexBOf([Uint8Array.of(0x67, ...escaped(bytes))])

/** A unit of these bits, with the one that ends them. */
const parametersOf = (...parts: readonly string[]): Uint8Array => {
  const bits = `${parts.join('')}1`
  const bytes = bits.match(/.{1,8}/g)?.map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2)) ?? []
  return unitOf(bytes)
}

const small = fc.integer({ min: -128, max: 127 })
/** A list that is not there, one that stops, and one that goes on; the first value is 8 and each is told by its distance. */
const scalingList = (length: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constant('0'),
    fc.constant(`1${signed(-8)}`),
    fc
      .array(fc.integer({ min: 1, max: 255 }), { minLength: length, maxLength: length })
      .map((values) => `1${values.map((value, at) => signed(near(value - (values[at - 1] ?? 8)))).join('')}`)
  )
/** They are told modulo 256. */
const near = (distance: number): number => ((distance + 128 + 256) % 256) - 128

const lists = (count: number): fc.Arbitrary<string> =>
  fc
    .tuple(...Array.from({ length: count }, (_, at) => scalingList(at < 6 ? 16 : 64)))
    .map((all) => all.join(''))

const colours = fc.integer({ min: 0, max: 3 }).chain((format) =>
  fc.option(lists(format === 3 ? 12 : 8)).map((scaling) => ({
    format,
    bits: [
      unsigned(format),
      format === 3 ? '0' : '',
      unsigned(0),
      unsigned(6),
      '0',
      flag(scaling !== null),
      scaling ?? ''
    ].join('')
  }))
)

const order = fc.oneof(
  fc.nat(12).map((bits) => unsigned(0) + unsigned(bits)),
  fc.tuple(small, small, fc.array(small, { maxLength: 255 })).map(([one, other, frames]) => {
    return [
      unsigned(1),
      '1',
      signed(one),
      signed(other),
      unsigned(frames.length),
      ...frames.map(signed)
    ].join('')
  }),
  fc.constant(unsigned(2))
)

const anything = fc.record({
  colours: fc.option(colours),
  order,
  columns: fc.integer({ min: 1, max: 1_055 }),
  rows: fc.integer({ min: 1, max: 527 }),
  fields: fc.constantFrom(1, 2),
  cut: fc.option(fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.nat(3)))
})

test('whatever else the parameters say, the size is right', () => {
  fc.assert(
    fc.property(anything, ({ colours, order, columns, rows, fields, cut }) => {
      const { format, bits } = colours ?? { format: 1, bits: '' }
      const unit = parametersOf(
        fixed(8, colours === null ? 66 : 100),
        fixed(16, 0x001e),
        unsigned(0),
        bits,
        unsigned(0),
        order,
        unsigned(1),
        '0',
        unsigned(columns - 1),
        unsigned(rows - 1),
        fields === 1 ? '1' : '00',
        '1',
        flag(cut !== null),
        (cut ?? []).map(unsigned).join(''),
        '0'
      )
      const [left, right, top, bottom] = cut ?? [0, 0, 0, 0]
      const across = format === 1 || format === 2 ? 2 : 1
      const down = format === 1 ? 2 : 1
      expect(readH264Parameters(unit)).toEqual({
        profileLevelId: colours === null ? '42001e' : '64001e',
        width: columns * 16 - (left + right) * across,
        height: (rows * 16 - (top + bottom) * down) * fields
      })
    })
  )
})

describe('nothing is said by', () => {
  const header = [
    fixed(8, 66),
    fixed(16, 0),
    unsigned(0),
    unsigned(0),
    unsigned(2),
    unsigned(1),
    '0'
  ] as const

  test.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['something that has no units', Uint8Array.of(1, 2, 3)],
    ['parameters with nothing in them', annexBOf([Uint8Array.of(0x67)])],
    ['pictures that are wider than any', parametersOf(...header, unsigned(1_055), unsigned(9), '1100')],
    ['pictures that are higher than any', parametersOf(...header, unsigned(9), unsigned(600), '00100')],
    [
      'pictures of which all is cut away',
      parametersOf(
        ...header,
        unsigned(0),
        unsigned(0),
        '111',
        unsigned(8),
        unsigned(0),
        unsigned(0),
        unsigned(0)
      )
    ],
    ['a number that never ends', unitOf([66, ...Array.from({ length: 60 }, () => 0), 1])]
  ])('%s', (_what, frame) => {
    expect(readH264Parameters(frame)).toBeNull()
  })

  test.each(recorded)('parameters of %s that are cut short before it', (_how, parameters) => {
    const whole = Uint8Array.from(Buffer.from(parameters, 'base64'))
    for (let length = 0; length < 12; length += 1)
      expect(readH264Parameters(whole.subarray(0, length))).toBeNull()
  })

  test('parameters of any bytes, or it is one that can be', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(255), { maxLength: 60 }), (content) => {
        const { width, height } = readH264Parameters(unitOf(content)) ?? { width: 1, height: 1 }
        expect([width > 0, height > 0, width <= 16_880, height <= 16_880]).toEqual([true, true, true, true])
      })
    )
  })
})
