/**
 * A native client that numbers its messages, on real sockets that a test opens, cuts and opens again: the
 * wire as docs/protocol.md has it, with nothing done by itself.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import * as v from 'valibot'
import { type RawData, WebSocket } from 'ws'
import { Reliable } from '../../src/core/reliable.ts'

const header = v.looseObject({
  type: v.string(),
  n: v.optional(v.number()),
  ack: v.optional(v.number()),
  you: v.optional(v.looseObject({ id: v.string() })),
  reason: v.optional(v.string())
})
export type Told = v.InferOutput<typeof header>

const textOf = (data: RawData): string => (Buffer.isBuffer(data) ? data.toString() : '')

const parse = (text: string): Told => {
  const [line = '', ...rest] = text.split('\n')
  return v.parse(header, { ...v.parse(header, JSON.parse(line)), body: rest.join('\n') })
}

/** One socket, and what came over it, exactly. */
export class SessionSocket implements Disposable {
  readonly socket: WebSocket
  readonly told: Told[] = []
  readonly closed: Promise<readonly [code: number, reason: string]>

  constructor(url: string) {
    this.socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, 'patchcord.1')
    this.socket.on('message', (data) => {
      this.told.push(parse(textOf(data)))
      this.socket.emit('told')
    })
    this.socket.on('error', () => this.socket.terminate())
    this.closed = once(this.socket, 'close').then(([code, reason]): [number, string] => [
      Number(code),
      String(reason)
    ])
  }

  async opened(): Promise<this> {
    await once(this.socket, 'open')
    return this
  }

  say(message: object, body = ''): void {
    this.socket.send(body === '' ? JSON.stringify(message) : `${JSON.stringify(message)}\n${body}`)
  }

  /** The first frame of this type that has come or comes. */
  async hears(type: string): Promise<Told> {
    for (;;) {
      const found = this.told.find((told) => told.type === type)
      if (found !== undefined) return found
      await Promise.race([
        once(this.socket, 'told'),
        this.closed.then(() => Promise.reject(new Error(`closed before ${type}`)))
      ])
    }
  }

  /** Gone without a word, as when the network is. */
  cut(): void {
    this.socket.terminate()
  }

  [Symbol.dispose](): void {
    this.socket.terminate()
  }
}

interface Sent {
  readonly message: object
  readonly body: string
}

/** A client over several sockets: it counts, but resumes only when it is told to. */
export class SessionClient implements Disposable {
  readonly secret: string
  readonly #url: string
  #line = new Reliable<Sent>()
  #on: SessionSocket | null = null
  #attempt = 0
  /** What it was told, each once, the welcome, rosters and the affairs of the connection apart. */
  readonly heard: Told[] = []
  id = ''

  constructor(url: string, secret = randomBytes(16).toString('base64url')) {
    this.#url = url
    this.secret = secret
  }

  get on(): SessionSocket {
    if (this.#on === null) throw new Error('not connected')
    return this.#on
  }

  get line(): Reliable<Sent> {
    return this.#line
  }

  async dial(url = this.#url): Promise<SessionSocket> {
    const socket = await new SessionSocket(url).opened()
    this.#on = socket
    socket.socket.on('message', (data) => {
      // What an earlier socket still brings is said again on this one.
      if (this.#on === socket) this.#hear(parse(textOf(data)))
    })
    return socket
  }

  async signIn(name: string, more: object = {}): Promise<this> {
    const { on } = this
    this.#line = new Reliable()
    this.#attempt += 1
    this.say({ type: 'sign-in', name, secret: this.secret, attempt: this.#attempt, ...more })
    const { you } = await on.hears('welcome')
    this.id = you?.id ?? ''
    return this
  }

  /** On the socket that was dialed last; then what had not arrived is said again. */
  async resume(attempt = (this.#attempt += 1)): Promise<void> {
    const { on } = this
    on.say({ type: 'resume', secret: this.secret, attempt, ack: this.#line.ack })
    const { ack = -1 } = await on.hears('resumed')
    this.#line.acknowledged(ack)
    for (const { n, item } of this.#line.since(ack)) {
      on.say({ ...item.message, n, ack: this.#line.ack }, item.body)
    }
  }

  say(message: object, body = ''): void {
    const n = this.#line.send({ message, body })
    // Whatever is said on a socket that is gone is said again on the next.
    if (this.on.socket.readyState === WebSocket.OPEN)
      this.on.say({ ...message, n, ack: this.#line.takeAck() }, body)
  }

  async hears(type: string): Promise<Told> {
    for (;;) {
      const at = this.heard.findIndex((told) => told.type === type)
      const [found] = at < 0 ? [] : this.heard.splice(at, 1)
      if (found !== undefined) return found
      await Promise.race([
        once(this.on.socket, 'told'),
        this.on.closed.then(() => Promise.reject(new Error(`closed before ${type}`)))
      ])
    }
  }

  cut(): void {
    this.on.cut()
  }

  #hear(told: Told): void {
    if (told.ack !== undefined) this.#line.acknowledged(told.ack)
    if (told.n === undefined || this.#line.receive(told.n) === 'duplicate') return
    if (told.n !== this.#line.ack) throw new Error(`${told.n} comes after ${this.#line.ack}`)
    if (told.type !== 'roster' && told.type !== 'welcome') this.heard.push(told)
  }

  [Symbol.dispose](): void {
    this.#on?.cut()
  }
}
