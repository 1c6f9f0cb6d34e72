/** A coturn of a test's own, on loopback: somebody else's TURN server, which knows of us nothing but a secret. */
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findCoturn } from '../../scripts/lib/coturn.js'

export interface Coturn extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** As `--turn-url` takes it. */
  readonly url: string
  /** All that it has written so far. */
  readonly log: string
}

const host = '127.0.0.1'

const freePort = async (): Promise<number> => {
  const socket = createSocket('udp4')
  socket.bind(0, host)
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  await once(socket, 'close')
  return port
}

const flagsOf = (port: number, secret: string, folder: string): readonly string[] => [
  '-n',
  '--use-auth-secret',
  `--static-auth-secret=${secret}`,
  '--realm=calls.example',
  `--listening-ip=${host}`,
  `--relay-ip=${host}`,
  `--listening-port=${port}`,
  '--allow-loopback-peers',
  '--no-tls',
  '--no-dtls',
  '--no-cli',
  '--relay-threads=1',
  '--verbose',
  '--log-file=stdout',
  `--pidfile=${join(folder, 'pid')}`,
  `--userdb=${join(folder, 'users')}`
]

export const startCoturn = async (secret: string): Promise<Coturn> => {
  const path = findCoturn()
  if (path === undefined) {
    throw new Error(
      'There is no coturn: `npm test` installs it where it can, or put its `turnserver` on the path.'
    )
  }
  const folder = await mkdtemp(join(tmpdir(), 'patchcord-coturn-'))
  const port = await freePort()
  const child = spawn(path, flagsOf(port, secret, folder), { stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  let log = ''
  const listening = new Promise<void>((resolve) => {
    for (const output of [child.stdout, child.stderr]) {
      output.setEncoding('utf8').on('data', (text: string) => {
        log += text
        if (log.includes('Total General servers')) resolve()
      })
    }
  })
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL')
    await exited
    await rm(folder, { recursive: true })
  }
  await Promise.race([listening, exited])
  if (child.exitCode !== null) {
    await stop()
    throw new Error(`coturn ended at once:\n${log}`)
  }
  return {
    host,
    port,
    url: `turn:${host}:${port}?transport=udp`,
    get log() {
      return log
    },
    [Symbol.asyncDispose]: stop
  }
}
