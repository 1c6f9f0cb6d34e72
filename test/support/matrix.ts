/**
 * The interop matrix: who can call whom. One cell is a call from one kind of client to another, the pages in
 * a real browser and the terminal as a process of its own, that both ends see and hear and that either end can end.
 */
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { serve } from '../../src/server/serve.ts'
import {
  type Client,
  type Kind,
  app,
  hangingGetPage,
  mdnPage,
  roomPage,
  terminalHangingGet,
  terminalNative
} from './kinds.ts'

export interface Cell {
  readonly caller: Kind
  readonly callee: Kind
  /** Why there can be no such call. */
  readonly impossible: string | null
}

const kinds: readonly Kind[] = [app, mdnPage, roomPage, hangingGetPage, terminalNative, terminalHangingGet]

const whyImpossible = (caller: Kind, callee: Kind): string | null =>
  caller === roomPage && callee !== roomPage
    ? 'A room page cannot choose whom to call: it calls only the next room page that says it is here.'
    : null

export const cells: readonly Cell[] = kinds.flatMap((caller) =>
  kinds.map((callee) => ({ caller, callee, impossible: whyImpossible(caller, callee) }))
)

type Side = 'caller' | 'callee'

const pages = fileURLToPath(new URL('../pages', import.meta.url))

/** One call: both see and hear, then one hangs up and the other learns of it. */
const holdCall = async ({ caller, callee }: Readonly<Record<Side, Client>>, hangsUp: Side): Promise<void> => {
  await caller.call('bob')
  await callee.answer()
  await Promise.all([caller.mediaArrives(), callee.mediaArrives()])
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
  const place = { browser, url: server.url, wire }
  await using caller = await cell.caller.enter({ ...place, name: 'ada' })
  await using callee = await cell.callee.enter({ ...place, name: 'bob' })
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
