/** Programs of whatever name, found before those that are installed. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** By their names, what they do: scripts for Node. Nothing else is to be found. */
export const onlyCommands = async (scripts: Readonly<Record<string, string>>) => {
  const folder = await mkdtemp(join(tmpdir(), 'patchcord-commands-'))
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(join(folder, name), `#!${process.execPath}\n${script}\n`)
    await chmod(join(folder, name), 0o755)
  }
  const before = process.env['PATH']
  process.env['PATH'] = folder
  return {
    folder,
    async [Symbol.asyncDispose]() {
      process.env['PATH'] = before
      await rm(folder, { recursive: true })
    }
  }
}
