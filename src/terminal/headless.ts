/** The front for programs: a line of JSON for everything that happens, and a line of JSON for every wish. */
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import * as v from 'valibot'
import type { Front, News, Wishes } from './front.ts'
import type { Peer } from './words.ts'

const kind = v.picklist(['audio', 'video'])

const command = v.variant('do', [
  v.strictObject({ do: v.literal('call'), peer: v.string() }),
  v.strictObject({ do: v.picklist(['accept', 'decline', 'hang-up', 'sign-out', 'sign-in', 'quit']) }),
  v.strictObject({ do: v.picklist(['mute', 'unmute']), kind }),
  v.strictObject({ do: v.literal('say'), text: v.pipe(v.string(), v.maxLength(16_384)) })
])

type Command = v.InferOutput<typeof command>

interface Streams {
  /** `null` where commands have no way in, as when media comes that way. */
  readonly input: Readable | null
  readonly output: Writable
}

/** Who is calling, and the answer that is waited for. */
interface Ringing {
  answer(accepts: boolean): void
}

export class HeadlessFront implements Front {
  readonly #streams: Streams
  #wishes: Wishes | null = null
  #ringing: Ringing | null = null
  #closeInput: () => void = () => {}

  constructor(streams: Streams) {
    this.#streams = streams
  }

  begin(wishes: Wishes): void {
    this.#wishes = wishes
    const { input } = this.#streams
    if (input === null) return
    const lines = createInterface({ input })
    lines.on('line', (line) => this.#hear(line))
    this.#closeInput = () => {
      lines.close()
      input.destroy()
    }
  }

  tell(news: News): void {
    this.#streams.output.write(`${JSON.stringify(news)}\n`)
  }

  end(): Promise<void> {
    this.#closeInput()
    return Promise.resolve()
  }

  ring(_peer: Peer, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const answer = (accepts: boolean): void => {
        this.#ringing = null
        resolve(accepts)
      }
      this.#ringing = { answer }
      signal.addEventListener('abort', () => answer(false), { once: true })
    })
  }

  // What a window shows is told as news.
  switchToConnectUi(): void {}
  switchToPeerList(): void {}
  switchToStreamingUi(): void {}
  startLocalRenderer(): void {}
  stopLocalRenderer(): void {}
  startRemoteRenderer(): void {}
  stopRemoteRenderer(): void {}
  messageBox(): void {}

  #hear(line: string): void {
    if (line.trim() === '') return
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), command), line)
    if (parsed.success) return this.#do(parsed.output)
    this.tell({
      event: 'problem',
      code: 'bad-command',
      message:
        'That is no command: {"do":"call","peer":NAME}, accept, decline, hang-up, mute, unmute, say, sign-in, sign-out or quit is due.'
    })
  }

  #do(wish: Command): void {
    const wishes = this.#wishes
    switch (wish.do) {
      case 'call':
        return wishes?.call(wish.peer)
      case 'accept':
      case 'decline':
        return this.#ringing?.answer(wish.do === 'accept')
      case 'hang-up':
        return wishes?.hangUp()
      case 'mute':
      case 'unmute':
        return wishes?.mute(wish.kind, wish.do === 'mute')
      case 'say':
        return wishes?.say(wish.text)
      case 'sign-in':
        return wishes?.logIn()
      case 'sign-out':
        return wishes?.logOut()
      case 'quit':
        return wishes?.quit()
    }
  }
}
