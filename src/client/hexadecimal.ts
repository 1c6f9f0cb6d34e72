/** Bytes in lower-case hexadecimal. */
export const hexadecimal = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

/** So many random bytes. */
export const randomHex = (length: number): string =>
  hexadecimal(crypto.getRandomValues(new Uint8Array(length)))
