/**
 * A message that goes to many, a roster above all, is encoded for the first and remembered for the
 * rest for as long as anybody holds it.
 */
export const encodeOnce = <Message extends object, Frames>(
  encode: (message: Message) => Frames
): ((message: Message) => Frames) => {
  const known = new WeakMap<Message, Frames>()
  return (message) => {
    const remembered = known.get(message)
    if (remembered !== undefined) return remembered
    const frames = encode(message)
    known.set(message, frames)
    return frames
  }
}
