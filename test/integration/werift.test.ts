/** Calls without a browser, between two of the SDK in Node over werift; and werift's known faults, each met. */
import dgram from 'node:dgram'
import dns from 'node:dns'
import { networkInterfaces } from 'node:os'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { WeriftConnection } from '../../src/rtc/werift/connection.ts'
import { NodeTrack } from '../../src/rtc/media-stream.ts'
import { type RunningServer, serve } from '../../src/server/serve.ts'
import { eventually } from '../support/eventually.ts'
import { FakeTrack } from '../support/fake-media.ts'
import { NodePeer, keyFrame, talkInNode } from '../support/node-peer.ts'

let server: RunningServer

beforeEach(async () => {
  server = await serve({ port: 0, host: '127.0.0.1', logLevel: 'silent' })
})

afterEach(() => server.close())

const join = (name: string, options: Partial<Parameters<typeof NodePeer.join>[1]> = {}) =>
  NodePeer.join(server.url, { name, ...options })

const grows = async (read: () => number): Promise<void> => {
  const before = read()
  await eventually(() => read() > before + 3).toBe(true)
}

const flows = async ({ heard }: Awaited<ReturnType<typeof talkInNode>>): Promise<void> => {
  await Promise.all(
    [heard.ada, heard.bob].flatMap((counted) => [grows(() => counted.audio), grows(() => counted.video)])
  )
}

/** As one describes itself that has started ICE over seven times. */
const aged = ({ localDescription: described }: WeriftConnection) => {
  if (!described) throw new Error('not described')
  const { type, sdp } = described
  const older = sdp.replaceAll('generation 0', 'generation 7')
  expect(older).not.toBe(sdp)
  return { type, sdp: older }
}

const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'UDPWrap').length

describe('two of them', () => {
  test('see and hear each other over the direct path, and hear of the end', async () => {
    await using ada = await join('ada')
    await using bob = await join('bob')
    const talk = await talkInNode(ada, bob)
    await flows(talk)
    expect(talk.heard.ada.lastVideo?.data).toEqual(keyFrame(0).data)
    // A call begins over the relay, and what a busy machine loses at the beginning makes it worse for a while.
    for await (const { rating, path } of talk.adasCall.quality({ everyMs: 300 }))
      if (path === 'direct' && rating === 'good') break
    talk.bobsCall.hangUp()
    await eventually(() => talk.adasCall.endReason).toBe('hung-up')
    await eventually(() => talk.bobsCall.endReason).toBe('hung-up')
  })

  test.each(['udp', 'tcp'])('see and hear each other through the relay alone, over %s', async (transport) => {
    const iceTransportPolicy = 'relay'
    await using ada = await join('ada', { iceTransportPolicy })
    await using bob = await join('bob', { iceTransportPolicy })
    if (transport === 'tcp')
      vi.spyOn(dgram, 'createSocket').mockImplementation(() => {
        throw new Error('no UDP')
      })
    const talk = await talkInNode(ada, bob)
    await flows(talk)
    const { value } = await talk.adasCall.quality({ everyMs: 300 })[Symbol.asyncIterator]().next()
    expect(value).toMatchObject({ path: 'relayed' })
    vi.restoreAllMocks()
  })

  test('are told who is muted, and nothing of it is sent meanwhile', async () => {
    await using ada = await join('ada')
    await using bob = await join('bob')
    const talk = await talkInNode(ada, bob)
    await flows(talk)
    talk.adasCall.mute('video')
    await eventually(() => talk.bobsCall.remoteMuted.video).toBe(true)
    await new Promise((resolve) => setTimeout(resolve, 200))
    const before = talk.heard.bob.video
    await grows(() => talk.heard.bob.audio)
    expect(talk.heard.bob.video).toBe(before)
    talk.adasCall.unmute('video')
    await grows(() => talk.heard.bob.video)
  })
})

describe('werift', () => {
  test('asks no STUN server that nobody has named, and does not wait for one', async () => {
    const lookups = vi.spyOn(dns, 'lookup')
    const promised = vi.spyOn(dns.promises, 'lookup')
    const connection = new WeriftConnection({ iceServers: [] })
    connection.addTransceiver('audio', { direction: 'sendrecv' })
    const before = performance.now()
    await connection.setLocalDescription()
    expect(performance.now() - before).toBeLessThan(2_000)
    const asked = [...lookups.mock.calls, ...promised.mock.calls].map(([host]) => host)
    expect(asked.filter((host) => !['0.0.0.0', '::'].includes(host))).toEqual([])
    expect(connection.localDescription?.sdp).toContain(' typ host')
    connection.close()
    vi.restoreAllMocks()
  })

  test('offers one number for one extension, whatever the medium, and codecs by their registered names', async () => {
    const connection = new WeriftConnection()
    connection.addTransceiver('audio', {})
    connection.addTransceiver('video', {})
    await connection.setLocalDescription()
    const { sdp = '' } = connection.localDescription ?? {}
    connection.close()
    const numbers = [...sdp.matchAll(/a=extmap:(\d+) (\S+)/g)].map(([, number, uri]) => `${number} ${uri}`)
    const uris = new Set(numbers.map((entry) => entry.split(' ')[1]))
    expect(numbers.length).toBeGreaterThan(uris.size)
    expect(new Set(numbers).size).toBe(uris.size)
    const names = [...sdp.matchAll(/a=rtpmap:\d+ (\S+?)\//g)].map(([, name]) => name)
    expect(names).toEqual(['opus', 'VP8', 'H264'])
  })

  test('finds its way to one who has started ICE over more often, as who took offers back has', async () => {
    const [offering, answering] = [new WeriftConnection(), new WeriftConnection()]
    offering.addTransceiver('audio', {})
    await offering.setLocalDescription()
    await answering.setRemoteDescription(aged(offering))
    await answering.setLocalDescription()
    await offering.setRemoteDescription(aged(answering))
    await eventually(() => [offering.connectionState, answering.connectionState]).toEqual([
      'connected',
      'connected'
    ])
    for (const connection of [offering, answering]) connection.close()
  })

  test('leaves no socket open after a call', async () => {
    const before = sockets()
    for (let calls = 0; calls < 3; calls += 1) {
      await using ada = await join('ada')
      await using bob = await join('bob')
      const { adasCall, bobsCall } = await talkInNode(ada, bob)
      adasCall.hangUp()
      await eventually(() => bobsCall.phase).toBe('ended')
    }
    await eventually(() => sockets() <= before).toBe(true)
  })

  test('starts ICE over when the partner does, also after a section was inactive', async () => {
    await using ada = await join('ada')
    await using bob = await join('bob')
    const talk = await talkInNode(ada, bob)
    await flows(talk)
    const [adas, bobs] = [ada.connections[0], bob.connections[0]]
    const picture = adas?.getTransceivers().find(({ receiver }) => receiver.track.kind === 'video')
    if (!adas || !bobs || !picture) throw new Error('no picture')
    picture.direction = 'inactive'
    await eventually(() => picture.currentDirection).toBe('inactive')
    await eventually(() => bobs.signalingState).toBe('stable')
    const ufrag = () => /ice-ufrag:.*/.exec(bobs.localDescription?.sdp ?? '')?.[0]
    const before = ufrag()
    adas.restartIce()
    await eventually(() => ufrag() === before).toBe(false)
    await grows(() => talk.heard.ada.audio)
    await grows(() => talk.heard.bob.audio)
  })

  test('holds no more relays than it uses, however often ICE starts over', async () => {
    await using ada = await join('ada')
    await using bob = await join('bob')
    const talk = await talkInNode(ada, bob)
    await flows(talk)
    const before = sockets()
    for (let restarts = 0; restarts < 6; restarts += 1) {
      const described = ada.connections[0]?.localDescription
      ada.connections[0]?.restartIce()
      await eventually(() => ada.connections[0]?.localDescription === described).toBe(false)
      await eventually(() => ada.connections[0]?.signalingState).toBe('stable')
      await flows(talk)
    }
    // After a quarter of a minute in which the former may still be needed. Each side may hold one in reserve, which takes
    // a socket there and one at the relay.
    await expect.poll(() => sockets() <= before + 4, { timeout: 40_000, interval: 100 }).toBe(true)
  })

  test('lets a relay go whose server has gone, and does not call after it', async () => {
    await using ada = await join('ada', { tcpAlone: true })
    await using bob = await join('bob', { tcpAlone: true })
    const talk = await talkInNode(ada, bob)
    await flows(talk)
    const unhandled: unknown[] = []
    const note = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    await server.close()
    await eventually(() => [ada.line.state, bob.line.state]).not.toContain('open')
    // Over the direct path.
    await flows(talk)
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })

  test.each([
    // A close_notify, in the clear: DTLS 1.2, epoch 0.
    ['believes no alert', Buffer.from('15fefd000000000000000900020100', 'hex')],
    [
      'goes through no header of 262,140 bytes',
      Buffer.concat([Buffer.from('906000010000000000000001bedeffff', 'hex'), Buffer.alloc(40)])
    ]
  ])('%s that anybody could have sent', async (_what, datagram) => {
    await using ada = await join('ada')
    await using bob = await join('bob')
    const talk = await talkInNode(ada, bob)
    await flows(talk)
    const stats = await talk.adasCall.getStats()
    const ports: number[] = []
    stats.forEach((entry: { type: string; port?: number; address?: string; candidateType?: string }) => {
      if (entry.type === 'local-candidate' && entry.candidateType === 'host') ports.push(entry.port ?? 0)
    })
    expect(ports.length).toBeGreaterThan(0)
    const forger = dgram.createSocket('udp4')
    const hosts = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .flatMap(({ family, address }) => (family === 'IPv4' ? [address] : []))
    for (const port of ports) for (const host of hosts) forger.send(datagram, port, host, () => {})
    await new Promise((resolve) => setTimeout(resolve, 500))
    forger.close()
    await flows(talk)
    const said: string[] = []
    talk.adasCall.addEventListener('message', ({ detail }) => said.push(detail.text))
    talk.bobsCall.sendMessage('still here')
    await eventually(() => said).toEqual(['still here'])
    expect(talk.adasCall.interrupted).toBe(false)
  })

  // A process that was itself kept from looking begins to wait anew, but not three times in a row.
  test('notices within seconds that the other side is gone without a word', { retry: 2 }, async () => {
    await using ada = await join('ada')
    await using bob = await join('bob')
    const talk = await talkInNode(ada, bob)
    await flows(talk)
    const connection = bob.connections[0]
    if (connection === undefined) throw new Error('no connection')
    connection.close()
    const before = performance.now()
    await expect.poll(() => talk.adasCall.interrupted, { timeout: 20_000 }).toBe(true)
    expect(performance.now() - before).toBeLessThan(8_000)
  })
})

describe('a track', () => {
  test('that has ended may be sent, as W3C has it, and sends nothing', async () => {
    const connection = new WeriftConnection()
    const track = new NodeTrack('audio')
    track.stop()
    const { sender } = connection.addTransceiver(track, { direction: 'sendrecv' })
    expect(sender.track).toBe(track)
    await sender.replaceTrack(null)
    await sender.replaceTrack(track)
    expect(sender.track).toBe(track)
    connection.close()
  })

  test('of another stack is refused at once', async () => {
    const connection = new WeriftConnection()
    const foreign = new FakeTrack('audio')
    const { sender } = connection.addTransceiver('audio', { direction: 'sendrecv' })
    await expect(sender.replaceTrack(foreign)).rejects.toThrow('Only tracks of this package')
    expect(() => connection.addTrack(foreign)).toThrow(TypeError)
    connection.close()
  })
})
