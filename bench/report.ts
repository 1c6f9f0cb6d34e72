/**
 * What benchmarks share: our server to measure, and a report that says what was measured on what and
 * is kept under bench/results.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

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

/** Milliseconds of processor time. */
export const processorMs = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** Our server as it was built, on a free port. */
export const startServer = async (
  flags: readonly string[] = []
): Promise<{ server: ChildProcess; origin: string; pid: number }> => {
  const entry = fileURLToPath(new URL('../server/cli.js', import.meta.url))
  const server = spawn(process.execPath, [entry, '--port', '0', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const [line] = await once(server.stdout, 'data')
  const port = /:(\d+)\s*$/m.exec(String(line))?.[1] ?? ''
  return { server, origin: `http://127.0.0.1:${port}`, pid: server.pid ?? 0 }
}
