/** A native client on a real socket, as blunt as a test needs it: it says any text, and keeps all it is told. */
import { once } from 'node:events'
import * as v from 'valibot'
import { type ClientOptions, type RawData, WebSocket } from 'ws'

const header = v.looseObject({ type: v.string() })
const welcome = v.object({ you: v.object({ id: v.string() }) })

/** A header with its body as one more field. */
export type ToldFrame = v.InferOutput<typeof header>

export interface NativeClient extends Disposable {
  readonly socket: WebSocket
  /** Its own id, once it is signed in. */
  readonly id: string
  /** What it was told since it signed in, rosters apart, oldest first. */
  readonly told: ToldFrame[]
  /** A header, and the body behind it. */
  say(header: object, body?: string): void
  /** The first frame of this type that has come or comes. */
  hears(type: string): Promise<ToldFrame>
  /** The code and the reason of the close that has come or comes. */
  readonly closed: Promise<readonly [code: number, reason: string]>
}

const textOf = (data: RawData): string => (Buffer.isBuffer(data) ? data.toString() : '')

const read = (text: string): ToldFrame => {
  const [line = '', ...rest] = text.split('\n')
  return v.parse(header, { ...v.parse(header, JSON.parse(line)), body: rest.join('\n') })
}

/** Connected, not signed in. */
export const connectNative = async (url: string, options: ClientOptions = {}): Promise<NativeClient> => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, 'patchcord.1', options)
  const told: ToldFrame[] = []
  let id = ''
  socket.on('message', (data) => {
    const frame = read(textOf(data))
    if (frame.type === 'welcome') ({ id } = v.parse(welcome, frame).you)
    else if (frame.type !== 'roster') told.push(frame)
    socket.emit('told')
  })
  // Whatever breaks ends in a close, which is what tests look at.
  socket.on('error', () => socket.terminate())
  const closed = once(socket, 'close').then(([code, reason]): [number, string] => [
    Number(code),
    String(reason)
  ])
  await once(socket, 'open')
  const client: NativeClient = {
    socket,
    told,
    closed,
    get id() {
      return id
    },
    say: (header, body = '') =>
      socket.send(body === '' ? JSON.stringify(header) : `${JSON.stringify(header)}\n${body}`),
    async hears(type) {
      const found = told.find((frame) => frame.type === type)
      if (found !== undefined) return found
      await Promise.race([
        once(socket, 'told'),
        closed.then(() => Promise.reject(new Error(`closed before ${type}`)))
      ])
      return client.hears(type)
    },
    [Symbol.dispose]: () => socket.terminate()
  }
  return client
}

/** Connected and signed in. */
export const joinNative = async (url: string, name: string, lobby = 'main'): Promise<NativeClient> => {
  const client = await connectNative(url)
  client.say({ type: 'sign-in', name, lobby })
  while (client.id === '') await once(client.socket, 'told')
  return client
}
