/** The ways to run a relay, for tests that hold all of them to the same: whoever is here listens on a free port. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { pathToFileURL } from 'node:url'
import { relayApart } from '../../src/server/mmsg/relay-apart.ts'
import { nodePlatform } from '../../src/server/node-platform.ts'
import { type RelayRunner, type RunnerOptions, relayHere } from '../../src/server/relay-runner.ts'
import { mint } from '../../src/turn/credentials.ts'
import type { RelayLimits } from '../../src/turn/relay.ts'
import { bundled } from './bundled.ts'

export type BackEnd = 'dgram' | 'mmsg'

/** The second is there on Linux alone. */
export const backEnds: readonly BackEnd[] = process.platform === 'linux' ? ['dgram', 'mmsg'] : ['dgram']

const plenty = { allocations: 10_000, bytesPerSecond: 1_000_000_000 }
const secret = 'a secret'

export const manyOfAll: RelayLimits = {
  allocations: 10_000,
  allowances: { call: plenty, peer: plenty, address: plenty },
  credentialMs: 600_000,
  strangersPerSecond: 10_000
}

export interface RunningRelay extends AsyncDisposable {
  readonly runner: RelayRunner
  readonly port: number
  readonly relayed: { readonly id: string; readonly packets: number; readonly bytes: number }[]
  readonly errors: Error[]
  credentials(call: string, peer: string): { readonly username: string; readonly credential: string }
}

/** One that nobody listens on over UDP. */
export const freeUdpPort = async (host: string): Promise<number> => {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4').bind(0, host)
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  await once(socket, 'close')
  return port
}

const start = async (backEnd: BackEnd, options: RunnerOptions) => {
  if (backEnd === 'dgram') return { runner: relayHere(options), dispose: () => Promise.resolve() }
  const worker = await bundled(new URL('../../src/server/mmsg/relay-worker.ts', import.meta.url))
  const runner = relayApart(options, pathToFileURL(worker.file))
  return { runner, dispose: () => worker[Symbol.asyncDispose]() }
}

export const runningRelay = async (
  backEnd: BackEnd,
  host = '127.0.0.1',
  limits: Partial<RelayLimits> = {}
): Promise<RunningRelay> => {
  const relayed: RunningRelay['relayed'] = []
  const errors: Error[] = []
  const { runner, dispose } = await start(backEnd, {
    realm: 'patchcord',
    secrets: [secret],
    limits: { ...manyOfAll, ...limits },
    callRelayed: ({ id, packets, bytes }) => relayed.push({ id, packets, bytes }),
    onError: (error) => errors.push(error),
    onFault: (error) => errors.push(error)
  })
  const port = await freeUdpPort(host)
  await runner.listen(port, host)
  return {
    runner,
    port,
    relayed,
    errors,
    credentials(call, peer) {
      const expiresAt = Math.ceil(Date.now() / 1_000) + 600
      const { username, password } = mint({ expiresAt, call, peer }, secret, nodePlatform)
      return { username, credential: password }
    },
    async [Symbol.asyncDispose]() {
      await runner.close()
      await dispose()
    }
  }
}
