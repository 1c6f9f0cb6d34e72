/** What pairs with media send, and over what. */
import { NodeStream } from '../../rtc/media-stream.ts'
import { weriftStack } from '../../rtc/werift/stack.ts'
import { openPattern } from '../sources/pattern-source.ts'
import { MediaLoadClient } from './media-load-client.ts'

/** It is encoded once for all of them. */
const picture = { width: 320, height: 180, framesPerSecond: 15, name: 'patchcord load' } as const

export const openMedia = async () => {
  const stack = weriftStack()
  const source = await openPattern(picture)
  source.start(() => {})
  const stream = new NodeStream(source.tracks.map((track) => stack.toSend(track)))
  return {
    Client: MediaLoadClient,
    what: { stack, stream },
    close: async (): Promise<void> => {
      await source.close()
      await stack.close()
    }
  }
}
