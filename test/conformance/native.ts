/** Native clients, through both ends of the codec. */
import { randomUUID } from 'node:crypto'
import type { ClientMessage } from '../../src/core/signal.ts'
import { bodyOf } from '../../src/core/signal.ts'
import {
  type NativeServerMessage,
  frameText,
  nativeClientCodec,
  parseFrame
} from '../../src/dialects/native-client.ts'
import { native, nativeCodec } from '../../src/dialects/native.ts'
import type { Hub } from '../../src/server/transport.ts'
import { type Client, type ConformingDialect, inbox, never, openLine } from './dialect.ts'

class NativeClient implements Client {
  readonly #inbox = inbox()
  readonly #others = new Map<string, string>()
  readonly #line
  #name = ''
  #call = ''
  /** The call that it is invited to and has not answered yet. */
  #invite: string | null = null

  constructor(hub: Hub, name: string) {
    this.#line = openLine<string>(hub, native, {
      decode(text) {
        const decoded = nativeCodec.decode(parseFrame(text))
        return decoded.ok ? { ok: true, message: [decoded.message] } : decoded
      },
      deliver: (message) => nativeCodec.encode(message).forEach((frame) => this.#read(frameText(frame)))
    })
    this.#say({ type: 'sign-in', name, lobby: 'main' })
  }

  get name(): string {
    return this.#name
  }

  sees(): readonly string[] {
    return [...this.#others.values()]
  }

  call(name: string, text: string): void {
    const [id = ''] = [...this.#others].find(([, other]) => other === name) ?? []
    this.#call = randomUUID()
    const description = { type: 'offer', sdp: bodyOf(text) } as const
    this.#say({ type: 'invite', call: this.#call, to: { by: 'id', id }, description })
  }

  readonly askToBeCalled = never()

  answer(text: string): void {
    const description = { type: 'answer', sdp: bodyOf(text) } as const
    if (this.#invite === this.#call) this.#say({ type: 'accept', call: this.#call, description })
    else this.#say({ type: 'description', to: { by: 'call', call: this.#call }, description })
    this.#invite = null
  }

  offer(text: string): void {
    const description = { type: 'offer', sdp: bodyOf(text) } as const
    this.#say({ type: 'description', to: { by: 'call', call: this.#call }, description })
  }

  findCandidate(line: string): void {
    const candidate = { candidate: line, sdpMid: '0', sdpMLineIndex: 0, usernameFragment: null }
    this.#say({ type: 'candidate', to: { by: 'call', call: this.#call }, candidate })
  }

  decline(): void {
    this.#say({ type: 'decline', call: this.#call, reason: 'declined' })
  }

  hangUp(): void {
    this.#say({ type: 'hang-up', call: this.#call, reason: 'hung-up' })
  }

  chat(text: string): void {
    this.#say({ type: 'text', to: { by: 'lobby' }, text: bodyOf(text) })
  }

  leave(): void {
    this.#line.close()
  }

  heard() {
    return this.#inbox.take()
  }

  #say(message: ClientMessage): void {
    for (const frame of nativeClientCodec.encode(message)) this.#line.send(frameText(frame))
  }

  #read(text: string): void {
    const decoded = nativeClientCodec.decode(parseFrame(text))
    if (!decoded.ok) throw new Error(decoded.reason)
    if (decoded.message !== null) this.#hear(decoded.message)
  }

  #hear(message: NativeServerMessage): void {
    switch (message.type) {
      case 'welcome':
        this.#name = message.you.name
        for (const { id, name } of message.peers) this.#others.set(id, name)
        return
      case 'roster':
        for (const { id, name } of [...message.joined, ...message.changed]) this.#others.set(id, name)
        for (const id of message.left) this.#others.delete(id)
        return
      case 'text':
        return this.#inbox.put({ type: 'chat', text: message.text.text() })
      case 'refused':
        return this.#inbox.put({ type: 'notice', text: message.reason })
      case 'invite':
        this.#call = message.call
        this.#invite = message.call
        this.#inbox.put({ type: 'offer', sdp: message.description.sdp.text() })
        return this.#say({ type: 'ringing', call: message.call })
      default:
        if ('call' in message && message.call === this.#call) this.#hearOfCall(message)
    }
  }

  /** Its own attempt may have been replaced by an invite. */
  #end(): void {
    this.#call = this.#invite ?? this.#call
    this.#inbox.put({ type: 'over' })
  }

  #hearOfCall(message: Extract<NativeServerMessage, { call?: unknown }>): void {
    if (message.type === 'candidate')
      this.#inbox.put({ type: 'candidate', line: message.candidate.candidate })
    else if (message.type === 'ended') this.#end()
    else if ('description' in message && message.description !== null) {
      const { type, sdp } = message.description
      if (type === 'offer' || type === 'answer') this.#inbox.put({ type, sdp: sdp.text() })
    }
  }
}

export const nativeDialect: ConformingDialect = {
  name: native.name,
  join: (hub, name) => new NativeClient(hub, name),
  cannot: { 'ask to be called': 'It chooses whom to call.' },
  knowsCalls: true
}
