/** What the SDK needs of a WebRTC stack for Node, promised by each, whatever the other side has. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type RunningServer, serve } from '../../src/server/serve.ts'
import { eventually } from '../support/eventually.ts'
import { type Seen, type StackName, StackPeer, talk } from '../support/stack-peer.ts'

let server: RunningServer

beforeEach(async () => {
  server = await serve({ port: 0, host: '127.0.0.1', logLevel: 'silent' })
})

afterEach(() => server.close())

const grows = async (read: () => number): Promise<void> => {
  const before = read()
  await eventually(() => read() > before + 3).toBe(true)
}

/** New pictures and new sound, both ways. */
const flows = async (...seen: readonly Seen[]): Promise<void> => {
  await Promise.all(seen.flatMap((one) => [grows(() => one.stamp?.frame ?? 0), grows(() => one.packets)]))
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** The sound goes on, and the picture does not, once what was under way has arrived. */
const picturesStop = (seen: Seen): Promise<void> =>
  vi.waitFor(
    async () => {
      const before = seen.stamp?.frame
      await pause(500)
      await grows(() => seen.packets)
      expect(seen.stamp?.frame).toBe(before)
    },
    { timeout: 20_000, interval: 10 }
  )

const pairs: readonly (readonly [StackName, StackName])[] = [
  ['werift', 'werift'],
  ['wrtc', 'wrtc'],
  ['werift', 'wrtc'],
  ['wrtc', 'werift']
]

describe.each(pairs)('%s calls %s', (caller, callee) => {
  const meet = async (options: { readonly iceTransportPolicy?: RTCIceTransportPolicy } = {}) => {
    const [ada, bob] = await Promise.all([
      StackPeer.join(server.url, { name: 'ada', stack: caller, ...options }),
      StackPeer.join(server.url, { name: 'bob', stack: callee, ...options })
    ])
    const leave = async () => {
      await Promise.all([ada, bob].map((peer) => peer[Symbol.asyncDispose]()))
    }
    try {
      return { ada, bob, ...(await talk(ada, bob)), [Symbol.asyncDispose]: leave }
    } catch (error) {
      await leave()
      throw error
    }
  }

  test('they see the pattern and hear the tone of each other, and hear of the end', async () => {
    await using meeting = await meet()
    const { adasCall, bobsCall, seen } = meeting
    await flows(seen.ada, seen.bob)
    await eventually(() => [seen.ada.loudness > 0.02, seen.bob.loudness > 0.02]).toEqual([true, true])
    // A call begins over the relay, and what a busy machine loses at the beginning makes it worse for a while.
    for await (const { rating, path, received } of adasCall.quality({ everyMs: 500 }))
      if (path === 'direct' && rating === 'good' && received.video.bitsPerSecond > 1_000) break
    bobsCall.hangUp()
    await eventually(() => adasCall.endReason).toBe('hung-up')
    await eventually(() => bobsCall.endReason).toBe('hung-up')
  })

  test('through the relay alone they do so, too', async () => {
    await using meeting = await meet({ iceTransportPolicy: 'relay' })
    const { adasCall, seen } = meeting
    await flows(seen.ada, seen.bob)
    const { value } = await adasCall.quality({ everyMs: 300 })[Symbol.asyncIterator]().next()
    expect(value).toMatchObject({ path: 'relayed' })
  })

  // Megabytes from one stack to the other take seconds, and where pictures are made and read beside them, many seconds.
  test('they compare the same four signs, write, and hand over a file', { timeout: 240_000 }, async () => {
    await using meeting = await meet()
    const { adasCall, bobsCall } = meeting
    await eventually(() => [adasCall.verification.state, bobsCall.verification.state]).toEqual([
      'ready',
      'ready'
    ])
    expect(adasCall.verification).toEqual(bobsCall.verification)
    const said: string[] = []
    bobsCall.addEventListener('message', ({ detail }) => said.push(detail.text))
    adasCall.sendMessage('hello')
    await eventually(() => said).toEqual(['hello'])
    for (const [from, to] of [
      [adasCall, bobsCall],
      [bobsCall, adasCall]
    ] as const) {
      // More than is under way at a time.
      const bytes = new Uint8Array(3_000_000).map((_byte, at) => at * 7)
      const received = new Promise<Blob>((resolve, reject) => {
        to.addEventListener('file', ({ detail }) => void detail.file.accept().then(resolve, reject))
      })
      await from.sendFile(new Blob([bytes]))
      expect(Buffer.from(await (await received).arrayBuffer()).equals(bytes)).toBe(true)
    }
  })

  test('they are told who is muted, and see nothing of it meanwhile', async () => {
    await using meeting = await meet()
    const { adasCall, bobsCall, seen } = meeting
    await flows(seen.ada, seen.bob)
    adasCall.mute('video')
    await eventually(() => bobsCall.remoteMuted.video).toBe(true)
    await picturesStop(seen.bob)
    adasCall.unmute('video')
    await flows(seen.bob)
  })

  test('they start ICE over, from either side, and go on', async () => {
    await using meeting = await meet()
    const { ada, bob, adasCall, bobsCall, seen } = meeting
    await flows(seen.ada, seen.bob)
    for (const { connections } of [ada, bob]) {
      const before = connections[0]?.currentLocalDescription?.sdp
      connections[0]?.restartIce()
      await eventually(() => connections[0]?.currentLocalDescription?.sdp === before).toBe(false)
      await pause(500)
      await flows(seen.ada, seen.bob)
    }
    expect([adasCall.phase, bobsCall.phase]).toEqual(['connected', 'connected'])
  })

  test('both may ask for changes at once', async () => {
    await using meeting = await meet()
    const { ada, bob, adasCall, bobsCall, seen } = meeting
    await flows(seen.ada, seen.bob)
    const credentials = () =>
      [ada, bob].map(
        ({ connections }) => /ice-ufrag:.*/.exec(connections[0]?.localDescription?.sdp ?? '')?.[0]
      )
    // Offers cross, and paths are looked for that are wanted no more, at every point of it.
    for (const gapMs of [0, 15, 30, 45, 60]) {
      const before = credentials()
      ada.connections[0]?.restartIce()
      if (gapMs > 0) await pause(gapMs)
      bob.connections[0]?.restartIce()
      await eventually(() => credentials().every((own, at) => own !== before[at])).toBe(true)
      await pause(1_000)
      await flows(seen.ada, seen.bob)
    }
    expect([adasCall.phase, bobsCall.phase]).toEqual(['connected', 'connected'])
    const states = () => [ada, bob].map(({ connections }) => connections[0]?.signalingState)
    await eventually(states).toEqual(['stable', 'stable'])
  })

  test('at the end of a call, what was received is over', async () => {
    await using meeting = await meet()
    const { ada, bob, adasCall, bobsCall, seen } = meeting
    await flows(seen.ada, seen.bob)
    const received = [ada, bob].flatMap(({ call, stack }) =>
      call.remoteStream.getTracks().map((track) => stack.received(track))
    )
    const ended: string[] = []
    for (const track of received) track.addEventListener('ended', () => ended.push(track.kind))
    adasCall.hangUp()
    await eventually(() => bobsCall.endReason).toBe('hung-up')
    await eventually(() => ended.toSorted()).toEqual(['audio', 'audio', 'video', 'video'])
    expect(received.map(({ readyState }) => readyState)).toEqual(['ended', 'ended', 'ended', 'ended'])
  })

  test('a track that is disabled sends nothing, and begins anew', async () => {
    await using meeting = await meet()
    const { ada, seen } = meeting
    await flows(seen.bob)
    const picture = ada.source.tracks.find(({ kind }) => kind === 'video')
    if (picture === undefined) throw new Error('no picture')
    picture.enabled = false
    await picturesStop(seen.bob)
    picture.enabled = true
    await flows(seen.bob)
  })

  test('whoever asks for a whole picture gets one', async () => {
    await using meeting = await meet()
    const { bob, bobsCall, seen } = meeting
    await flows(seen.bob)
    await pause(1_000)
    const before = seen.bob.keyFrames
    const [track] = bobsCall.remoteStream.getVideoTracks()
    if (track === undefined) throw new Error('no picture')
    bob.stack.received(track).requestKeyFrame()
    await eventually(() => seen.bob.keyFrames).toBeGreaterThan(before)
  })

  // A process that was itself kept from looking begins to wait anew, but not three times in a row.
  test('who is gone without a word is missed within seconds', { retry: 2 }, async () => {
    await using meeting = await meet()
    const { bob, adasCall, seen } = meeting
    await flows(seen.ada)
    // Where the other side has just been asked for something, the call may be over at once.
    const missed = new Promise((resolve) => {
      for (const type of ['interrupted', 'ended'] as const) adasCall.addEventListener(type, resolve)
    })
    const before = performance.now()
    bob.connections[0]?.close()
    await missed
    expect(performance.now() - before).toBeLessThan(8_000)
  })
})
