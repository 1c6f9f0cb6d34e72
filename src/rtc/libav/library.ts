/** libav in WebAssembly, loaded once and only when something has to be encoded or decoded. */
import LibAVFactory, { type LibAV } from '@libav.js/variant-webm'

/** Errors and worse. */
const logLevel = 16

let library: Promise<LibAV> | null = null

const load = async (): Promise<LibAV> => {
  const libav = await LibAVFactory.LibAV({ noworker: true, nothreads: true })
  await libav.av_log_set_level(logLevel)
  return libav
}

export const libav = (): Promise<LibAV> => (library ??= load())
