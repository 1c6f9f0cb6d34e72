/** A program that starts another with words before it and a word on what it says: what a browser's driver takes for the browser. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Launcher extends AsyncDisposable {
  /** An executable. */
  readonly file: string
  /** A folder of its own. */
  readonly folder: string
}

/** Words as a shell takes them for what they are. */
export const quoted = (words: readonly string[]): string =>
  words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ')

/** A shell script, until it is disposed of. */
export const launcher = async (script: string): Promise<Launcher> => {
  const folder = await mkdtemp(join(tmpdir(), 'patchcord-launcher-'))
  const file = join(folder, 'launch')
  await writeFile(file, `#!/bin/sh\n${script}\n`)
  await chmod(file, 0o755)
  return { file, folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}
