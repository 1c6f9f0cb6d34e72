import { expect, test, vi } from 'vitest'
import { WrtcChannel } from './data-channel.ts'
import type { NativeChannel } from './library.ts'

/** Tells what has happened a moment late, as the library does. */
class FakeChannel implements NativeChannel {
  readyState: RTCDataChannelState = 'connecting'
  bufferedAmount = 0
  readonly #listeners: [type: string, listener: (event: unknown) => void][] = []

  addEventListener(type: string, listener: (event: unknown) => void): void {
    this.#listeners.push([type, listener])
  }

  tell(type: string, event: unknown = {}): void {
    for (const [known, listener] of this.#listeners) if (known === type) listener(event)
  }

  send(): void {
    if (this.readyState !== 'open') throw new Error('not open')
    this.bufferedAmount += 100
  }

  close(): void {
    this.readyState = 'closed'
  }
}

const made = () => {
  const native = new FakeChannel()
  const channel = new WrtcChannel(native)
  const told: string[] = []
  for (const type of ['open', 'close', 'message', 'bufferedamountlow'])
    channel.addEventListener(type, () => told.push(type))
  return { native, channel, told }
}

test('it is open when it says so, and whoever hears that may send', () => {
  const { native, channel, told } = made()
  channel.addEventListener('open', () => channel.send('hello'))
  native.readyState = 'open'
  native.tell('open')
  expect(told).toEqual(['open'])
  expect(channel.bufferedAmount).toBe(100)
})

test('what was opened and closed again before it was told of is not told of', () => {
  const { native, channel, told } = made()
  channel.addEventListener('open', () => channel.send('hello'))
  native.readyState = 'closed'
  native.tell('open')
  native.tell('close')
  expect(told).toEqual(['close'])
})

test('what is heard is heard as it is; what is no message is none', () => {
  const { native, channel } = made()
  const heard: unknown[] = []
  channel.addEventListener('message', (event) => heard.push('data' in event ? event.data : undefined))
  const bytes = new ArrayBuffer(2)
  for (const event of [{ data: 'text' }, { data: bytes }, {}, null]) native.tell('message', event)
  expect(heard).toEqual(['text', bytes])
})

test('it says once that there is room again, and nothing when it is closed', () => {
  vi.useFakeTimers()
  try {
    const { native, channel, told } = made()
    native.readyState = 'open'
    channel.bufferedAmountLowThreshold = 150
    for (let times = 0; times < 3; times += 1) channel.send('x')
    vi.advanceTimersByTime(100)
    expect(told).toEqual([])
    native.bufferedAmount = 150
    vi.advanceTimersByTime(100)
    expect(told).toEqual(['bufferedamountlow'])
    channel.send('x')
    channel.close()
    vi.advanceTimersByTime(100)
    expect(told).toEqual(['bufferedamountlow'])
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})
