import { expect, test } from 'vitest'
import { isCodec, kindOfCodec } from './frame.ts'

test('a codec is sound or pictures', () => {
  expect([kindOfCodec('opus'), kindOfCodec('VP8'), kindOfCodec('H264')]).toEqual(['audio', 'video', 'video'])
})

test('what only others have is no codec, nor is what every object has', () => {
  expect(['opus', 'VP8', 'H264'].map(isCodec)).toEqual([true, true, true])
  expect(['VP9', 'vp8', 'constructor', ''].map(isCodec)).toEqual([false, false, false, false])
})
