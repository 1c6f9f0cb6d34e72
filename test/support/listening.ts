/** A server on a free port of this machine, and the bounds that tests run with. */
import { once } from 'node:events'
import type { Server } from 'node:net'
import type { HubLimits } from '../../src/server/hub.ts'

/** Starts listening; answers with the port. */
export const listening = async (server: Server): Promise<number> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening on a port')
  return address.port
}

/** Generous: what a test does not ask about does not get in its way. */
export const hubLimits: HubLimits = {
  burst: 1_000,
  perSecond: 1_000,
  lobbySize: 100,
  rosterSize: 100,
  ringMs: 45_000,
  maxConnections: 100,
  maxConnectionsPerAddress: 100
}
