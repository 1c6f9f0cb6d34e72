import { readFile } from 'node:fs/promises'
import { describe, expect, test, vi } from 'vitest'
import { mediaFolder } from '../../test/support/media-files.ts'
import { vp8Frames } from '../../test/support/media-vectors.ts'
import { ScriptedCall } from '../../test/support/scripted-call.ts'
import { NodeTrack } from '../rtc/media-stream.ts'
import type { News } from './front.ts'
import { readOptions } from './options.ts'
import { Recordings } from './recordings.ts'
import { CountingSink } from './sinks/counting-sink.ts'

const picture = { data: vp8Frames[0] ?? new Uint8Array(), time: 1.234_567_89, isKey: true }
const patience = { timeout: 20_000, interval: 10 }

/** A call that receives pictures. */
const receiving = () => {
  const call = new ScriptedCall('outgoing', 'connected')
  const track = new NodeTrack('video', { format: { codec: 'VP8' } })
  return {
    call,
    track,
    arrive() {
      call.remoteStream.addTrack(track)
      call.emit('remote', { stream: call.remoteStream })
    }
  }
}

const keeping = (...args: readonly string[]) => {
  const news: News[] = []
  const more = new CountingSink()
  const recordings = new Recordings(readOptions(['--headless', ...args], {}), [more], (one) => news.push(one))
  const begin = ({ call, track }: ReturnType<typeof receiving>): void => recordings.begin(call, () => track)
  return { news, more, recordings, begin }
}

describe('what a call receives', () => {
  test('is recorded, and said so when it is over', async () => {
    await using folder = await mediaFolder()
    const { news, recordings, begin } = keeping('--record', folder.at('a.webm'))
    const received = receiving()
    begin(received)
    received.arrive()
    received.track.write(picture)
    expect(await recordings.end()).toBe(true)
    const file = folder.at('a.webm')
    expect(news).toEqual([{ event: 'recorded', file, frames: { audio: 0, video: 1 } }])
    expect(await folder.files()).toEqual(['a.webm'])
  })

  test('is recorded to another file with each call, also when the next begins before the last is written', async () => {
    await using folder = await mediaFolder()
    const { news, recordings, begin } = keeping('--record', folder.at('a.b.webm'))
    const endings: Promise<boolean>[] = []
    for (let call = 0; call < 3; call += 1) {
      const received = receiving()
      begin(received)
      received.arrive()
      received.track.write(picture)
      endings.push(recordings.end())
    }
    await Promise.all(endings)
    const names = ['a.b.webm', 'a.b-2.webm', 'a.b-3.webm']
    expect(news.map((one) => one.event === 'recorded' && one.file)).toEqual(names.map(folder.at))
    expect(await folder.files()).toEqual(names.toSorted())
  })

  test('has a number behind its name where that has no ending', async () => {
    await using folder = await mediaFolder()
    const { recordings, begin } = keeping('--record', folder.at('call'))
    for (let call = 0; call < 2; call += 1) {
      const received = receiving()
      begin(received)
      received.arrive()
      received.track.write(picture)
      await recordings.end()
    }
    expect(await folder.files()).toEqual(['call', 'call-2'])
  })

  test('is begun only once in a call, and each track is taken only once', async () => {
    const { news, more, recordings, begin } = keeping('--frames', '-')
    const received = receiving()
    begin(received)
    begin(received)
    received.arrive()
    received.arrive()
    received.track.write(picture)
    expect(news.length).toBe(1)
    expect(more.frames.video).toBe(1)
    await recordings.end()
    received.track.write(picture)
    expect([news.length, more.frames.video]).toEqual([1, 1])
  })

  test('is told frame by frame', async () => {
    const { news, recordings, begin } = keeping('--frames', '-')
    const received = receiving()
    received.arrive()
    begin(received)
    received.track.write(picture)
    expect(news).toEqual([{ event: 'frame', kind: 'video', time: 1.234568, bytes: 80, key: true }])
    expect(await recordings.end()).toBe(true)
  })

  test('is written frame by frame, all of it before the end', async () => {
    await using folder = await mediaFolder()
    const { news, recordings, begin } = keeping('--frames', folder.at('frames.jsonl'))
    for (let call = 0; call < 2; call += 1) {
      const received = receiving()
      begin(received)
      received.arrive()
      for (let at = 0; at < 500; at += 1) received.track.write(picture)
      expect(await recordings.end()).toBe(true)
    }
    const lines = (await readFile(folder.at('frames.jsonl'), 'utf8')).trimEnd().split('\n')
    expect(lines.length).toBe(1_000)
    expect(lines[0]).toBe('{"event":"frame","kind":"video","time":1.234568,"bytes":80,"key":true}')
    expect(news).toEqual([])
  })
})

describe('what cannot be written is a problem, told once, and counts in the end:', () => {
  test('a recording', async () => {
    await using folder = await mediaFolder()
    const { news, recordings, begin } = keeping('--record', folder.at('none/a.webm'))
    for (let call = 0; call < 2; call += 1) {
      const received = receiving()
      begin(received)
      received.arrive()
      received.track.write(picture)
      expect(await recordings.end()).toBe(false)
    }
    expect(news).toMatchObject([{ event: 'problem', code: 'media-failed' }])
  })

  test('the frames', async () => {
    await using folder = await mediaFolder()
    const { news, recordings, begin } = keeping('--frames', folder.at('none/frames.jsonl'))
    const received = receiving()
    begin(received)
    received.arrive()
    received.track.write(picture)
    await vi.waitFor(() => expect(news.length).toBe(1), patience)
    received.track.write(picture)
    expect(await recordings.end()).toBe(false)
    expect(news).toMatchObject([
      {
        event: 'problem',
        message: expect.stringMatching(/frames\.jsonl cannot be written: there is no folder \S+none\.$/)
      }
    ])
  })
})

test('how it goes is read as often as it should be, with what has come so far', async () => {
  const { news, recordings, begin } = keeping('--stats', '3')
  const received = receiving()
  const flow = { bitsPerSecond: 0, loss: 0, framesPerSecond: 0 }
  const both = { audio: flow, video: flow }
  const quality = { sent: both, received: both, roundTripMs: null, path: null, rating: 'good' } as const
  const asked: unknown[] = []
  received.call.quality = async function* (options?: { readonly everyMs?: number }) {
    asked.push(options)
    received.track.write(picture)
    yield quality
  }
  received.arrive()
  begin(received)
  await vi.waitFor(() => expect(news.length).toBe(1), patience)
  expect(asked).toEqual([{ everyMs: 3_000 }])
  expect(news).toEqual([{ event: 'stats', call: 'call', quality, frames: { audio: 0, video: 1 } }])
  await recordings.end()
})
