/** `patchcord load` where something goes wrong: with the server, with the machine, with what it was told. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serve } from '../../src/server/serve.ts'
import type { Settings } from '../../src/server/settings.ts'
import { bundled } from '../support/bundled.ts'
import { eventually } from '../support/eventually.ts'
import { healthOf } from '../support/foreign-parties.ts'
import { killableServer } from '../support/killable-server.ts'
import { listening } from '../support/listening.ts'
import { load, startLoad, summaryOf } from '../support/load-run.ts'

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const serving = (settings: Partial<Settings>) =>
  serve({ port: 0, host: '127.0.0.1', logLevel: 'silent', ...settings })

describe('a server', () => {
  test('that is killed and comes back loses calls, and gets its clients back', async () => {
    await using server = await killableServer()
    const run = startLoad(server.url, '--pairs 12 --rate 10 --talk 0.5 --duration 14')
    await pause(3_000)
    await server.kill()
    await pause(1_500)
    await server.start()
    const { exitCode, clients, errors, calls } = await run.summary()
    expect(exitCode).toBe(14)
    const { signedIn, lost, keptOut } = clients
    expect([lost > 0, keptOut > 0]).toEqual([true, true])
    // All of them are back.
    expect(signedIn).toBe(24 + lost)
    expect(errors['lost: 1006']).toBe(lost)
    expect(errors['unreachable: ECONNREFUSED']).toBeGreaterThan(0)
    const { begun, well, failed, cutOff } = calls
    expect(begun).toBe(well + failed + cutOff)
    expect([well > 0, failed > 0]).toEqual([true, true])
  })

  test('that is not there is told of in one sentence, after some attempts', async () => {
    const none = createServer()
    const port = await listening(none)
    none.close()
    const server = `http://127.0.0.1:${port}`
    const { code, said, complained, summary } = await load(server, '--pairs 3 --quiet')
    expect(complained).toBe(
      `patchcord: Nobody could sign in at ${server} (unreachable: ECONNREFUSED): start a server there, or say where there is one with --server.\n`
    )
    expect([code, said]).toEqual([3, ''])
    expect(summary).toMatchObject({ exitCode: 3, why: 'nobody-there' })
    expect(summary?.clients.keptOut).toBeGreaterThan(6)
  })

  test('that is something else is told of, too', async () => {
    const other = createServer((_request, response) => response.writeHead(404).end())
    const server = `http://127.0.0.1:${await listening(other)}`
    const { code, complained } = await load(server, '--pairs 1 --quiet')
    expect(code).toBe(3)
    expect(complained).toContain(`Nobody could sign in at ${server} (unreachable: Unexpected server response`)
    other.close()
  })

  test('that closes in order is left without calls', async () => {
    const server = await serving({})
    const run = startLoad(server.url, '--pairs 5 --rate 1 --talk 3 --duration 4')
    await eventually(() => healthOf(server.url)).toBe(10)
    await pause(500)
    await server.close()
    const { exitCode, clients, errors, calls } = await run.summary()
    expect(exitCode).toBe(14)
    expect(clients.lost).toBeGreaterThan(0)
    expect(Object.keys(errors)).toContainEqual(expect.stringMatching(/^lost: 1001/))
    expect(calls.failed).toBeGreaterThan(0)
  })
})

describe('refusals are counted by their code:', () => {
  test('a lobby that is full', async () => {
    await using server = await serving({ lobbySize: 6 })
    const { exitCode, refusals, calls, clients } = await summaryOf(
      server.url,
      '--pairs 6 --rate 5 --talk 0.2 --duration 4'
    )
    expect(exitCode).toBe(14)
    expect(refusals['lobby-full']).toBe(clients.keptOut)
    expect(clients.signedIn).toBe(6)
    expect(calls.failed).toBe(0)
  })

  test('a server that is full', async () => {
    await using server = await serving({ maxConnections: 4 })
    const { exitCode, refusals, clients } = await summaryOf(
      server.url,
      '--pairs 4 --rate 5 --talk 0.2 --duration 6'
    )
    expect(exitCode).toBe(14)
    expect(refusals['too-many-connections']).toBeGreaterThan(0)
    expect(clients.signedIn).toBe(4)
  })

  test('too many messages', async () => {
    await using server = await serving({ messageBurst: 20, messagesPerSecond: 1 })
    const { exitCode, refusals, calls, ends } = await summaryOf(
      server.url,
      '--pairs 4 --rate 5 --talk 0.2 --duration 5'
    )
    expect(exitCode).toBe(14)
    expect(refusals['rate-limited']).toBeGreaterThan(0)
    expect(ends['refused']).toBeGreaterThan(0)
    expect(calls.begun).toBe(calls.well + calls.failed + calls.cutOff)
  })

  test('a lobby that is full, by an answer over HTTP', async () => {
    await using server = await serving({ lobbySize: 2 })
    const flags = '--protocol peerconnection --pairs 2 --rate 2 --talk 0.2 --duration 4'
    const { exitCode, clients, refusals } = await summaryOf(server.url, flags)
    expect(exitCode).toBe(14)
    expect(clients.signedIn).toBe(2)
    expect(refusals).toEqual({ 'lobby-full': clients.keptOut })
  })

  test('but of a protocol that has no word for it nobody is told', async () => {
    await using server = await serving({ lobbySize: 2 })
    const flags = '--protocol mdn --pairs 2 --rate 2 --talk 0.2 --duration 4'
    const { exitCode, clients, errors } = await summaryOf(server.url, flags)
    expect(exitCode).toBe(14)
    expect(clients.signedIn).toBe(2)
    expect(errors).toEqual({ 'no-answer: sign-in': 2 })
  })
})

const run = (command: string, args: readonly string[]) => {
  const child = spawn(command, args)
  let [said, complained] = ['', '']
  child.stdout.on('data', (chunk) => (said += String(chunk)))
  child.stderr.on('data', (chunk) => (complained += String(chunk)))
  const ended = once(child, 'close').then(([code]) => ({ code: Number(code), said, complained }))
  return { child, ended }
}

describe('the command', () => {
  let program: Awaited<ReturnType<typeof bundled>>
  beforeAll(async () => {
    program = await bundled(new URL('../support/load-program.ts', import.meta.url))
  })
  afterAll(() => program[Symbol.asyncDispose]())

  const node = (...args: readonly string[]) => run(process.execPath, [program.file, ...args])

  test.each([
    ['no pairs', 1, ['--pairs', '0'], '--pairs 0: at least 1 is due.'],
    ['a flag that there is not', 1, ['--fast'], "Unknown option '--fast'. See --help."],
    ['a folder that there is not', 2, ['--json', 'none/out.json'], '--json: there is no folder none.'],
    ['a device', 2, ['--json', '/dev/null'], '--json: /dev/null is no file.']
  ])('%s: one sentence, and the exit code is %i', async (_what, code, args, sentence) => {
    expect(await node(...args).ended).toEqual({ code, said: '', complained: `patchcord: ${sentence}\n` })
  })

  test('more pairs than open files: one sentence', async () => {
    const limited = `ulimit -n 256; exec "${process.execPath}" "${program.file}" --pairs 200`
    expect(await run('sh', ['-c', limited]).ended).toEqual({
      code: 1,
      said: '',
      complained:
        'patchcord: --pairs: 200 pairs need about 464 open files, and this process may have 256: raise that with “ulimit -n 464”, or ask for fewer.\n'
    })
  })

  test('help is what was asked for', async () => {
    const { code, said } = await node('--help').ended
    expect(code).toBe(0)
    expect(said).toContain('--lobby-per-pair')
  })

  test('a file that can no longer be written when the run is over: the table is there all the same', async () => {
    await using server = await serving({})
    const folder = mkdtempSync(join(tmpdir(), 'patchcord-load-'))
    const flags = ['--pairs', '2', '--talk', '0.2', '--duration', '2', '--quiet']
    const { ended } = node('--server', server.url, '--json', join(folder, 'out.json'), ...flags)
    // That the file can be written is looked at before anybody signs in.
    await eventually(() => healthOf(server.url)).toBe(4)
    rmSync(folder, { recursive: true })
    const { code, said, complained } = await ended
    expect([code, complained]).toEqual([2, `patchcord: --json: there is no folder ${folder}.\n`])
    expect(said).toContain('sign-ins    4, kept out 0, lost 0')
  })

  test('Ctrl-C ends it with its table', async () => {
    await using server = await serving({})
    const { child, ended } = node('--server', server.url, '--pairs', '4')
    await eventually(() => healthOf(server.url)).toBe(8)
    await pause(500)
    child.kill('SIGINT')
    const { code, said } = await ended
    expect(code).toBe(0)
    expect(said).toContain('It was interrupted.\n')
    expect(said).toContain('sign-ins    8, kept out 0, lost 0')
  })
})
