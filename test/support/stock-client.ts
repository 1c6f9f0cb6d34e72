/**
 * A client with the two sockets of libwebrtc's `peerconnection_client`: one for what it asks, one thing
 * at a time, and one for its hanging GET; a new connection for each request. What it would tell its
 * user is in `log`.
 */
import { EventEmitter, once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type StrictResponse, parseStrictly } from './strict-response.ts'

type State = 'signing-in' | 'connected' | 'signing-out' | 'not-connected'

/** Opens a connection, and says when it may be written to. */
type Dial = (ready: () => void) => Socket

export class StockClient implements Disposable {
  /** Of the others, by number. */
  readonly peers = new Map<number, string>()
  readonly log: string[] = []
  readonly messages: { readonly from: number; readonly body: string }[] = []
  /** How often the hanging GET was opened. */
  waits = 0
  readonly #dial: Dial
  readonly #events = new EventEmitter()
  #state: State = 'signing-in'
  #me = -1
  #control: Socket | null = null
  #hangingGet: Socket | null = null
  readonly #pending: string[] = []

  constructor(port: number, name: string, dial: Dial = (ready) => connect(port, '127.0.0.1', ready)) {
    this.#dial = dial
    this.#ask(`GET /sign_in?${name} HTTP/1.0\r\n\r\n`)
  }

  get id(): number {
    return this.#me
  }

  /** The number under which it knows somebody. */
  numberOf(name: string): number {
    const found = Array.from(this.peers).find(([, known]) => known === name)
    if (found === undefined) throw new Error(`${name} is not in the list`)
    return found[0]
  }

  /** Queued as its Conductor does: the next leaves when the one before is answered. */
  send(to: number, body: string | object): void {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    this.#ask(
      `POST /message?peer_id=${this.#me}&to=${to} HTTP/1.0\r\n` +
        `Content-Length: ${Buffer.byteLength(text)}\r\nContent-Type: text/plain\r\n\r\n${text}`
    )
  }

  signOut(): void {
    this.#hangingGet?.destroy()
    this.#hangingGet = null
    this.#state = 'signing-out'
    this.#ask(`GET /sign_out?peer_id=${this.#me} HTTP/1.0\r\n\r\n`)
  }

  /** Waits until its user has been told this; answers with the line. */
  async told(what: string | RegExp): Promise<string> {
    for (;;) {
      const line = this.log.find((line) => (typeof what === 'string' ? line === what : what.test(line)))
      if (line !== undefined) return line
      await once(this.#events, 'log')
    }
  }

  /** Its process is killed. */
  [Symbol.dispose](): void {
    this.#close()
  }

  #tell(line: string): void {
    this.log.push(line)
    this.#events.emit('log')
  }

  #close(): void {
    this.#state = 'not-connected'
    this.#control?.destroy()
    this.#hangingGet?.destroy()
    this.#control = null
    this.#hangingGet = null
    this.#pending.length = 0
    this.peers.clear()
    this.#me = -1
  }

  #ask(request: string): void {
    this.#pending.push(request)
    if (this.#control === null) this.#askNext()
  }

  #askNext(): void {
    const request = this.#pending.shift()
    if (request === undefined) return
    this.#control = this.#request(request, {
      answered: (response) => {
        this.#control = null
        this.#tell('message sent')
        this.#onControl(response)
        if (this.#control === null) this.#askNext()
      },
      closed: () => this.#tell('control socket closed')
    })
  }

  #wait(): void {
    this.waits += 1
    this.#hangingGet = this.#request(`GET /wait?peer_id=${this.#me} HTTP/1.0\r\n\r\n`, {
      answered: (response) => {
        // The next is open before this one is even read.
        this.#wait()
        this.#onNotification(response)
      },
      closed: () => this.#wait()
    })
  }

  #request(
    bytes: string,
    then: { answered: (response: StrictResponse) => void; closed: () => void }
  ): Socket {
    const socket = this.#dial(() => socket.write(bytes))
    let received = Buffer.alloc(0)
    const isOurs = (): boolean => socket === this.#control || socket === this.#hangingGet
    socket.on('data', (chunk) => {
      if (!isOurs()) return
      received = Buffer.concat([received, chunk])
      const response = parseStrictly(received)
      if (response === null || !response.closes) return
      socket.destroy()
      then.answered(response)
    })
    socket.on('error', (error) => this.#tell(error.message))
    socket.on('close', () => {
      if (isOurs()) then.closed()
    })
    return socket
  }

  /** Any status but 200 ends the whole session. */
  #refuses({ status, body }: StrictResponse): boolean {
    if (status === 200) return false
    this.#close()
    this.#tell(`disconnected: ${status} ${body}`)
    return true
  }

  #onControl(response: StrictResponse): void {
    if (this.#refuses(response)) return
    if (this.#state === 'signing-in') this.#signedIn(response)
    else if (this.#state === 'signing-out') {
      this.#close()
      this.#tell('disconnected')
    }
  }

  #signedIn({ pragma, body }: StrictResponse): void {
    this.#me = pragma
    // What has no line feed behind it is not read.
    for (const line of body.split('\n').slice(0, -1)) {
      const { name, number } = entryIn(line)
      if (number === this.#me) continue
      this.peers.set(number, name)
      this.#tell(`peer connected: ${name}`)
    }
    this.#state = 'connected'
    this.#tell('signed in')
    this.#wait()
  }

  #onNotification(response: StrictResponse): void {
    if (this.#refuses(response)) return
    const { pragma, body } = response
    if (pragma !== this.#me) {
      this.#onMessage(pragma, body)
      return
    }
    const { name, number, present } = entryIn(body)
    if (present) this.peers.set(number, name)
    else this.peers.delete(number)
    this.#tell(present ? `peer connected: ${name}` : `peer disconnected: ${name}`)
  }

  #onMessage(from: number, body: string): void {
    const name = this.peers.get(from) ?? from
    if (body === 'BYE') {
      this.#tell(`peer disconnected: ${name}`)
      return
    }
    this.messages.push({ from, body })
    this.#tell(`message from ${name}: ${body}`)
  }
}

/** As far as `atoi` reads. */
const entryIn = (line: string): { name: string; number: number; present: boolean } => {
  const [name = '', number = '', present = ''] = line.split(',')
  return { name, number: Number.parseInt(number, 10), present: Number.parseInt(present, 10) !== 0 }
}
