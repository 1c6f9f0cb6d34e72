/** The SDK on servers that speak the protocol of MDN's "Signaling and video calling". */
import { foreignPeer } from '../../dialects/foreign.ts'
import { type MdnSaid, mdnClientCodec } from '../../dialects/mdn-client.ts'
import { lineOver } from '../connect.ts'
import { CallError } from '../errors.ts'
import { type Platform, platformWith } from '../platform.ts'
import type { ConnectOptions, Line } from '../types.ts'
import { ForeignClient } from './foreign-client.ts'
import type { Wire, WireHandlers } from './wire.ts'

export { CallError }

/** Without what the protocol has no words for: instant answers, secrets and sizes. */
export interface MdnOptions extends Omit<
  ConnectOptions,
  'instantAnswer' | 'lobby' | 'previewCaller' | 'secret' | 'size'
> {
  /** A `WebSocket` class, where the runtime has none: `ws` has one for Node 20. */
  readonly WebSocket?: Platform['WebSocket']
}

/** The sample's own server listens on port 6503; a path is as good as any other there. */
const mdnUrl = (url: string | URL): string => {
  const resolved = URL.canParse(url) ? new URL(url) : null
  if (resolved === null || !/^(http|ws)s?:$/.test(resolved.protocol)) {
    throw new CallError(
      'unreachable',
      `${url} is no address of a server: use one like wss://calls.example.org:6503.`
    )
  }
  resolved.protocol = resolved.protocol.replace('http', 'ws')
  resolved.hash = ''
  return resolved.href
}

class MdnWire implements Wire {
  readonly #socket: InstanceType<Platform['WebSocket']>
  readonly #handlers: WireHandlers
  readonly #now: () => number
  #id = 0
  #name: string
  readonly #asked: string
  /** Until the first list of who is there. */
  #opened = false

  constructor(
    url: string,
    platform: Platform,
    { asked, handlers }: { asked: string; handlers: WireHandlers }
  ) {
    this.#handlers = handlers
    this.#now = () => platform.now()
    this.#asked = asked
    this.#name = asked
    this.#socket = new platform.WebSocket(url, 'json')
    this.#socket.addEventListener('message', ({ data }) => this.#receive(data))
    // What has gone wrong is not said, and a close follows.
    this.#socket.addEventListener('error', () => {})
    this.#socket.addEventListener('close', ({ reason }) =>
      handlers.closed(
        new CallError(
          'unreachable',
          `The server at ${url} cannot be reached: check the address and the network.`,
          reason === '' ? {} : { cause: new Error(reason) }
        )
      )
    )
  }

  say(said: MdnSaid['said']): boolean {
    if (said.type === 'name') this.#name = said.name
    for (const frame of mdnClientCodec.encode({ said, id: this.#id, name: this.#name, now: this.#now() })) {
      this.#socket.send(frame)
    }
    return true
  }

  close(): Promise<void> {
    this.#socket.close(1000)
    return Promise.resolve()
  }

  /** What is no message of the protocol is some other client's mistake, and is passed over. */
  #receive(data: unknown): void {
    const decoded = typeof data === 'string' ? mdnClientCodec.decode(data) : null
    if (!decoded?.ok || decoded.message === null) return
    const news = decoded.message
    if (news.type === 'numbered') {
      this.#id = news.id
      if (!this.#opened) this.say({ type: 'name', name: this.#asked })
      return
    }
    if (news.type === 'named') this.#name = news.name
    if (this.#opened) return this.#handlers.news(news)
    if (news.type !== 'everybody' || !news.peers.some(({ id }) => id === this.#name)) return
    this.#opened = true
    this.#handlers.opened({
      self: foreignPeer(this.#name, this.#name, 'mdn'),
      asked: this.#asked,
      peers: news.peers.filter(({ id }) => id !== this.#name)
    })
  }
}

/** `connect` on a platform of one's own. */
export const connectOn = (platform: Platform, url: string | URL, options: MdnOptions): Promise<Line> => {
  const address = mdnUrl(url)
  return lineOver(
    platform,
    options,
    (handlers, name) =>
      new ForeignClient({
        platform,
        handlers,
        dialect: 'mdn',
        lobby: 'main',
        open: (handlers) => new MdnWire(address, platform, { asked: name(), handlers })
      })
  )
}

/**
 * Signs in to somebody else's server of MDN's sample, whose pages then see this client and are seen by it.
 * Peers are their names. Calls, their ends and lost connections are what they are on a line of one's own
 * server, but nobody hears a reason for an end: `declined` and `hung-up` are told by what was going on.
 *
 * @example
 * const line = await connect('wss://calls.example.org:6503', { name: 'Ada' })
 * const call = line.call(line.roster[0].id)
 */
export const connect = async (url: string | URL, options: MdnOptions): Promise<Line> =>
  connectOn(platformWith(options.rtc, options.WebSocket), url, options)
