/** A way to a server, for HTTP, on which every answer takes its time: who does not wait for one has lost it. */
import { connect, createServer } from 'node:net'
import { listening } from './listening.ts'

export interface SlowWay extends AsyncDisposable {
  readonly url: string
  /** The request lines that have reached the server, in their order. */
  readonly asked: readonly string[]
}

export const slowWay = async (port: number, delayMs: number): Promise<SlowWay> => {
  const asked: string[] = []
  const server = createServer((client) => {
    client.on('error', () => {})
    client.once('data', (request) => {
      setTimeout(() => {
        // Who has gone by now has not been heard.
        if (client.destroyed) return
        asked.push(request.toString().split(' HTTP/')[0] ?? '')
        const way = connect(port, '127.0.0.1')
        way.on('error', () => client.destroy())
        client.on('close', () => way.destroy())
        way.write(request)
        client.pipe(way).pipe(client)
      }, delayMs)
    })
  })
  return {
    url: `http://127.0.0.1:${await listening(server)}`,
    asked,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve()))
  }
}
