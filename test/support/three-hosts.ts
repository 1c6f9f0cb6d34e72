/** Ada, Bob and a server, each on a host of its own, with what lies between them in the hands of the test. */
import type { Browser } from 'playwright-core'
import { serveOn } from './served-host.ts'
import { type Visitor, visit } from './sdk-pages.ts'
import { type Network, wire } from './wire/network.ts'

const addresses = { server: '10.77.0.1', ada: '10.77.0.2', bob: '10.77.0.3' } as const
const port = 8_888
// By a name: Firefox takes no address for a relay over TLS.
const url = `https://server.test:${port}`

type Launch = (options: { readonly on: readonly string[]; readonly trustsAll: boolean }) => Promise<Browser>

interface People extends AsyncDisposable {
  readonly ada: Visitor
  readonly bob: Visitor
}

export interface ThreeHosts extends AsyncDisposable {
  readonly network: Hosts
  /**
   * Both sign in, in browser contexts of their own. Of the ways to the relay that the server names, their
   * pages know only those that begin as told.
   */
  enter(relays?: string): Promise<People>
}

/** Leaves out of what the page is told some ways to the relay. */
const limitRelays = (prefix: string): void => {
  const limited = ({ iceServers = [], ...rest }: RTCConfiguration): RTCConfiguration => ({
    ...rest,
    iceServers: iceServers.map(({ urls, ...server }) => ({
      ...server,
      urls: [urls].flat().filter((url) => url.startsWith(prefix))
    }))
  })
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration: RTCConfiguration = {}) {
      super(limited(configuration))
    }

    override setConfiguration(configuration: RTCConfiguration = {}): void {
      super.setConfiguration(limited(configuration))
    }
  }
}

const visitFrom = async (browser: Browser, name: string, relays: string): Promise<Visitor> => {
  const context = await browser.newContext({ ignoreHTTPSErrors: true })
  await context.addInitScript(limitRelays, relays)
  return visit(context, { page: url, server: url }, { name })
}

type Hosts = Network<keyof typeof addresses>
type Launches = Readonly<Record<'ada' | 'bob', Launch>>

const peopled = async (network: Hosts, launch: Launches): Promise<ThreeHosts> => {
  const server = await serveOn(network.on('server'), ['--tls', 'auto', '--port', String(port)])
  const [ada, bob] = await Promise.all([
    launch.ada({ on: network.on('ada'), trustsAll: true }),
    launch.bob({ on: network.on('bob'), trustsAll: true })
  ])
  return {
    network,
    async enter(relays = '') {
      const visitors = {
        ada: await visitFrom(ada, 'ada', relays),
        bob: await visitFrom(bob, 'bob', relays)
      }
      await visitors.ada.page.waitForFunction(() => window.client.line.roster.length === 1)
      return {
        ...visitors,
        async [Symbol.asyncDispose]() {
          for (const { page } of Object.values(visitors)) await page.context().close()
        }
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([ada.close(), bob.close()])
      await server[Symbol.asyncDispose]()
      await network[Symbol.asyncDispose]()
    }
  }
}

/** The network, a server with `--tls auto`, and the browsers, which stay for all calls of a test file. */
export const threeHosts = async (launch: Launches): Promise<ThreeHosts> => {
  const network = await wire(addresses)
  try {
    // Where nothing takes time, a browser may have gone through TLS before its UDP is there.
    await network.impair({ delayMs: 30 })
    return await peopled(network, launch)
  } catch (error) {
    await network[Symbol.asyncDispose]()
    throw error
  }
}
