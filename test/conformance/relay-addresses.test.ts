/** What becomes of the relay's clients when an address of this machine goes, and comes again, as networks do. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { MmsgRelay } from '../../src/server/mmsg/mmsg-relay.ts'
import { loadSyscalls } from '../../src/server/mmsg/syscalls.ts'
import { nodePlatform } from '../../src/server/node-platform.ts'
import { followMs } from '../../src/server/local-addresses.ts'
import { relayOverUdp } from '../../src/server/udp.ts'
import { mint } from '../../src/turn/credentials.ts'
import { Relay } from '../../src/turn/relay.ts'
import { eventually } from '../support/eventually.ts'
import { type BackEnd, backEnds, freeUdpPort, manyOfAll } from '../support/relay-runners.ts'
import { sendIndication } from '../support/turn-session.ts'
import { turnSocket } from '../support/turn-socket.ts'

const both = ['127.0.0.1', '::1']
const secret = 'a secret'

interface Running extends AsyncDisposable {
  readonly errors: Error[]
  follow(): void
}

interface Where {
  readonly relay: Relay
  readonly port: number
  readonly addresses: () => readonly string[]
}

const runners: Readonly<Record<BackEnd, (where: Where) => Promise<Running>>> = {
  async dgram(where) {
    const errors: Error[] = []
    const udp = await relayOverUdp({ ...where, onError: (error) => errors.push(error) })
    return {
      errors,
      follow: () => vi.advanceTimersByTime(followMs),
      [Symbol.asyncDispose]: () => udp.close()
    }
  },
  mmsg({ addresses, ...where }) {
    const errors: Error[] = []
    const syscalls = loadSyscalls()
    const wakeFile = syscalls.eventfd()
    const udp = new MmsgRelay({
      ...where,
      syscalls,
      wakeFile,
      onOpened() {},
      onError: (error) => errors.push(error)
    })
    for (const address of addresses()) udp.bind(address)
    let running = true
    const run = (): void => {
      udp.turn(0)
      if (running) setImmediate(run)
    }
    run()
    return Promise.resolve({
      errors,
      follow: () => udp.follow(addresses()),
      [Symbol.asyncDispose]() {
        running = false
        udp.close()
        syscalls.close(wakeFile)
        return Promise.resolve()
      }
    })
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
})

afterEach(() => {
  vi.useRealTimers()
})

describe.each(backEnds)('the addresses of a relay that is run by %s', (backEnd) => {
  const start = async (here: { addresses: readonly string[] }) => {
    const relay = new Relay({ realm: 'r', secrets: [secret], limits: manyOfAll, platform: nodePlatform })
    const port = await freeUdpPort('127.0.0.1')
    const running = await runners[backEnd]({ relay, port, addresses: () => here.addresses })
    const client = (peer: string, host: string) => {
      const expiresAt = Math.ceil(Date.now() / 1_000) + 600
      const { username, password } = mint({ expiresAt, call: 'call', peer }, secret, nodePlatform)
      return turnSocket({ host, port }, { username, credential: password })
    }
    return { relay, running, client }
  }

  test('when one goes, the clients that came by it go, and nobody else', async () => {
    const here = { addresses: both }
    const { relay, running, client } = await start(here)
    await using _stopped = running
    await using ada = await client('ada', '::1')
    await using bob = await client('bob', '127.0.0.1')
    for (const one of [ada, bob]) expect((await one.allocate()).code).toBe(0)
    for (const [one, other] of [[ada, bob] as const, [bob, ada] as const]) {
      expect((await one.ask('createPermission', [['xorPeerAddress', other.relayed]])).code).toBe(0)
    }
    here.addresses = ['127.0.0.1']
    running.follow()
    await eventually(() => relay.allocations).toBe(1)
    bob.send(sendIndication(ada.relayed, 'hello?'))
    expect((await bob.ask('refresh')).code).toBe(0)
    here.addresses = both
    running.follow()
    await using again = await client('ada', '::1')
    expect((await again.allocate()).code).toBe(0)
    expect(running.errors).toEqual([])
  })

  test('one that cannot be had is told, and keeps nothing else from working', async () => {
    const here = { addresses: ['127.0.0.1'] }
    const { running, client } = await start(here)
    await using _stopped = running
    here.addresses = ['127.0.0.1', '192.0.2.1']
    running.follow()
    await eventually(() => running.errors).toMatchObject([{ code: 'EADDRNOTAVAIL' }])
    await using bob = await client('bob', '127.0.0.1')
    expect((await bob.allocate()).code).toBe(0)
  })
})
