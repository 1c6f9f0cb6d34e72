/** A program of a test that is a process of its own: Node takes it only as JavaScript. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

// Within the repository, where its packages are found.
const cache = fileURLToPath(new URL('../../.cache/', import.meta.url))

interface Program extends AsyncDisposable {
  readonly file: string
}

/** The JavaScript file of a program, until it is disposed of. */
export const bundled = async (source: URL): Promise<Program> => {
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'program-'))
  const file = join(folder, `${basename(source.pathname, '.ts')}.mjs`)
  await build({
    entryPoints: [fileURLToPath(source)],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    target: 'node20'
  })
  return { file, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}
