/**
 * What the parties of a call say to each other without the server: messages on the first of the two data
 * channels that both sides open by themselves.
 */
import { type ControlMessage, decodeControl } from '../dialects/channel.ts'
import type { DataChannel } from './platform.ts'

export const CONTROL_CHANNEL = { id: 0, label: 'patchcord' } as const
export const FILE_CHANNEL = { id: 1, label: 'patchcord-files' } as const

/** What a `message` event of a data channel carries. */
export const dataOf = (event: Event): unknown => ('data' in event ? event.data : undefined)

/** How much may wait for the channel to open; beyond that, what is said is lost. */
const maxWaiting = 256

/** The way for messages, which may be spoken to before it is open. */
export class ControlChannel {
  readonly #channel: DataChannel
  readonly #waiting: string[] = []

  constructor(channel: DataChannel, hear: (message: ControlMessage) => void, opened: () => void) {
    this.#channel = channel
    channel.addEventListener('open', () => {
      for (const text of this.#waiting.splice(0)) channel.send(text)
      opened()
    })
    // What a later version says in words of its own is not for this one.
    channel.addEventListener('message', (event) => {
      const decoded = decodeControl(dataOf(event))
      if (decoded.ok) hear(decoded.message)
    })
  }

  send(message: ControlMessage): void {
    const text = JSON.stringify(message)
    if (this.#channel.readyState === 'open') this.#channel.send(text)
    else if (this.#channel.readyState === 'connecting' && this.#waiting.length < maxWaiting)
      this.#waiting.push(text)
  }
}
