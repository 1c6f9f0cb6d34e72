import { expect, test } from 'vitest'
import { decodeJson, decoded, undecodable } from './codec.ts'

test('JSON is decoded to a value that still has to be checked', () => {
  expect(decodeJson('{"type":"ready"}')).toEqual(decoded({ type: 'ready' }))
  expect(decodeJson('null')).toEqual(decoded(null))
})

test.each(['', '{', 'undefined', "{'type':'ready'}", '1 2', '\ud800'])('%j is not JSON', (text) => {
  expect(decodeJson(text)).toEqual(undecodable('not JSON'))
})
