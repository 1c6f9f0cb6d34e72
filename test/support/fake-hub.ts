/**
 * A hub for tests of transports: it writes down what clients do, and says what a test has it say.
 */
import type { ClientMessage, Refusal, Self, ServerMessage } from '../../src/core/signal.ts'
import type { Dialect, Hub, Outlet } from '../../src/server/transport.ts'

export interface FakeClient {
  readonly dialect: Dialect
  readonly address: string
  /** What came, in order; bodies as plain text. */
  readonly heard: readonly unknown[]
  say(message: ServerMessage): void
  /** Welcomes it under the name it asked for, or another. */
  welcome(name: string, asked?: string): void
  letGo(refusal: Refusal | null): void
}

export interface FakeHub extends Hub {
  readonly clients: readonly FakeClient[]
  /** The next clients are refused with this. */
  refuse(refusal: Refusal): void
}

/** A message as a test compares it. */
const plain = (message: ClientMessage): unknown => {
  if (message.type === 'text') return { ...message, text: message.text.text() }
  if (!('description' in message) || message.description === null) return message
  const { type, sdp } = message.description
  return { ...message, description: { type, sdp: sdp.text() } }
}

const selfOf = (name: string, dialect: string): Self => ({
  id: `id of ${name}`,
  number: 7,
  key: 8,
  name,
  dialect,
  busy: false
})

const fakeClient = (dialect: Dialect, address: string, outlet: Outlet) => {
  const heard: unknown[] = []
  const client: FakeClient = {
    dialect,
    address,
    heard,
    say: (message) => outlet.deliver(message),
    welcome: (name, asked = name) =>
      outlet.deliver({ type: 'welcome', you: selfOf(name, dialect.name), asked, lobby: 'main', peers: [] }),
    letGo: (refusal) => outlet.close(refusal)
  }
  return { client, heard }
}

export const fakeHub = (): FakeHub => {
  const clients: FakeClient[] = []
  let refusal: Refusal | null = null
  return {
    clients,
    refuse(no) {
      refusal = no
    },
    connect(dialect, address, outlet) {
      if (refusal !== null) return refusal
      const { client, heard } = fakeClient(dialect, address, outlet)
      clients.push(client)
      return {
        receive: (message) => heard.push(plain(message)),
        malformed: (reason) => heard.push({ malformed: reason }),
        closed: () => heard.push('closed')
      }
    }
  }
}
