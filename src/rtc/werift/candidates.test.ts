import { expect, test } from 'vitest'
import { withoutGeneration } from './candidates.ts'

const candidate = 'candidate:1 1 udp 2122194687 192.0.2.2 50412 typ host'

test.each([
  [
    'a candidate of libwebrtc',
    `${candidate} generation 27 ufrag 6Qgk network-id 1`,
    `${candidate} ufrag 6Qgk network-id 1`
  ],
  ['one at whose end it is', `${candidate} generation 0`, candidate],
  ['one without', `${candidate} ufrag 6Qgk`, `${candidate} ufrag 6Qgk`],
  ['no candidate', '', ''],
  [
    'each of a description, and nothing else there',
    `a=msid:no generation 3\r\na=${candidate} generation 1\r\na=${candidate} generation 12 ufrag x\r\n`,
    `a=msid:no generation 3\r\na=${candidate}\r\na=${candidate} ufrag x\r\n`
  ]
])('the count of starts is taken from %s', (_what, text, without) => {
  expect(withoutGeneration(text)).toBe(without)
})
