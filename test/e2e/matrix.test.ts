/** Every kind of client calls every other. Prints the table, and keeps it as dist/matrix.md. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Browser } from 'playwright-core'
import { launchChromium } from '../support/browser.ts'
import { cells, renderMatrix, tryCell, type Cell } from '../support/matrix.ts'

const root = new URL('../../', import.meta.url)
const works = new Map<Cell, boolean>()
let browser: Browser

beforeAll(async () => {
  browser = await launchChromium({ autoplay: true })
})

afterAll(async () => {
  await browser.close()
  const table = renderMatrix(works)
  mkdirSync(new URL('dist/', root), { recursive: true })
  writeFileSync(new URL('dist/matrix.md', root), table)
  console.log(`\n${table}`)
})

describe('both see and hear, and either can hang up', () => {
  const possible = cells.filter(({ impossible }) => impossible === null)
  test.each(possible.map((cell) => [cell.caller.name, cell.callee.name, cell] as const))(
    '%s calls %s',
    { timeout: 60_000 },
    async (_caller, _callee, cell) => {
      works.set(cell, false)
      await tryCell(browser, cell)
      works.set(cell, true)
    }
  )
})

test.each(['docs/interop.md', 'README.md', 'README.ko.md'])(
  '%s shows a table in which all is well',
  (file) => {
    const [table] = renderMatrix(new Map(cells.map((cell) => [cell, true]))).split('\n\n')
    expect(readFileSync(new URL(file, root), 'utf8')).toContain(table)
  }
)
