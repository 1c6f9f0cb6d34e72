import { describe, expect, test, vi } from 'vitest'
import { FakeStream } from '../../test/support/fake-media.ts'
import { FakePeerConnection } from '../../test/support/fake-peer-connection.ts'
import { memoryWorld } from '../../test/support/memory-world.ts'
import { connect, connectOn } from './connect.ts'
import { CallError } from './errors.ts'
import { platformWith } from './platform.ts'
import { socketUrl } from './socket.ts'

describe('connecting', () => {
  test('speaks to the server’s WebSocket and signs in to a lobby', async () => {
    using world = memoryWorld()
    const line = await world.join('ada', { lobby: 'office' })
    expect(line).toMatchObject({ lobby: 'office', self: { name: 'ada' }, roster: [], currentCall: null })
    expect(world.sockets[0]).toMatchObject({ url: 'ws://calls.test/ws', protocol: 'patchcord.1' })
  })

  test('fails when there is no server', async () => {
    using world = memoryWorld()
    world.network.up = false
    await expect(world.join('ada')).rejects.toMatchObject({ name: 'CallError', code: 'unreachable' })
    expect(world.clock.pending).toBe(0)
  })

  test('fails when the server does not answer', async () => {
    using world = memoryWorld()
    vi.spyOn(world.platform.WebSocket.prototype, 'send').mockImplementation(() => {})
    const joining = world.join('ada')
    const failing = expect(joining).rejects.toMatchObject({
      code: 'unreachable',
      cause: new Error('no answer')
    })
    world.clock.advance(10_000)
    await failing
  })

  test('fails with the server’s reason when it refuses', async () => {
    using world = memoryWorld()
    await expect(world.join('ada', { lobby: 'no such\nlobby' })).rejects.toMatchObject({ code: 'bad-name' })
    world.clock.advance(60_000)
    expect(world.sockets).toHaveLength(1)
  })

  test('goes on when the connection is lost before the welcome, and leaves nobody behind', async () => {
    using world = memoryWorld()
    const joining = world.join('ada')
    await vi.waitFor(() => expect(world.sockets[0]?.sent).toHaveLength(1))
    world.sockets[0]?.cut()
    world.clock.advance(100)
    const line = await joining
    expect(line.self.name).toBe('ada')
    expect((await world.join('bob')).roster.map(({ name }) => name)).toEqual(['ada'])
  })

  test('keeps a lobby as small as it is asked to', async () => {
    using world = memoryWorld()
    await world.join('ada', { lobby: 'ours', size: 2 })
    await world.join('bob', { lobby: 'ours' })
    await expect(world.join('cyd', { lobby: 'ours' })).rejects.toMatchObject({ code: 'lobby-full' })
  })

  test('gives the same id to whoever has the same secret', async () => {
    using world = memoryWorld()
    const secret = 'a-secret-of-more-than-22-signs'
    const line = await world.join('ada', { secret })
    const { id } = line.self
    line.close()
    await vi.waitFor(() => expect(world.sockets[0]?.closed).toBe(true))
    expect((await world.join('ada', { secret })).self.id).toBe(id)
  })

  test('can be aborted, before and during', async () => {
    using world = memoryWorld()
    const reason = new Error('enough')
    await expect(world.join('ada', { signal: AbortSignal.abort(reason) })).rejects.toMatchObject({
      code: 'aborted',
      cause: reason
    })
    const control = new AbortController()
    const joining = world.join('ada', { signal: control.signal })
    control.abort(reason)
    await expect(joining).rejects.toMatchObject({ code: 'aborted', cause: reason })
    expect(world.clock.pending).toBe(0)
  })

  test('takes nothing for a line before the welcome', async () => {
    using world = memoryWorld()
    const joining = world.join('ada')
    world.sockets[0]?.receive(JSON.stringify({ type: 'roster', joined: [], left: ['x'], changed: [] }))
    expect((await joining).roster).toEqual([])
  })

  test('needs the address of a server', async () => {
    using world = memoryWorld()
    await expect(connectOn(world.platform, 'calls.test', { name: 'ada' })).rejects.toBeInstanceOf(CallError)
    await expect(connectOn(world.platform, 'ftp://calls.test', { name: 'ada' })).rejects.toThrow('https://')
  })
})

test.each([
  ['http://calls.test', 'ws://calls.test/ws'],
  ['https://calls.test/ws', 'wss://calls.test/ws'],
  ['https://calls.test/at/home/?x#y', 'wss://calls.test/at/home/ws'],
  ['wss://calls.test:8443', 'wss://calls.test:8443/ws']
])('the WebSocket of %s is at %s', (url, expected) => {
  expect(socketUrl(url)).toBe(expected)
  expect(socketUrl(new URL(url))).toBe(expected)
})

describe('the platform', () => {
  const rtc = { RTCPeerConnection: FakePeerConnection, MediaStream: FakeStream }

  const here = () => {
    using world = memoryWorld()
    vi.stubGlobal('WebSocket', world.platform.WebSocket)
    const platform = platformWith(rtc)
    vi.unstubAllGlobals()
    return platform
  }

  test('is the classes that are given, and the runtime’s own', () => {
    const platform = here()
    expect(platform).toMatchObject(rtc)
    expect(platform.newCallId()).toMatch(/^[\da-f]{32}$/)
    expect(platform.newCallId()).not.toBe(platform.newCallId())
    expect(Math.abs(platform.now() - Date.now())).toBeLessThan(1_000)
    expect(platform.random()).toBeLessThan(1)
  })

  test('runs things later, unless called off', async () => {
    const platform = here()
    const ran: string[] = []
    platform.after(1, () => ran.push('called off'))()
    await new Promise<void>((resolve) => {
      platform.after(1, resolve)
    })
    expect(ran).toEqual([])
  })

  test('without WebRTC, or without WebSockets, is none', async () => {
    await expect(connect('http://calls.test', { name: 'ada' })).rejects.toMatchObject({ code: 'unsupported' })
    vi.stubGlobal('WebSocket', undefined)
    await expect(connect('http://calls.test', { name: 'ada', rtc })).rejects.toThrow('WebSocket')
    vi.unstubAllGlobals()
  })
})
