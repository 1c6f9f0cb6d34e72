/** The built server in a process of its own, which can be killed without warning and started again where it was. */
import { randomInt } from 'node:crypto'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { server as settings } from '../../scripts/lib/bundle.js'

export interface KillableServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** Without a word to anybody: SIGKILL. */
  kill(): Promise<void>
  start(): Promise<void>
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/** One of those that no system gives to whoever asks for any, as others may while the server is dead. */
const freePort = async (): Promise<number> => {
  const port = randomInt(20_000, 32_000)
  const probe = createServer()
  try {
    probe.listen(port, '127.0.0.1')
    await once(probe, 'listening')
  } catch {
    return freePort()
  }
  probe.close()
  await once(probe, 'close')
  return port
}

export const killableServer = async (): Promise<KillableServer> => {
  const port = await freePort()
  // In the repository, where its packages are found.
  const folder = join(root, '.cache', `server-${process.pid}-${port}`)
  const file = join(folder, 'cli.js')
  await build({ ...settings, absWorkingDir: root, outdir: folder })
  let child: ChildProcess | null = null

  const kill = async (): Promise<void> => {
    const killed = child
    child = null
    if (killed === null) return
    const gone = once(killed, 'exit')
    killed.kill('SIGKILL')
    await gone
  }
  const start = async (): Promise<void> => {
    const started = spawn(process.execPath, [file, '--port', `${port}`, '--host', '127.0.0.1'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, PATCHCORD_LOG_LEVEL: 'silent' }
    })
    child = started
    const failed = once(started, 'exit').then(([code]) => {
      if (child === started) throw new Error(`the server ended with ${code}`)
    })
    await Promise.race([once(started.stdout, 'data'), failed])
    started.stdout.resume()
  }
  await start()
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    kill,
    start,
    async [Symbol.asyncDispose]() {
      await kill()
      await rm(folder, { recursive: true })
    }
  }
}
