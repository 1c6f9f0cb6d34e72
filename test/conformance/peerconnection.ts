/** Clients of the hanging GET: requests one way; lines, JSON and `BYE` out of a mailbox the other. */
import * as v from 'valibot'
import { type Entry, Mailbox } from '../../src/core/mailbox.ts'
import type { ServerMessage } from '../../src/core/signal.ts'
import {
  decodeMessage,
  decodeSignIn,
  encode,
  encodeWelcome,
  peerconnection
} from '../../src/dialects/peerconnection.ts'
import type { Hub } from '../../src/server/transport.ts'
import { type Client, type ConformingDialect, inbox, never, openLine } from './dialect.ts'

type Request =
  | { readonly path: 'sign_in'; readonly query: string }
  | { readonly path: 'message'; readonly to: number; readonly body: string }

const said = v.pipe(
  v.string(),
  v.parseJson(),
  v.union([
    v.object({ type: v.picklist(['offer', 'answer']), sdp: v.string() }),
    v.object({ candidate: v.string() })
  ])
)

class PeerconnectionClient implements Client {
  readonly #inbox = inbox()
  readonly #line
  readonly #mailbox = new Mailbox({ messages: 100, size: 100_000, notes: 100 })
  readonly #others = new Map<number, string>()
  name = ''
  #number = 0
  #peer = 0

  constructor(hub: Hub, name: string) {
    this.#line = openLine<Request>(hub, peerconnection, {
      decode(request) {
        if (request.path === 'sign_in') return { ok: true, message: [decodeSignIn(request.query)] }
        const decoded = decodeMessage(request.to, request.body)
        return decoded.ok ? { ok: true, message: [decoded.message] } : decoded
      },
      deliver: (message) => this.#deliver(message)
    })
    this.#line.send({ path: 'sign_in', query: name })
  }

  sees(): readonly string[] {
    return [...this.#others.values()]
  }

  call(name: string, sdp: string): void {
    const [number = 0] = [...this.#others].find(([, other]) => other === name) ?? []
    this.#peer = number
    this.offer(sdp)
  }

  readonly askToBeCalled = never()

  answer(sdp: string): void {
    this.#say(JSON.stringify({ type: 'answer', sdp }))
  }

  offer(sdp: string): void {
    this.#say(JSON.stringify({ type: 'offer', sdp }))
  }

  findCandidate(candidate: string): void {
    this.#say(JSON.stringify({ candidate, sdpMid: '0', sdpMLineIndex: 0 }))
  }

  readonly decline = never()

  hangUp(): void {
    this.#say('BYE')
  }

  readonly chat = never()

  leave(): void {
    this.#line.close()
  }

  heard() {
    return this.#inbox.take()
  }

  #say(body: string): void {
    this.#line.send({ path: 'message', to: this.#peer, body })
  }

  #deliver(message: ServerMessage): void {
    if (message.type === 'welcome') {
      this.name = message.you.name
      this.#number = message.you.number
      const [, ...lines] = encodeWelcome(message).trimEnd().split('\n')
      lines.forEach((line) => this.#note(line))
      return
    }
    encode(message).forEach((entry) => this.#mailbox.put(entry))
    for (let entry = this.#mailbox.take(); entry !== undefined; entry = this.#mailbox.take())
      this.#hear(entry)
  }

  #hear(entry: Entry): void {
    if (entry.type === 'note') this.#note(entry.body.trimEnd())
    else if (entry.body === 'BYE') this.#inbox.put({ type: 'over' })
    else {
      this.#peer = entry.from
      const message = v.parse(said, entry.body)
      this.#inbox.put('sdp' in message ? message : { type: 'candidate', line: message.candidate })
    }
  }

  #note(line: string): void {
    const [name = '', number, present] = line.split(',')
    if (Number(number) === this.#number) return
    if (present === '1') this.#others.set(Number(number), name)
    else this.#others.delete(Number(number))
  }
}

export const peerconnectionDialect: ConformingDialect = {
  name: peerconnection.name,
  join: (hub, name) => new PeerconnectionClient(hub, name),
  cannot: {
    'ask to be called': 'It chooses whom to call.',
    decline: 'The client answers by itself; a BYE before that declines.',
    chat: 'There is none in this protocol.'
  },
  knowsCalls: false
}
