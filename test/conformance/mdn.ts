/** Pages of MDN's sample: one JSON object a frame. */
import * as v from 'valibot'
import { mdn, mdnCodec } from '../../src/dialects/mdn.ts'
import type { ClientMessage, ServerMessage } from '../../src/core/signal.ts'
import type { Hub } from '../../src/server/transport.ts'
import { serverName } from '../../src/core/names.ts'
import { type Client, type ConformingDialect, inbox, never, openLine } from './dialect.ts'

const description = v.object({ type: v.string(), sdp: v.string() })
const told = v.variant('type', [
  v.object({ type: v.literal('userlist'), users: v.array(v.string()) }),
  v.object({ type: v.literal('rejectusername'), name: v.string() }),
  v.object({ type: v.literal('message'), name: v.string(), text: v.string() }),
  v.object({ type: v.literal('video-offer'), name: v.string(), sdp: description }),
  v.object({ type: v.literal('video-answer'), sdp: description }),
  v.object({ type: v.literal('new-ice-candidate'), candidate: v.object({ candidate: v.string() }) }),
  v.object({ type: v.literal('hang-up') })
])

class MdnPage implements Client {
  readonly #inbox = inbox()
  readonly #line
  name = ''
  #users: readonly string[] = []
  #target = ''

  constructor(hub: Hub, name: string) {
    this.#line = openLine<string>(hub, mdn, {
      decode: (text) => {
        const decoded = mdnCodec.decode(text)
        return decoded.ok ? { ok: true, message: [this.#signedInFirst(decoded.message)] } : decoded
      },
      deliver: (message) => this.#deliver(message)
    })
    this.#say({ type: 'username', name, date: 1, id: 1 })
  }

  sees(): readonly string[] {
    return this.#users.filter((user) => user !== this.name)
  }

  call(name: string, text: string): void {
    this.#target = name
    this.offer(text)
  }

  readonly askToBeCalled = never()

  answer(text: string): void {
    const sdp = { type: 'answer', sdp: text }
    this.#say({ name: this.name, target: this.#target, type: 'video-answer', sdp })
  }

  offer(text: string): void {
    const sdp = { type: 'offer', sdp: text }
    this.#say({ name: this.name, target: this.#target, type: 'video-offer', sdp })
  }

  findCandidate(line: string): void {
    const candidate = { candidate: line, sdpMid: '0', sdpMLineIndex: 0, usernameFragment: null }
    this.#say({ type: 'new-ice-candidate', target: this.#target, candidate })
  }

  readonly decline = never()

  hangUp(): void {
    this.#say({ name: this.name, target: null, type: 'hang-up' })
  }

  chat(text: string): void {
    this.#say({ text, type: 'message', id: 1, date: 1 })
  }

  leave(): void {
    this.#line.close()
  }

  heard() {
    return this.#inbox.take()
  }

  #say(frame: object): void {
    this.#line.send(JSON.stringify(frame))
  }

  /** As its transport does. */
  #signedInFirst(message: ClientMessage): ClientMessage {
    return message.type === 'rename' && this.name === ''
      ? { type: 'sign-in', name: message.name, lobby: 'main' }
      : message
  }

  #deliver(message: ServerMessage): void {
    if (message.type === 'welcome') this.name = message.you.name
    const reader = { id: 1, name: this.name }
    for (const frame of mdnCodec.encode({ message, reader, now: 1 }))
      this.#hear(v.parse(told, JSON.parse(frame)))
  }

  #hear(frame: v.InferOutput<typeof told>): void {
    switch (frame.type) {
      case 'userlist':
        this.#users = frame.users
        return
      case 'rejectusername':
        this.name = frame.name
        return
      case 'message':
        return this.#inbox.put({ type: frame.name === serverName ? 'notice' : 'chat', text: frame.text })
      case 'video-offer':
        this.#target = frame.name
        return this.#inbox.put({ type: 'offer', sdp: frame.sdp.sdp })
      case 'video-answer':
        return this.#inbox.put({ type: 'answer', sdp: frame.sdp.sdp })
      case 'new-ice-candidate':
        return this.#inbox.put({ type: 'candidate', line: frame.candidate.candidate })
      default:
        return this.#inbox.put({ type: 'over' })
    }
  }
}

export const mdnDialect: ConformingDialect = {
  name: mdn.name,
  join: (hub, name) => new MdnPage(hub, name),
  cannot: {
    'ask to be called': 'It chooses whom to call.',
    decline: 'The page answers by itself; a hang-up before that declines.'
  },
  knowsCalls: false
}
