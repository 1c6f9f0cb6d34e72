/** What a newcomer's first commands decide by themselves: what to install, what to build, which browser to use. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { findAiortc, provideAiortc } from '../../scripts/lib/aiortc.js'
import { findBrowser } from '../../scripts/lib/browser.js'
import { fingerprint, isBuilt, stamp } from '../../scripts/lib/bundle.js'
import { findCoturn, provideCoturn } from '../../scripts/lib/coturn.js'
import { findFirefox, provideFirefox } from '../../scripts/lib/firefox.js'
import { isInstalled } from '../../scripts/lib/install.js'
import { provideNetworks } from '../../scripts/lib/networks.js'
import { isSupported } from '../../scripts/lib/node-version.js'
import { root } from '../../scripts/lib/run.js'
import { runSteps } from '../../scripts/lib/steps.js'
import { tallyOf } from '../../scripts/lib/vitest.js'

/** A folder of its own for a test, gone with it. */
const temporaryFolder = async () => {
  const path = await mkdtemp(join(tmpdir(), 'patchcord-'))
  const write = async (name: string, content: string): Promise<string> => {
    const file = join(path, name)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
    return file
  }
  return { path, write, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

/** A lock file, or npm's account of what it has installed. */
const lock = (packages: Record<string, object>): string =>
  JSON.stringify({ packages: { '': { version: '0.1.0' }, ...packages } })

const builtFolder = async () => {
  const folder = await temporaryFolder()
  await folder.write('src/server/cli.ts', 'serve()')
  await folder.write('package-lock.json', '{}')
  await folder.write(stamp, fingerprint(folder.path))
  return folder
}

test.each([
  ['18.20.8', false],
  ['20.18.3', false],
  ['20.19.0', true],
  ['21.7.3', false],
  ['22.11.0', false],
  ['22.12.0', true],
  ['23.11.1', false],
  ['24.0.0', true],
  ['26.1.0', true]
])('Node %s: supported is %s', (version, supported) => {
  expect(isSupported(version)).toBe(supported)
})

describe('packages', () => {
  const wanted = {
    'node_modules/ws': { version: '8.0.0' },
    'node_modules/mac': { version: '2.0.0', optional: true }
  }

  test.each([
    ['are missing where nothing was installed', undefined, false],
    ['are there where npm says so', wanted, true],
    ['may lack what is optional', { 'node_modules/ws': { version: '8.0.0' } }, true],
    ['are missing where one is', { 'node_modules/mac': { version: '2.0.0', optional: true } }, false],
    ['are out of date where one is', { ...wanted, 'node_modules/ws': { version: '7.9.0' } }, false],
    [
      'are out of date where an optional one is',
      { ...wanted, 'node_modules/mac': { version: '1.0.0' } },
      false
    ]
  ])('%s', async (_promise, installed, complete) => {
    await using folder = await temporaryFolder()
    await folder.write('package-lock.json', lock(wanted))
    if (installed) await folder.write('node_modules/.package-lock.json', lock(installed))
    expect(isInstalled(folder.path)).toBe(complete)
  })
})

describe('a build', () => {
  test('is good for the sources it was made from', async () => {
    await using folder = await builtFolder()
    expect(isBuilt(folder.path)).toBe(true)
  })

  test('does not depend on the tests', async () => {
    await using folder = await builtFolder()
    await folder.write('src/server/cli.test.ts', 'test()')
    expect(isBuilt(folder.path)).toBe(true)
  })

  test.each([
    ['a changed source', 'src/server/cli.ts', 'listen()'],
    ['a new source', 'src/server/flags.ts', ''],
    ['other packages', 'package-lock.json', '{ "packages": {} }'],
    ['an interrupted build', stamp, '']
  ])('is made again after %s', async (_change, file, content) => {
    await using folder = await builtFolder()
    await folder.write(file, content)
    expect(isBuilt(folder.path)).toBe(false)
  })
})

describe('the browser', () => {
  test('is the one that PATCHCORD_BROWSER names', async () => {
    expect(await findBrowser({ PATCHCORD_BROWSER: '/opt/my browser' })).toBe('/opt/my browser')
  })

  test('is the best on the path that starts', async () => {
    await using folder = await temporaryFolder()
    const program = async (name: string, exitCode: number): Promise<string> => {
      const file = await folder.write(name, `#!/bin/sh\nexit ${exitCode}\n`)
      await chmod(file, 0o755)
      return file
    }
    await program('a/chromium-browser', 1)
    await program('a/google-chrome-stable', 0)
    const best = await program('b/google-chrome', 0)
    const path = ['a', 'b'].map((name) => join(folder.path, name)).join(delimiter)
    expect(await findBrowser({ PATH: path })).toBe(best)
  })
})

/** An installer that cannot. */
const nothing = async (): Promise<string> => 'E: no such package\n'

describe('coturn', () => {
  test('is the first on the path, and is not installed again', async () => {
    await using folder = await temporaryFolder()
    const first = await folder.write('b/turnserver', '')
    await folder.write('c/turnserver', '')
    const env = { PATH: ['a', 'b', 'c'].map((name) => join(folder.path, name)).join(delimiter) }
    const install = vi.fn(nothing)
    expect(findCoturn(env)).toBe(first)
    expect(await provideCoturn(install, env)).toEqual({ ok: true, output: '' })
    expect(install).not.toHaveBeenCalled()
  })

  test('that was missing is there once it is installed', async () => {
    await using folder = await temporaryFolder()
    const install = async (): Promise<string> => folder.write('turnserver', '')
    expect(await provideCoturn(install, { PATH: folder.path })).toMatchObject({ ok: true })
  })

  test('that cannot be had is told, and where machines are made for tests it is a failure', async () => {
    const reason = 'there is no turnserver on the path, and none could be installed'
    expect(await provideCoturn(nothing, {})).toMatchObject({ ok: true, notRun: reason })
    const failure = { ok: false, output: `E: no such package\n${reason}\n` }
    expect(await provideCoturn(nothing, { CI: 'true' })).toEqual(failure)
  })
})

const nowhere = () => undefined

describe('Firefox', () => {
  test('is the one that is named, else the first on the path', async () => {
    await using folder = await temporaryFolder()
    const first = await folder.write('b/firefox', '')
    await folder.write('c/firefox', '')
    const PATH = ['a', 'b', 'c'].map((name) => join(folder.path, name)).join(delimiter)
    expect(findFirefox({ PATH })).toBe(first)
    expect(findFirefox({ PATH, PATCHCORD_FIREFOX: '/opt/firefox' })).toBe('/opt/firefox')
  })

  test('that cannot be had is told, and where machines are made for tests it is a failure', async () => {
    const notRun = expect.stringContaining('PATCHCORD_FIREFOX')
    expect(await provideFirefox(nothing, {}, nowhere)).toMatchObject({ ok: true, notRun })
    expect(await provideFirefox(nothing, { CI: 'true' }, nowhere)).toEqual({ ok: false, output: notRun })
  })
})

describe('aiortc', () => {
  test('is that of the Python that is named, else of the first on the path that has it', async () => {
    await using folder = await temporaryFolder()
    const [without, having] = [await folder.write('a/python3', ''), await folder.write('b/python3', '')]
    const env = { PATH: [without, having].map((path) => dirname(path)).join(delimiter) }
    expect(findAiortc(env, (path) => path === having)).toBe(having)
    expect(findAiortc(env, () => false)).toBeUndefined()
    expect(findAiortc({ ...env, PATCHCORD_PYTHON: '/opt/python' })).toBe('/opt/python')
  })

  test('that cannot be had is told, and where machines are made for tests it is a failure', async () => {
    const notRun = expect.stringContaining('PATCHCORD_PYTHON')
    expect(await provideAiortc(nothing, {}, nowhere)).toMatchObject({ ok: true, notRun })
    expect(await provideAiortc(nothing, { CI: 'true' }, nowhere)).toEqual({ ok: false, output: notRun })
  })
})

const why = async () => 'this is no Linux'

test('networks that cannot be are told with the reason, and where machines are made for tests it is a failure', async () => {
  expect(await provideNetworks(async () => undefined, {})).toEqual({ ok: true, output: '' })
  expect(await provideNetworks(why, {})).toEqual({ ok: true, output: '', notRun: 'this is no Linux' })
  expect(await provideNetworks(why, { CI: 'true' })).toEqual({ ok: false, output: 'this is no Linux\n' })
})

test('a report counts its tests and says which failed and how, a file that could not be loaded being one of them', async () => {
  await using folder = await temporaryFolder()
  const passed = { status: 'passed', fullName: 'two people talk', failureMessages: [] }
  const failed = {
    status: 'failed',
    fullName: 'two people hang up',
    failureMessages: ['Error: no\n  at there']
  }
  const wire = Array.from({ length: 12 }, (_, at) => `→ ${at} ${'x'.repeat(at === 11 ? 300 : 1)}`)
  const told = {
    status: 'failed',
    fullName: 'two people meet',
    failureMessages: [`Error: no\n\n${wire.join('\n')}\n    at there\n→ no`]
  }
  const report = {
    numPassedTests: 5,
    testResults: [
      {
        name: join(root, 'a.test.ts'),
        status: 'passed',
        message: '',
        assertionResults: [passed, passed, passed, passed]
      },
      {
        name: join(root, 'b.test.ts'),
        status: 'failed',
        message: '',
        assertionResults: [passed, failed, told]
      },
      { name: join(root, 'c.test.ts'), status: 'failed', message: 'No such file\n…', assertionResults: [] }
    ]
  }
  expect(tallyOf(await folder.write('report.json', JSON.stringify(report)))).toEqual({
    passed: 5,
    failed: 3,
    failures: [
      'b.test.ts > two people hang up: Error: no',
      [
        'b.test.ts > two people meet: Error: no',
        ...wire.slice(2).map((line) => `  ${line.slice(0, 200)}`)
      ].join('\n'),
      'c.test.ts: No such file'
    ]
  })
})

test('every step runs, whatever fails, and a failure without a failed test counts as one', async () => {
  using output = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const results = await runSteps([
    { name: 'Lint', run: async () => ({ ok: false, output: 'a flaw' }) },
    { name: 'Unit', run: async () => ({ ok: false, output: '', tally: { passed: 3, failed: 2 } }) },
    { name: 'Build', run: async () => ({ ok: true, output: 'chatter' }) },
    { name: 'Relay', run: async () => ({ ok: true, output: '', notRun: 'there is none' }) }
  ])
  const written = output.mock.calls.map(([text]) => text).join('')
  expect(results.map(({ tally }) => tally)).toEqual([
    { passed: 0, failed: 1, failures: ['it failed; what it wrote is above'] },
    { passed: 3, failed: 2 },
    { passed: 0, failed: 0 },
    { passed: 0, failed: 0 }
  ])
  expect(written).toMatch(/^Relay .* NOT RUN: there is none$/m)
  expect(written).toContain('a flaw')
  expect(written).not.toContain('chatter')
})
