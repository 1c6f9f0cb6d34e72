/**
 * What the peer connections of a page receive, whatever client runs in it: measured from outside,
 * and alike for all.
 */
import type { Page } from 'playwright-core'
import { expect, vi } from 'vitest'

declare global {
  interface Window {
    /** Every connection that the page has made. */
    peerConnections: RTCPeerConnection[]
  }
}

export interface Received {
  readonly openConnections: number
  readonly framesDecoded: number
  readonly audioPackets: number
}

/** Keeps the peer connections of a page. To be called before it is loaded. */
export const watchMedia = async (page: Page): Promise<void> => {
  await page.addInitScript(() => {
    const made: RTCPeerConnection[] = []
    window.peerConnections = made
    window.RTCPeerConnection = class extends RTCPeerConnection {
      constructor(configuration?: RTCConfiguration) {
        super(configuration)
        made.push(this)
      }
    }
  })
}

/** What has come in over the connections that are open. */
export const received = (page: Page): Promise<Received> =>
  page.evaluate(async () => {
    const open = window.peerConnections.filter(({ signalingState }) => signalingState !== 'closed')
    const sum = { openConnections: open.length, framesDecoded: 0, audioPackets: 0 }
    for (const report of await Promise.all(open.map((connection) => connection.getStats()))) {
      report.forEach((entry: RTCInboundRtpStreamStats) => {
        if (entry.type !== 'inbound-rtp') return
        if (entry.kind === 'video') sum.framesDecoded += entry.framesDecoded ?? 0
        else sum.audioPackets += entry.packetsReceived ?? 0
      })
    }
    return sum
  })

const patience = { timeout: 30_000, interval: 100 }

const moreThan = async (page: Page, before: Received): Promise<Received> => {
  const now = await received(page)
  expect(now.framesDecoded, 'decoded video frames').toBeGreaterThan(before.framesDecoded)
  expect(now.audioPackets, 'received audio packets').toBeGreaterThan(before.audioPackets)
  return now
}

/** Waits until the page sees and hears the other side, and goes on to. */
export const mediaArrives = async (page: Page): Promise<void> => {
  const nothing = { openConnections: 0, framesDecoded: 0, audioPackets: 0 }
  const first = await vi.waitFor(() => moreThan(page, nothing), patience)
  await vi.waitFor(() => moreThan(page, first), patience)
}

/** Waits until the page has closed all its connections. */
export const connectionsClosed = (page: Page): Promise<void> =>
  vi.waitFor(async () => {
    expect((await received(page)).openConnections, 'open peer connections').toBe(0)
  }, patience)

/** Waits until nothing comes in any more, though the page may keep its connection. */
export const mediaStops = (page: Page): Promise<void> =>
  vi.waitFor(async () => {
    const before = await received(page)
    await page.waitForTimeout(300)
    expect(await received(page)).toEqual(before)
  }, patience)
