/** Which source it is that `--source` names. */
import type { CallOptions } from '../options.ts'
import { openFile } from './file-source.ts'
import { openPattern } from './pattern-source.ts'
import type { Source } from './source.ts'

const nothing: Source = { tracks: [], start: () => {}, stop: () => {}, close: () => Promise.resolve() }

/** Throws a `MediaError` with a sentence about what cannot be used. */
export const openSource = async (options: CallOptions): Promise<Source> => {
  const { source, size, fps, name } = options
  switch (source) {
    case 'none':
      return nothing
    case 'pattern':
      return openPattern({ ...size, framesPerSecond: fps, name })
    default:
      return openFile(source, { loops: options['at-end'] === 'loop' })
  }
}
