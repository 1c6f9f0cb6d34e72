/** A client of MDN's sample that holds only what its calls need. Lists of who is there are read once. */
import { mdnClientCodec } from '../../dialects/mdn-client.ts'
import type { ForeignNews, ForeignSaid } from '../../dialects/foreign.ts'
import type { ClientOptions, LoadClient } from './client.ts'
import { hearSignal, signalsOf, ufrags } from './foreign-load-client.ts'
import { type LoadSocket, openLoadSocket } from './load-socket.ts'
import type { Said } from './words.ts'

const listStart = '{"type":"userlist"'

const isList = (bytes: Buffer): boolean => bytes.toString('latin1', 0, listStart.length) === listStart

/** As in a page, of the same address. */
const socketUrl = (url: string): string => {
  const resolved = new URL(url)
  resolved.protocol = resolved.protocol.replace('http', 'ws')
  return resolved.href
}

export class MdnLoadClient implements LoadClient {
  readonly #options: ClientOptions
  readonly #socket: LoadSocket
  readonly #ufragOf = ufrags()
  #id = 0
  #name: string
  #welcomed = false

  constructor(options: ClientOptions) {
    this.#options = options
    this.#name = options.name
    const address = { url: socketUrl(options.url), protocol: 'json' }
    this.#socket = openLoadSocket(address, options, {
      opened: () => {},
      received: (bytes) => this.#receive(bytes),
      ended: () => {}
    })
  }

  say(said: Said): void {
    const ufrag = this.#ufragOf(said)
    for (const signal of signalsOf(said, ufrag)) this.#say({ type: 'signal', to: said.to, signal })
  }

  close(): void {
    this.#socket.close()
  }

  #say(said: ForeignSaid): void {
    const frames = mdnClientCodec.encode({ said, id: this.#id, name: this.#name, now: Date.now() })
    for (const frame of frames) this.#socket.send(frame)
  }

  #receive(bytes: Buffer): void {
    if (this.#welcomed && isList(bytes)) return
    const frame = mdnClientCodec.decode(bytes.toString())
    if (!frame.ok) return this.#socket.fail({ type: 'violated', detail: frame.reason.slice(0, 80) })
    if (frame.message !== null) this.#hear(frame.message)
  }

  #hear(news: ForeignNews): void {
    const { handlers } = this.#options
    switch (news.type) {
      case 'numbered':
        this.#id = news.id
        return this.#say({ type: 'name', name: this.#name })
      case 'named':
        this.#name = news.name
        return
      case 'everybody':
        if (this.#welcomed || !news.peers.some(({ id }) => id === this.#name)) return
        this.#welcomed = true
        this.#socket.settle()
        return handlers.welcomed(this.#name)
      case 'signal':
        return hearSignal(news.signal, news.from, handlers)
      default:
    }
  }
}
