/** A server on a host of a test's network, as a process of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { server } from '../../scripts/lib/bundle.js'
import { sdkPage, sdkPageScript } from './sdk-pages.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/**
 * Builds the server of the sources at hand, and starts it with the page of the SDK as its own; answers
 * when it listens. It is for a network that ends what runs on its hosts.
 */
export const serveOn = async (
  on: readonly [string, ...string[]],
  flags: readonly string[]
): Promise<AsyncDisposable> => {
  await mkdir(join(root, '.cache'), { recursive: true })
  const folder = await mkdtemp(join(root, '.cache', 'server-'))
  const pages = join(folder, 'pages')
  await mkdir(pages)
  await writeFile(join(pages, 'index.html'), sdkPage)
  await writeFile(join(pages, 'page.js'), await sdkPageScript())
  await build({ ...server, absWorkingDir: root, outdir: folder })
  const [program, ...words] = on
  const options = ['--static', pages, '--state-dir', join(folder, 'state'), ...flags]
  const child = spawn(program, [...words, process.execPath, join(folder, 'cli.js'), ...options], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const exited = once(child, 'exit')
  const release = async (): Promise<void> => {
    child.kill()
    await exited
    await rm(folder, { recursive: true, force: true })
  }
  const begun = await Promise.race([once(child.stdout, 'data').then(() => true), exited.then(() => false)])
  if (!begun) {
    await release()
    throw new Error('The server ended before it began.')
  }
  return { [Symbol.asyncDispose]: release }
}
