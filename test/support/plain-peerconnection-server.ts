/**
 * A hanging-GET server as libwebrtc's `peerconnection_server` is: it hands on what it is given and knows no calls. With
 * its peculiarities, as far as a client meets them:
 * - It says `Connection: close` and closes nothing; whoever asks does. What comes after a request is not read.
 * - A POST counts only with `Content-Length` and `Content-Type` spelled so. Others are never answered.
 * - One entry for each `/wait`; of two, the newer is answered. Messages to somebody who is not there are a 500.
 * - Who signs out is gone for the others with the end of the next connection, whosever that is.
 */
import { type Socket, createServer } from 'node:net'
import { listening } from './listening.ts'

interface Answer {
  readonly status?: string
  readonly type?: string
  readonly pragma?: number
  readonly body?: string
}

interface Member {
  readonly id: number
  readonly name: string
  readonly queue: Answer[]
  present: boolean
  waiting: Socket | null
}

export interface PlainPeerconnectionServer extends AsyncDisposable {
  readonly url: string
  /** Bodies of messages, in order. */
  readonly said: readonly string[]
  /** The names of those that are there. */
  readonly present: readonly string[]
}

const bytesOf = ({ status = '200 OK', type = 'text/plain', pragma, body = '' }: Answer): string =>
  [
    `HTTP/1.1 ${status}`,
    'Server: PeerConnectionTestServer/0.1',
    'Cache-Control: no-cache',
    'Connection: close',
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(pragma === undefined ? [] : [`Pragma: ${pragma}`]),
    'Access-Control-Allow-Origin: *',
    '',
    body
  ].join('\r\n')

const entryOf = ({ id, name, present }: Member): string => `${name},${id},${present ? 1 : 0}\n`

class Channel {
  readonly said: string[] = []
  members: readonly Member[] = []
  #lastId = 0

  /** Null for a `/wait` that hangs. */
  answer(socket: Socket, path: string, body: string | null): Answer | null {
    const [where = '', query = ''] = path.split(/\?(.*)/s)
    if (where === '/sign_in') return this.#add(query)
    const member = this.#named(/peer_id=(\d+)/.exec(query)?.[1])
    if (member === undefined) {
      return body === null
        ? { status: '500 Sorry', type: 'text/html', body: 'Sorry, not yet implemented' }
        : { status: '500 Error', body: 'Peer most likely gone.' }
    }
    if (where === '/wait') return this.#wait(member, socket)
    if (where === '/message') return this.#handOn(member, query, body ?? '')
    member.present = false
    return {}
  }

  closed(socket: Socket): void {
    for (const member of this.members) {
      if (member.waiting === socket) member.waiting = null
      if (!member.present) this.#remove(member)
    }
  }

  #named(id: string | undefined): Member | undefined {
    return this.members.find((member) => String(member.id) === id)
  }

  #add(name: string): Answer {
    const id = (this.#lastId += 1)
    const member: Member = { id, name: name.replaceAll(',', '_'), queue: [], present: true, waiting: null }
    this.#tellOthers(member)
    const body = [member, ...this.members].map(entryOf).join('')
    this.members = [...this.members, member]
    return { status: '200 Added', pragma: id, body }
  }

  #remove(member: Member): void {
    this.members = this.members.filter((other) => other !== member)
    this.#tellOthers(member)
  }

  #tellOthers(member: Member): void {
    for (const other of this.members)
      if (other !== member) this.#deliver(other, { pragma: other.id, body: entryOf(member) })
  }

  #handOn(from: Member, query: string, body: string): Answer {
    const to = this.#named(/(?:^|&)to=(\d+)/.exec(query)?.[1])
    if (to === undefined) return { status: '500 Error', body: 'Peer most likely gone.' }
    this.said.push(body)
    this.#deliver(to, { pragma: from.id, body })
    return {}
  }

  #wait(member: Member, socket: Socket): Answer | null {
    const next = member.queue.shift()
    if (next === undefined) member.waiting = socket
    return next ?? null
  }

  #deliver(member: Member, answer: Answer): void {
    const { waiting } = member
    member.waiting = null
    if (waiting === null) member.queue.push(answer)
    else waiting.write(bytesOf(answer))
  }
}

interface Request {
  readonly path: string
  readonly body: string | null
}

/** Null as long as it has not come whole, which is for ever where it is not as it has to be. */
const requestIn = (text: string): Request | null => {
  const [head = '', body] = text.split(/\r\n\r\n(.*)/s)
  const [, method, path = ''] = /^(GET|POST) (\S+)/.exec(head) ?? []
  if (body === undefined || method === undefined) return null
  if (method === 'GET') return { path, body: null }
  const length = Number(/^Content-Length: *(\d+)/m.exec(head)?.[1] ?? 0)
  const isWhole = length > 0 && /^Content-Type:/m.test(head) && Buffer.byteLength(body) >= length
  return isWhole ? { path, body } : null
}

export const plainPeerconnectionServer = async (): Promise<PlainPeerconnectionServer> => {
  const channel = new Channel()
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    let text = ''
    let isAnswered = false
    sockets.add(socket)
    socket.setEncoding('utf8').on('error', () => {})
    socket.on('data', (data) => {
      text += String(data)
      const request = isAnswered ? null : requestIn(text)
      if (request === null) return
      isAnswered = true
      const answer = channel.answer(socket, request.path, request.body)
      if (answer !== null) socket.write(bytesOf(answer))
    })
    socket.on('close', () => {
      sockets.delete(socket)
      channel.closed(socket)
    })
  })
  const port = await listening(server)
  return {
    url: `http://127.0.0.1:${port}`,
    said: channel.said,
    get present() {
      return channel.members.map(({ name }) => name)
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      })
  }
}
