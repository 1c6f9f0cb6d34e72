/** `patchcord call` as a person sees it: in a terminal of 80 columns and 24 rows, with keys. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { vi } from 'vitest'

const command = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const patience = { timeout: 30_000, interval: 50 }

export const keys = { enter: '\r', escape: '\u001B', tab: '\t', down: '\u001B[B', backspace: '\u007F' }

const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`

/** Without what moves the cursor and sets colors: what has been drawn, one screen after the other. */
const readable = stripVTControlCharacters

export const openWindow = (args: readonly string[]) => {
  const line = [process.execPath, command, 'call', ...args].map(quoted).join(' ')
  const child = spawn('script', ['-qefc', `stty rows 24 cols 80; exec ${line}`, '/dev/null'], {
    env: { ...process.env, TERM: 'xterm-256color', COLORTERM: '', NO_COLOR: '' }
  })
  const code = once(child, 'close').then(([status]) => Number(status))
  let drawn = ''
  child.stdout.on('data', (data: Buffer) => (drawn += data.toString()))
  return {
    code,
    /** Everything that has been written to the terminal. */
    get raw(): string {
      return drawn
    },
    press(key: string): void {
      child.stdin.write(key)
    },
    /** Waits until this has been drawn, since it was told to forget what was before. */
    async shows(what: RegExp): Promise<void> {
      await vi.waitFor(() => {
        const text = readable(drawn)
        if (!what.test(text)) throw new Error(`${String(what)} is not shown: ${text.slice(-1_500)}`)
      }, patience)
    },
    forget(): void {
      drawn = ''
    },
    async [Symbol.asyncDispose](): Promise<void> {
      child.kill('SIGKILL')
      await code
    }
  }
}
