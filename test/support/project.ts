/** The package as somebody who has installed it has it. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { sdk, sdkForNode } from '../../scripts/lib/bundle.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A project that has the package installed, as far as the SDK goes, until it is disposed of. */
export const projectWithSdk = async (): Promise<{ readonly path: string } & AsyncDisposable> => {
  await mkdir(join(root, '.cache'), { recursive: true })
  const path = await mkdtemp(join(root, '.cache', 'project-'))
  const home = join(path, 'node_modules', 'patchcord')
  for (const part of [sdk, sdkForNode]) {
    const { outfile, outdir = dirname(outfile ?? ''), ...settings } = part
    await build({ ...settings, absWorkingDir: root, outdir: join(home, outdir) })
  }
  await writeFile(join(home, 'package.json'), await readFile(join(root, 'package.json')))
  await writeFile(join(path, 'package.json'), '{ "type": "module" }')
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}
