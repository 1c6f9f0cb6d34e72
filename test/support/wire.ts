/** What a page says and hears, as lines to read when a test has failed. */
import type { Page, Request } from 'playwright-core'

/** Long enough for the type of every message, short enough to leave out the SDP. */
const maxLine = 180

/** Adds a line to `lines` for every frame and request of the page, and for every error in it. */
export const recordWire = (page: Page, who: string, lines: string[]): void => {
  const note = (arrow: string, what: string | Buffer): void => {
    const seconds = (performance.now() / 1000).toFixed(3)
    lines.push(`${seconds} ${who} ${arrow} ${what.toString()}`.replaceAll('\n', '⏎').slice(0, maxLine))
  }
  const answered = async (request: Request): Promise<void> => {
    const response = await request.response()
    note('←', `${response?.status()} ${await response?.text()}`)
  }
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => note('→', payload))
    socket.on('framereceived', ({ payload }) => note('←', payload))
  })
  page.on('request', (request) => {
    if (!['fetch', 'xhr'].includes(request.resourceType())) return
    const { pathname, search } = new URL(request.url())
    note('→', `${request.method()} ${pathname}${search} ${request.postData() ?? ''}`)
  })
  page.on('requestfinished', (request) => {
    if (!['fetch', 'xhr'].includes(request.resourceType())) return
    answered(request).catch((error: unknown) => note('←', `(body gone: ${String(error)})`))
  })
  page.on('pageerror', (error) => note('!', error.message))
}
