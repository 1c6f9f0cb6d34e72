/** Between Playwright and a Firefox that may be on another host, where its port for drivers cannot be reached. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Duplex } from 'node:stream'
import * as v from 'valibot'
import { type RawData, WebSocket, WebSocketServer } from 'ws'

const request = v.looseObject({ id: v.number(), method: v.string() })
const session = v.looseObject({
  method: v.literal('session.new'),
  params: v.looseObject({ capabilities: v.looseObject({ alwaysMatch: v.looseObject({}) }) })
})
const unknown = v.looseObject({
  type: v.literal('error'),
  id: v.number(),
  error: v.literal('unknown command')
})

/** A connection to a port of another host's own loopback: somebody there carries it. */
const carried = (on: readonly [string, ...string[]], port: string): Duplex => {
  const [program, ...words] = on
  const code = `const there = require('net').connect(${Number(port)}, '127.0.0.1')
    there.on('close', () => process.exit())
    process.stdin.pipe(there).pipe(process.stdout)`
  const { stdin, stdout } = spawn(program, [...words, process.execPath, '-e', code], {
    stdio: ['pipe', 'pipe', 'inherit']
  })
  return Duplex.from({ writable: stdin, readable: stdout })
}

/** Of a text message, which is all that the protocol has. */
const textOf = (data: RawData): string => {
  if (Array.isArray(data)) return Buffer.concat(data).toString()
  return (data instanceof ArrayBuffer ? Buffer.from(data) : data).toString()
}

/**
 * Asks for a session that takes every certificate for good. Playwright would ask for it for some pages, but the TLS
 * connections of a peer connection are of no page.
 */
const trusting = (text: string): string => {
  const { success, output } = v.safeParse(session, JSON.parse(text))
  if (!success) return text
  Object.assign(output.params.capabilities.alwaysMatch, { acceptInsecureCerts: true })
  return JSON.stringify(output)
}

/**
 * Passes on what the two say to each other, in WebDriver BiDi. Playwright takes for granted what only the latest
 * Firefox knows, such as setting which colors a user prefers, and asks for it unasked; that an older one does
 * not know it is not passed on.
 */
const join = (near: WebSocket, far: WebSocket, trustsAll: boolean): void => {
  const waiting: string[] = []
  const emulations = new Set<number>()
  near.on('message', (data: RawData) => {
    const text = trustsAll ? trusting(textOf(data)) : textOf(data)
    const { id, method } = v.parse(request, JSON.parse(text))
    if (method.startsWith('emulation.')) emulations.add(id)
    if (far.readyState === WebSocket.OPEN) far.send(text)
    else waiting.push(text)
  })
  far.on('open', () => {
    for (const text of waiting.splice(0)) far.send(text)
  })
  far.on('message', (data: RawData) => {
    const text = textOf(data)
    const { success, output } = v.safeParse(unknown, JSON.parse(text))
    if (success && emulations.has(output.id))
      near.send(JSON.stringify({ type: 'success', id: output.id, result: {} }))
    else near.send(text)
  })
  // Whatever ends one half ends the other.
  far.on('error', () => near.close())
  far.on('close', () => near.close())
  near.on('close', () => far.close())
}

export interface BidiBridge extends AsyncDisposable {
  /** Where Firefox is reached: what it says of itself belongs behind it, as a path. */
  readonly url: string
}

export interface BridgeOptions {
  /** What goes before a command to run it on Firefox's host; nothing for this one. */
  readonly on: readonly string[]
  readonly trustsAll: boolean
}

export const bidiBridge = async ({ on, trustsAll }: BridgeOptions): Promise<BidiBridge> => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening on a port')
  server.on('connection', (near, { url = '' }) => {
    const target = new URL(url.slice(1))
    const [program, ...words] = on
    const way =
      program === undefined ? {} : { createConnection: () => carried([program, ...words], target.port) }
    join(near, new WebSocket(target, way), trustsAll)
  })
  return {
    url: `ws://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      for (const client of server.clients) client.terminate()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    }
  }
}
