import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { onlyCommands } from '../../../test/support/fake-command.ts'
import { bytesOf, framesOn, trackOf } from '../../../test/support/media-files.ts'
import { cameraJobs, openCamera, openInput } from './ffmpeg-source.ts'
import { MediaError, type Source } from './source.ts'

const settings = { width: 320, height: 240, framesPerSecond: 10 }
const patience = { timeout: 30_000, interval: 20 }

const probe = (...kinds: readonly string[]): string => `console.log(${JSON.stringify(kinds.join('\n'))})`

/** Sends a packet of sound to each of its outputs, again and again until it is ended or has done it often enough. */
const sender = (times: number): string => `
require('fs').writeFileSync(require('path').join(__dirname, 'args.json'), JSON.stringify(process.argv.slice(2)))
const ports = process.argv.flatMap((arg) => arg.match(/rtp:\\/\\/127\\.0\\.0\\.1:(\\d+)/)?.[1] ?? [])
const socket = require('dgram').createSocket('udp4')
let at = 0
const timer = setInterval(() => {
  if (at === ${times}) return clearInterval(timer), socket.close()
  const packet = Buffer.from([0x80, 97, 0, at, 0, 0, at * 4, 0, 0, 0, 0, 7, 0xfc, at])
  for (const port of ports) socket.send(packet, port, '127.0.0.1')
  at += 1
}, 5)`

const complaintOf = async (opening: Promise<Source>): Promise<string> => {
  const error: unknown = await opening.catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(MediaError)
  return error instanceof Error ? error.message : ''
}

const played = (source: Source): Promise<MediaError | null> =>
  new Promise((resolve) => {
    source.start(resolve)
  })

describe('what ffmpeg reads', () => {
  test('is sent until it is over', async () => {
    await using _commands = await onlyCommands({ ffprobe: probe('audio'), ffmpeg: sender(5) })
    const source = await openInput('a.mkv', settings)
    expect(source.tracks.map(({ format }) => format)).toEqual([{ codec: 'opus' }])
    const sound = framesOn(source.tracks[0])
    expect(await played(source)).toBeNull()
    await vi.waitFor(() => expect(sound.length).toBe(5), patience)
    expect(bytesOf(sound)[1]).toEqual(Uint8Array.of(0xfc, 1))
    await source.close()
  })

  test('has the kinds that ffprobe tells of, the picture in the size and the pace that is wanted', async () => {
    await using commands = await onlyCommands({ ffprobe: probe('audio', 'video', 'data'), ffmpeg: sender(1) })
    const source = await openInput('with spaces.mkv', settings)
    expect(source.tracks.map(({ kind }) => kind)).toEqual(['video', 'audio'])
    expect(await played(source)).toBeNull()
    const args: readonly string[] = JSON.parse(await readFile(join(commands.folder, 'args.json'), 'utf8'))
    expect(args[args.indexOf('-i') + 1]).toBe('with spaces.mkv')
    expect(args).toContain('-re')
    expect(args.find((arg) => arg.startsWith('scale='))).toMatch(/^scale=320:240:/)
    expect(args[args.indexOf('-r') + 1]).toBe('10')
    expect(args.filter((arg) => arg.startsWith('rtp://127.0.0.1:'))).toHaveLength(2)
    await source.close()
  })

  test('is silent once the call is over, and its end is nothing to tell then', async () => {
    await using _commands = await onlyCommands({ ffprobe: probe('audio'), ffmpeg: sender(1_000_000) })
    const source = await openInput('a.mkv', settings)
    const sound = framesOn(trackOf(source.tracks, 'audio'))
    const ended = vi.fn<() => void>()
    source.start(ended)
    await vi.waitFor(() => expect(sound.length).toBeGreaterThan(2), patience)
    source.stop()
    const { length } = sound
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(sound.length).toBe(length)
    // The next call has it from its beginning.
    source.start(ended)
    await vi.waitFor(() => expect(sound.length).toBeGreaterThan(length), patience)
    await source.close()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(ended).not.toHaveBeenCalled()
  })

  test('says what ffmpeg says when it fails in the middle', async () => {
    const ffmpeg = `console.error('a warning'); console.error('The disk has gone.'); process.exitCode = 1`
    await using _commands = await onlyCommands({ ffprobe: probe('video'), ffmpeg })
    const source = await openInput('a.mkv', settings)
    expect(await played(source)).toEqual(new MediaError('ffmpeg:a.mkv cannot be used: The disk has gone.'))
    await source.close()
  })
})

describe('one sentence says why ffmpeg is of no use:', () => {
  test('it is not installed', async () => {
    await using _commands = await onlyCommands({})
    expect(await complaintOf(openInput('a.mkv', settings))).toBe(
      'ffmpeg:a.mkv cannot be used: ffmpeg is not installed.'
    )
    expect(await complaintOf(openCamera('/dev/video0', settings))).toBe(
      'camera:/dev/video0 cannot be used: ffmpeg is not installed.'
    )
  })

  test('it cannot read that', async () => {
    const ffprobe = `console.error('a.mkv: No such file or directory'); process.exitCode = 1`
    await using _commands = await onlyCommands({ ffprobe })
    expect(await complaintOf(openInput('a.mkv', settings))).toBe(
      'ffmpeg:a.mkv cannot be used: a.mkv: No such file or directory.'
    )
  })

  test('it says nothing at all', async () => {
    await using _commands = await onlyCommands({ ffprobe: 'process.exitCode = 3' })
    expect(await complaintOf(openInput('a.mkv', settings))).toBe(
      'ffmpeg:a.mkv cannot be used: ffprobe has ended with 3.'
    )
  })

  test('there is nothing in it to send', async () => {
    await using _commands = await onlyCommands({ ffprobe: probe('subtitle') })
    expect(await complaintOf(openInput('a.srt', settings))).toBe(
      'ffmpeg:a.srt holds neither picture nor sound.'
    )
  })
})

const failing = (input: string): string =>
  `if (process.argv.includes('-version')) process.exit(0)
if (process.argv.includes('${input}')) { console.error('There is no ${input} here'); process.exit(1) }
${sender(1_000_000)}`

/** What is told of a camera, or a microphone, that cannot be read. */
const tryWithout = async (input: string): Promise<MediaError | null | undefined> => {
  await using _commands = await onlyCommands({ ffmpeg: failing(input) })
  const source = await openCamera('/dev/video0', settings)
  const ended = vi.fn<(error: MediaError | null) => void>()
  source.start(ended)
  const other = framesOn(trackOf(source.tracks, input === 'alsa' ? 'video' : 'audio'))
  const isDone = (): boolean => ended.mock.calls.length > 0 || (input === 'alsa' && other.length > 0)
  await new Promise((resolve) => setTimeout(resolve, 300))
  if (input === 'v4l2') await vi.waitFor(() => expect(isDone()).toBe(true), patience)
  await source.close()
  return ended.mock.calls[0]?.[0]
}

describe('a camera', () => {
  test('is asked for the size and the pace that are wanted', () => {
    const [camera, microphone] = cameraJobs('/dev/video2', settings)
    expect(camera?.input.join(' ')).toBe('-f v4l2 -framerate 10 -video_size 320x240 -i /dev/video2')
    expect(microphone).toMatchObject({ kinds: ['audio'], isNeeded: false })
  })

  test('is of use without a microphone, but not the reverse', async () => {
    expect(await tryWithout('v4l2')).toEqual(
      new MediaError('camera:/dev/video0 cannot be used: There is no v4l2 here.')
    )
    expect(await tryWithout('alsa')).toBeUndefined()
  })
})
