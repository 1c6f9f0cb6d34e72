import { expect, test, vi } from 'vitest'
import { encodeOnce } from './encode-once.ts'

test('a message is encoded once, however many it goes to', () => {
  const encode = vi.fn((message: { text: string }) => [message.text])
  const encoded = encodeOnce(encode)
  const message = { text: 'hi' }
  expect(encoded(message)).toBe(encoded(message))
  expect(encode).toHaveBeenCalledTimes(1)
})

test('another message is encoded anew, though it says the same', () => {
  const encode = vi.fn((message: { text: string }) => [message.text])
  const encoded = encodeOnce(encode)
  expect(encoded({ text: 'hi' })).toEqual(encoded({ text: 'hi' }))
  expect(encode).toHaveBeenCalledTimes(2)
})
