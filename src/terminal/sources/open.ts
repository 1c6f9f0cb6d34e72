/** Which source it is that `--source` names. */
import type { Readable } from 'node:stream'
import type { CallOptions } from '../options.ts'
import { EchoSource } from './echo-source.ts'
import { openCamera, openInput } from './ffmpeg-source.ts'
import { openFile } from './file-source.ts'
import { openPattern } from './pattern-source.ts'
import { openRtp, readRtpInputs } from './rtp-source.ts'
import type { Source } from './source.ts'
import { openStream } from './stream-source.ts'

const nothing: Source = { tracks: [], start: () => {}, stop: () => {}, close: () => Promise.resolve() }

const defaultCamera = '/dev/video0'

/** `scheme:rest`; what has no scheme of ours is a file. */
const split = (source: string): readonly [scheme: string, rest: string] => {
  const at = source.indexOf(':')
  return at < 0 ? [source, ''] : [source.slice(0, at), source.slice(at + 1)]
}

/** Throws a `MediaError` with a sentence about what cannot be used. */
export const openSource = async (options: CallOptions, stdin: Readable): Promise<Source> => {
  const { source, size, fps, name } = options
  const loops = options['at-end'] === 'loop'
  const settings = { ...size, framesPerSecond: fps }
  const [scheme, rest] = split(source)
  switch (scheme) {
    case 'none':
      return nothing
    case 'pattern':
      return openPattern({ ...settings, name })
    case 'echo':
      return new EchoSource()
    case '-':
      return openStream(stdin)
    case 'rtp':
      return openRtp(readRtpInputs(rest))
    case 'camera':
      return openCamera(rest || defaultCamera, settings)
    case 'ffmpeg':
      return openInput(rest, settings, { loops })
    default:
      return openFile(source, { loops })
  }
}
