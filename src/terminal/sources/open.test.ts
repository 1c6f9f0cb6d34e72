import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { onlyCommands } from '../../../test/support/fake-command.ts'
import { mediaFolder } from '../../../test/support/media-files.ts'
import { vp8Ivf } from '../../../test/support/media-vectors.ts'
import { readOptions } from '../options.ts'
import { openSource } from './open.ts'
import { MediaError } from './source.ts'

const opened = (source: string, stdin = new PassThrough()) =>
  openSource(readOptions([`--source=${source}`, '--size', '64x48'], {}), stdin)

const labelsOf = async (source: string, stdin?: PassThrough): Promise<readonly string[]> => {
  const { tracks, close } = await opened(source, stdin).then((one) => ({
    tracks: one.tracks,
    close: () => one.close()
  }))
  await close()
  return tracks.map(({ kind, label }) => `${kind}: ${label}`)
}

describe('--source', () => {
  test('none has nothing to send, and never ends', async () => {
    const source = await opened('none')
    expect(source.tracks).toEqual([])
    source.start(() => {
      throw new Error('ended')
    })
    source.stop()
    await source.close()
  })

  test.each<[string, readonly string[]]>([
    ['pattern', ['audio: tone', 'video: test pattern']],
    ['echo', ['audio: echo', 'video: echo']],
    ['rtp:45004', ['video: RTP']],
    ['rtp:45004,45006', ['video: RTP', 'audio: RTP']]
  ])('%s', async (source, labels) => {
    expect(await labelsOf(source)).toEqual(labels)
  })

  test('- is what comes in', async () => {
    const stdin = new PassThrough()
    stdin.end(vp8Ivf)
    expect(await labelsOf('-', stdin)).toEqual(['video: pipe'])
  })

  test('FILE is a file, also one with a colon in its name', async () => {
    await using folder = await mediaFolder()
    const path = await folder.write('a:b.ivf', vp8Ivf)
    expect(await labelsOf(path)).toEqual([`video: ${path}`])
  })

  test('FILE that is not there is turned down with a sentence', async () => {
    await expect(opened('nowhere.webm')).rejects.toThrow(
      new MediaError('nowhere.webm cannot be read: there is no such file.')
    )
  })

  test.each<[string, string]>([
    ['ffmpeg:http://a/b', 'ffmpeg:http://a/b cannot be used: ffmpeg is not installed.'],
    ['camera', 'camera:/dev/video0 cannot be used: ffmpeg is not installed.'],
    ['camera:/dev/video7', 'camera:/dev/video7 cannot be used: ffmpeg is not installed.'],
    ['rtp:', 'rtp: names no ports: rtp:5004, rtp:5004,5006 or rtp:5004/H264,5006/opus is due.']
  ])('%s goes to whoever is in charge of it', async (source, sentence) => {
    await using _commands = await onlyCommands({})
    await expect(opened(source)).rejects.toThrow(new MediaError(sentence))
  })
})
