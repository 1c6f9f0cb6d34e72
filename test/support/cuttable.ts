/** A way to a server that a test can cut and mend, as a network does: without a word to either end. */
import { type Socket, connect, createServer } from 'node:net'
import { listening } from './listening.ts'

export interface CuttableWay extends AsyncDisposable {
  readonly url: string
  /** Ends what goes over it, and lets nothing more through. */
  cut(): void
  mend(): void
}

export const cuttableWay = async (port: number): Promise<CuttableWay> => {
  const sockets = new Set<Socket>()
  let whole = true
  const keep = (socket: Socket): void => {
    sockets.add(socket)
    // Whatever ends one half ends the other; how it ended is not of interest here.
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  }
  const server = createServer((near) => {
    keep(near)
    if (!whole) {
      near.destroy()
      return
    }
    const far = connect(port, 'localhost')
    keep(far)
    near.pipe(far).pipe(near)
  })
  const cut = (): void => {
    whole = false
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `http://localhost:${await listening(server)}`,
    cut,
    mend() {
      whole = true
    },
    async [Symbol.asyncDispose]() {
      cut()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    }
  }
}
