/**
 * The seam between a wire and the vocabulary: a codec says what frames mean, and nothing else.
 */

/** What decoding gives: a message, or the sentence that says why there is none. */
export type Decoded<T> =
  | { readonly ok: true; readonly message: T }
  | { readonly ok: false; readonly reason: string }

/**
 * One end of one dialect. Pure and stateless; `decode` never throws, and `encode` answers with no
 * frames at all where the dialect has no words for the message.
 */
export interface Codec<Frame, In, Out> {
  decode(frame: Frame): Decoded<In>
  encode(message: Out): readonly Frame[]
}

export const decoded = <T>(message: T): Decoded<T> => ({ ok: true, message })

export const undecodable = (reason: string): Decoded<never> => ({ ok: false, reason })

/** Parses JSON text into a value that still has to be checked; never throws. */
export const decodeJson = (text: string): Decoded<unknown> => {
  try {
    const value: unknown = JSON.parse(text)
    return decoded(value)
  } catch {
    return undecodable('not JSON')
  }
}

/** Makes a `switch` over a union exhaustive: a forgotten case does not compile. */
export const unreachable = (never: never): never => {
  throw new Error(`unreachable: ${JSON.stringify(never)}`)
}
