import { afterEach, expect, test, vi } from 'vitest'
import { FakeStream } from '../../test/support/fake-media.ts'
import { FakePeerConnection } from '../../test/support/fake-peer-connection.ts'
import { memoryWorld } from '../../test/support/memory-world.ts'
import { type Surroundings, platformWith } from './platform.ts'

const rtc = { RTCPeerConnection: FakePeerConnection, MediaStream: FakeStream }

/** A page, as far as its events go, on a network of this type. */
class Page extends EventTarget {
  readonly network = Object.assign(new EventTarget(), { type: 'wifi' })
  readonly told: Surroundings[] = []
  readonly stop: () => void

  constructor() {
    super()
    using world = memoryWorld()
    vi.stubGlobal('addEventListener', this.addEventListener.bind(this))
    vi.stubGlobal('navigator', { connection: this.network })
    this.stop = platformWith(rtc, world.platform.WebSocket).watch((what) => this.told.push(what))
  }

  happens(type: string): void {
    this.dispatchEvent(new Event(type))
  }

  becomes(type: string): void {
    this.network.type = type
    this.network.dispatchEvent(new Event('change'))
  }
}

afterEach(() => {
  vi.unstubAllGlobals()
})

test('a page tells that it is back on a network, left, and shown again', () => {
  const page = new Page()
  for (const type of ['online', 'pagehide', 'pageshow']) page.happens(type)
  expect(page.told).toEqual(['network-changed', 'page-hidden', 'page-shown'])
})

test('a network that is another counts, one that is estimated anew does not', () => {
  const page = new Page()
  page.becomes('wifi')
  expect(page.told).toEqual([])
  page.becomes('cellular')
  page.becomes('cellular')
  expect(page.told).toEqual(['network-changed'])
})

test('nothing is told to who has stopped listening', () => {
  const page = new Page()
  page.stop()
  page.happens('online')
  page.becomes('ethernet')
  expect(page.told).toEqual([])
})

test.each([
  ['an answer', { type: 'basic', status: 200 }, true],
  ['no more than that something answers', { type: 'opaque', status: 0 }, true],
  ['a gateway that has nobody behind it', { type: 'basic', status: 502 }, false]
])('a server is there or not, by %s', async (_what, response, isThere) => {
  using world = memoryWorld()
  vi.stubGlobal('WebSocket', world.platform.WebSocket)
  const fetch = vi.fn(() => Promise.resolve(response))
  vi.stubGlobal('fetch', fetch)
  const { signal } = new AbortController()
  expect(await platformWith(rtc).reach?.('http://calls.test/healthz', signal)).toBe(isThere)
  expect(fetch).toHaveBeenCalledWith(
    'http://calls.test/healthz',
    expect.objectContaining({ mode: 'no-cors', signal })
  )
})

test('where there is no page there is nothing to tell', () => {
  using world = memoryWorld()
  vi.stubGlobal('navigator', undefined)
  expect(platformWith(rtc, world.platform.WebSocket).watch(() => {})).not.toThrow()
})
