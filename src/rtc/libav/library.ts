/** libav in WebAssembly, loaded once and only when something has to be encoded or decoded. */
import * as wrapper from '@libav.js/variant-webm'

/** Errors and worse. */
const logLevel = 16

let library: Promise<wrapper.LibAV> | null = null

const load = async (): Promise<wrapper.LibAV> => {
  const libav = await wrapper.LibAV({ noworker: true, nothreads: true })
  await libav.av_log_set_level(logLevel)
  return libav
}

export const libav = (): Promise<wrapper.LibAV> => (library ??= load())
