/** Calls in Chromium whose media goes through the server's own relay, and through nothing else. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serve } from '../../src/server/serve.ts'
import { launchChromium } from '../support/browser.ts'
import { connectionsClosed, mediaArrives } from '../support/media.ts'
import { type SdkPages, serveSdkPage, visit } from '../support/sdk-pages.ts'

let stateDir: string
let browser: Browser
let pages: SdkPages

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'patchcord-relay-'))
  // The certificate is of the server's own making.
  browser = await launchChromium({ args: ['--ignore-certificate-errors'] })
  pages = await serveSdkPage()
}, 30_000)

afterAll(async () => {
  await browser.close()
  await pages[Symbol.asyncDispose]()
  await rm(stateDir, { recursive: true })
})

/** Of the ways that the server names, a page is told those alone that match. */
const only = async (context: BrowserContext, way: string): Promise<void> => {
  await context.addInitScript((way) => {
    const fits = (url: string): boolean => url.includes(way)
    const fitting = ({ iceServers = [], ...configuration }: RTCConfiguration): RTCConfiguration => ({
      ...configuration,
      iceServers: iceServers.map(({ urls, ...server }) => ({ ...server, urls: [urls].flat().filter(fits) }))
    })
    window.RTCPeerConnection = class extends RTCPeerConnection {
      constructor(configuration: RTCConfiguration = {}) {
        super(fitting(configuration))
      }

      override setConfiguration(configuration: RTCConfiguration = {}): void {
        super.setConfiguration(fitting(configuration))
      }
    }
  }, way)
}

/** Both ends' types of the selected pair, and what takes this end to the relay. */
const selectedWay = (page: Page) =>
  page.evaluate(async () => {
    const connection = window.peerConnections.find(({ signalingState }) => signalingState !== 'closed')
    const stats = new Map<string, Record<string, string>>()
    for (const [id, entry] of (await connection?.getStats()) ?? []) stats.set(id, entry)
    const transport = [...stats.values()].find(({ type }) => type === 'transport')
    const pair = stats.get(transport?.['selectedCandidatePairId'] ?? '')
    const [local, remote] = [pair?.['localCandidateId'], pair?.['remoteCandidateId']].map((id) =>
      stats.get(id ?? '')
    )
    return [local?.['candidateType'], remote?.['candidateType'], local?.['relayProtocol']]
  })

test.each([
  ['localhost', 'udp', 'transport=udp'],
  ['127.0.0.1', 'udp', 'transport=udp'],
  ['localhost', 'tcp', 'turn:localhost:PORT?transport=tcp'],
  ['127.0.0.1', 'tls', 'turns:']
])('two pages at %s see and hear each other through it over %s alone', async (host, protocol, way) => {
  await using server = await serve({ port: 0, tls: 'auto', stateDir, logLevel: 'silent', allowOrigin: ['*'] })
  const context = await browser.newContext()
  await only(context, way.replace('PORT', String(server.port)))
  const urls = { page: pages.url, server: `http://${host}:${server.port}` }
  const relayed = { iceTransportPolicy: 'relay' } as const
  const ada = await visit(context, urls, { name: 'ada', ...relayed })
  const bob = await visit(context, urls, { name: 'bob', ...relayed })
  await ada.page.waitForFunction(() => window.client.line.roster.length === 1)
  await ada.dial(bob)
  await bob.reaches('ringing')
  await bob.accept()
  await Promise.all([ada.reaches('connected'), bob.reaches('connected')])
  await Promise.all([mediaArrives(ada.page), mediaArrives(bob.page)])
  for (const { page } of [ada, bob]) {
    expect(await selectedWay(page)).toEqual(['relay', 'relay', protocol])
  }
  await ada.hangUp()
  await bob.reaches('ended')
  await connectionsClosed(bob.page)
  await context.close()
})
