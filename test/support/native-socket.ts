/** A native client that is only a WebSocket: what it is told, as the protocol's document has it. */
import { once } from 'node:events'
import * as v from 'valibot'
import { WebSocket } from 'ws'

const iceServers = v.object({
  call: v.string(),
  iceServers: v.array(v.object({ urls: v.array(v.string()), username: v.string(), credential: v.string() }))
})

export const nativeSocket = async (
  url: string,
  name: string,
  headers: Readonly<Record<string, string>> = {}
) => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, 'patchcord.1', { headers })
  const heard: string[] = []
  socket.on('message', (data) => heard.push(String(Buffer.isBuffer(data) ? data : '')))
  await once(socket, 'open')
  const say = (message: object, body?: string): void =>
    socket.send(body === undefined ? JSON.stringify(message) : `${JSON.stringify(message)}\n${body}`)
  /** The header of the next message of this type. */
  const next = async (type: string): Promise<unknown> => {
    for (;;) {
      const at = heard.findIndex((text) => text.startsWith(`{"type":"${type}"`))
      const [text] = at < 0 ? [] : heard.splice(at, 1)
      if (text !== undefined) return JSON.parse(text.split('\n', 1)[0] ?? '')
      await once(socket, 'message')
    }
  }
  say({ type: 'sign-in', name })
  const { you } = v.parse(v.object({ you: v.object({ id: v.string() }) }), await next('welcome'))
  return {
    id: you.id,
    say,
    next,
    /** What it is offered for a call, by this kind of message. */
    offered: async (type: 'ice-servers' | 'invite') => v.parse(iceServers, await next(type)).iceServers,
    async [Symbol.asyncDispose]() {
      socket.close()
      await once(socket, 'close')
    }
  }
}
