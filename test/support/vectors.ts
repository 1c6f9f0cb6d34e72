/**
 * Recorded calls of real clients on their original servers: what each said and was told, in order.
 */
import { readFileSync } from 'node:fs'
import * as v from 'valibot'

const recording = v.object({
  about: v.string(),
  frames: v.array(
    v.object({
      client: v.string(),
      /** As the client sees it. */
      dir: v.picklist(['open', 'sent', 'recv']),
      raw: v.string()
    })
  )
})

export type RecordedFrame = v.InferOutput<typeof recording>['frames'][number]

/** The frames of `test/vectors/NAME`. */
export const recordedFrames = (name: string): readonly RecordedFrame[] => {
  const text = readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8')
  return v.parse(recording, JSON.parse(text)).frames
}

const event = v.tuple([v.string(), v.unknown()])
const oldEvent = v.object({ name: v.string(), args: v.tuple([v.unknown()]) })

/** The event in a frame of Socket.IO, 0.9 (`5:::{…}`) or 4 (`42[…]`); none in its other frames. */
export const socketIoEvent = (raw: string): { event: string; payload: unknown } | null => {
  if (raw.startsWith('42')) {
    const [name, payload] = v.parse(event, JSON.parse(raw.slice(2)))
    return { event: name, payload }
  }
  if (raw.startsWith('5:::')) {
    const { name, args } = v.parse(oldEvent, JSON.parse(raw.slice(4)))
    return { event: name, payload: args[0] }
  }
  return null
}
