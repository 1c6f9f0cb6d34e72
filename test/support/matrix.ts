/**
 * The interop matrix: who can call whom. One cell is a call from one kind of client to another, in a
 * real browser, that both ends see and hear and that either end can end.
 */
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { serve } from '../../src/server/serve.ts'
import { app, hangingGetPage, mdnPage, roomPage, type Client, type Kind } from './kinds.ts'
import { mediaArrives, watchMedia } from './media.ts'
import { recordWire } from './wire.ts'

export interface Cell {
  readonly caller: Kind
  readonly callee: Kind
  /** Why there can be no such call. */
  readonly impossible: string | null
}

const kinds = [app, mdnPage, roomPage, hangingGetPage]

const whyImpossible = (caller: Kind, callee: Kind): string | null =>
  caller === roomPage && callee !== roomPage
    ? 'A room page cannot choose whom to call: it calls only the next room page that says it is here.'
    : null

export const cells: readonly Cell[] = kinds.flatMap((caller) =>
  kinds.map((callee) => ({ caller, callee, impossible: whyImpossible(caller, callee) }))
)

type Side = 'caller' | 'callee'

const pages = fileURLToPath(new URL('../pages', import.meta.url))

const enter = async (
  page: Page,
  kind: Kind,
  { name, url, wire }: { readonly name: string; readonly url: string; readonly wire: string[] }
): Promise<Client> => {
  page.setDefaultTimeout(15_000)
  await watchMedia(page)
  recordWire(page, name, wire)
  await page.goto(new URL(kind.path, url).href)
  const client = kind.use(page)
  await client.signIn(name)
  return client
}

/** One call: both see and hear, then one hangs up and the other learns of it. */
const holdCall = async ({ caller, callee }: Readonly<Record<Side, Client>>, hangsUp: Side): Promise<void> => {
  await caller.call('bob')
  await callee.answer()
  await Promise.all([mediaArrives(caller.page), mediaArrives(callee.page)])
  const [leaves, stays] = hangsUp === 'caller' ? [caller, callee] : [callee, caller]
  await leaves.hangUp()
  await stays.ended()
}

/**
 * Two clients that share nothing but a server where nobody else is, and one call for each side that
 * is to hang up. The caller is there first, since a room page calls whoever comes after it.
 */
const meet = async (
  cell: Cell,
  hangUps: readonly Side[],
  { browser, wire }: { readonly browser: Browser; readonly wire: string[] }
): Promise<void> => {
  await using server = await serve({ port: 0, static: pages })
  await using here = await browser.newPage()
  await using there = await browser.newPage()
  const caller = await enter(here, cell.caller, { name: 'ada', url: server.url, wire })
  const callee = await enter(there, cell.callee, { name: 'bob', url: server.url, wire })
  for (const side of hangUps) await holdCall({ caller, callee }, side)
}

/** Tries a cell, and throws what went wrong together with all that was said. */
export const tryCell = async (browser: Browser, cell: Cell): Promise<void> => {
  const once = cell.caller.callsOnce || cell.callee.callsOnce
  const meetings: readonly (readonly Side[])[] = once ? [['caller'], ['callee']] : [['caller', 'callee']]
  for (const hangUps of meetings) {
    const wire: string[] = []
    try {
      await meet(cell, hangUps, { browser, wire })
    } catch (error) {
      throw new Error(`${String(error)}\n\n${wire.join('\n')}`, { cause: error })
    }
  }
}

const superscripts = ['¹', '²', '³']

/** The table in Markdown; a cell of which it knows nothing has not been tried. */
export const renderMatrix = (works: ReadonlyMap<Cell, boolean>): string => {
  const reasons = [...new Set(cells.flatMap(({ impossible }) => impossible ?? []))]
  const mark = (cell: Cell): string => {
    if (cell.impossible !== null) return `–${superscripts[reasons.indexOf(cell.impossible)]}`
    const result = works.get(cell)
    if (result === undefined) return '?'
    return result ? '✓' : '✗'
  }
  const width = Math.max(...kinds.map(({ name }) => name.length))
  const row = (first: string, others: readonly string[]): string =>
    `| ${first.padEnd(22)} | ${others.map((other) => other.padEnd(width)).join(' | ')} |`
  return [
    row(
      'who calls ↓ whom →',
      kinds.map(({ name }) => name)
    ),
    `|${'-'.repeat(24)}|${kinds.map(() => `:${'-'.repeat(width)}:|`).join('')}`,
    ...kinds.map((kind) => row(`**${kind.name}**`, cells.filter(({ caller }) => caller === kind).map(mark))),
    '',
    ...reasons.map((reason, index) => `${superscripts[index]} ${reason}`),
    ''
  ].join('\n')
}
