/**
 * Prints what a benchmark has measured, and on what, and keeps it under bench/results.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'

export type Row = Readonly<Record<string, string | number>>

export const percentile = (values: readonly number[], percent: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN
}

const machine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}`

const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`

const table = (rows: readonly Row[]): string => {
  const columns = Object.keys(rows[0] ?? {})
  return [
    line(columns),
    line(columns.map(() => '---')),
    ...rows.map((row) => line(columns.map((column) => row[column] ?? '')))
  ].join('\n')
}

export const report = (name: string, rows: readonly Row[]): void => {
  const text = `# ${name}\n\n${machine()}, ${new Date().toISOString().slice(0, 10)}.\n\n${table(rows)}\n`
  const folder = join(process.cwd(), 'bench', 'results')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.md`), text)
  console.log(`\n${text}`)
}
