/**
 * Servers of other people, as small as the originals: they hand on what they are told, settle nothing, and tell
 * nobody's partner anything.
 */
import { createServer } from 'node:http'
import { Server as SocketIoServer } from 'socket.io'
import * as v from 'valibot'
import { type WebSocket, WebSocketServer } from 'ws'
import { listening } from './listening.ts'

export interface PlainServer extends AsyncDisposable {
  readonly port: number
  readonly url: string
}

const frame = v.looseObject({
  type: v.string(),
  name: v.optional(v.string()),
  target: v.optional(v.nullable(v.string()))
})

/** MDN's: names and lists, everything else to its target or to all. */
export const plainMdnServer = async (): Promise<
  PlainServer & { readonly said: v.InferOutput<typeof frame>[] }
> => {
  const http = createServer()
  const sockets = new WebSocketServer({ server: http, handleProtocols: () => 'json' })
  const names = new Map<WebSocket, string | null>()
  const said: v.InferOutput<typeof frame>[] = []
  let next = 1

  const toAll = (message: object): void => {
    for (const socket of names.keys()) socket.send(JSON.stringify(message))
  }
  const tellAll = (): void => toAll({ type: 'userlist', users: [...names.values()] })
  const nameOf = (asked: string): string => {
    let name = asked
    for (let suffix = 1; [...names.values()].includes(name); suffix += 1) name = `${asked}${suffix}`
    return name
  }

  sockets.on('connection', (socket) => {
    names.set(socket, null)
    const id = next++
    socket.send(JSON.stringify({ type: 'id', id }))
    socket.on('close', () => {
      names.delete(socket)
      tellAll()
    })
    socket.on('error', () => {})
    socket.on('message', (data) => {
      const message = v.parse(frame, JSON.parse(Buffer.isBuffer(data) ? data.toString() : ''))
      said.push(message)
      if (message.type === 'username') {
        const name = nameOf(message.name ?? '')
        if (name !== message.name) socket.send(JSON.stringify({ type: 'rejectusername', id, name }))
        names.set(socket, name)
        return tellAll()
      }
      const told = message.type === 'message' ? { ...message, name: names.get(socket) } : message
      if (!message.target) return toAll(told)
      const target = [...names].find(([, name]) => name === message.target)
      target?.[0].send(JSON.stringify(told))
    })
  })
  const port = await listening(http)
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    said,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate()
      await new Promise((resolve) => {
        http.close(resolve)
      })
    }
  }
}

const roomed = v.looseObject({ room: v.string() })
const ready = v.object({ chat_room: v.string(), signal_room: v.string(), files_room: v.string() })

/** The room demo's: signals go to the others in the room, texts to all in it. */
export const plainRoomServer = async (): Promise<PlainServer> => {
  const http = createServer()
  const io = new SocketIoServer(http)
  io.on('connection', (socket) => {
    socket.on('ready', (payload: unknown) => {
      void socket.join(Object.values(v.parse(ready, payload)))
    })
    socket.on('signal', (payload: unknown) => {
      const { room, type, message } = v.parse(roomed, payload)
      socket.to(room).emit('signaling_message', { type, message })
    })
    socket.on('send', (payload: unknown) => {
      const { room, author, message } = v.parse(roomed, payload)
      io.to(room).emit('message', { message, author })
    })
  })
  const port = await listening(http)
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      await io.close()
    }
  }
}
