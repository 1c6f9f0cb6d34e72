/** libav in WebAssembly, loaded once and only when something has to be encoded or decoded. */
import * as wrapper from '@libav.js/variant-webm'

/** None: what is broken is told of by whoever decodes, and a terminal is drawn in. */
const logLevel = -8

let library: Promise<wrapper.LibAV> | null = null

const load = async (): Promise<wrapper.LibAV> => {
  const libav = await wrapper.LibAV({ noworker: true, nothreads: true })
  await libav.av_log_set_level(logLevel)
  return libav
}

export const libav = (): Promise<wrapper.LibAV> => (library ??= load())

/** Decoder, packet and frame, by their addresses. */
export type Decoder = readonly [decoder: number, packet: number, frame: number]

interface Attempt {
  readonly library: wrapper.LibAV
  readonly context: Decoder
  readonly data: Uint8Array
}

/** What a packet makes; `null` if it is broken, of which libav would write into standard output if it were told to go on. */
const attempt = async <Made>(
  { library, context: [, packet], data }: Attempt,
  decode: () => Promise<readonly Made[]>
): Promise<readonly Made[] | null> => {
  // For libav, a packet with nothing in it is the end of all.
  if (data.length === 0) return null
  try {
    return await decode()
  } catch {
    await library.av_packet_unref(packet)
    return null
  }
}

export const decodePacket = (library: wrapper.LibAV, context: Decoder, data: Uint8Array) =>
  attempt({ library, context, data }, () => library.ff_decode_multi(...context, [{ data }]))

/** The addresses of the pictures, each to be freed. */
export const decodeInPlace = (library: wrapper.LibAV, context: Decoder, data: Uint8Array) =>
  attempt({ library, context, data }, () =>
    library.ff_decode_multi(...context, [{ data }], { copyoutFrame: 'ptr' })
  )
