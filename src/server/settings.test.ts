import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type Settings, SettingsError, readCommand, settingsFrom, usage } from './settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'patchcord-settings-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
const fileOf = (content: string): string => {
  files += 1
  const file = join(folder, `${files}.json`)
  writeFileSync(file, content)
  return file
}

const settingsOf = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Settings => {
  const command = readCommand(args, env)
  if (command.type !== 'serve') throw new Error(`not to serve but ${command.type}`)
  return command.settings
}

/** What the user is told. */
const complaintAbout = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    if (error instanceof SettingsError) return error.message
    throw error
  }
  throw new Error('no complaint')
}

describe('without a word', () => {
  test('the documented defaults hold', () => {
    expect(settingsOf([])).toEqual(settingsFrom({}))
    expect(settingsFrom({})).toMatchObject({
      port: 8_888,
      host: '',
      also: [],
      static: '',
      allowOrigin: [],
      ringMs: 45_000,
      messageBurst: 500,
      messagesPerSecond: 100,
      maxFrameBytes: 262_144,
      maxQueuedBytes: 4_194_304,
      pingMs: 20_000
    })
  })
})

describe('a setting', () => {
  test.each<[string, readonly string[], NodeJS.ProcessEnv, Partial<Settings>]>([
    ['is a flag', ['--port', '9000', '--host=127.0.0.1'], {}, { port: 9_000, host: '127.0.0.1' }],
    ['may follow the command', ['serve', '--ring-ms', '30000'], {}, { ringMs: 30_000 }],
    [
      'is a variable',
      [],
      { PATCHCORD_RING_MS: '30000', PATCHCORD_LOG_LEVEL: 'info' },
      { ringMs: 30_000, logLevel: 'info' }
    ],
    [
      'is a key of a file',
      ['--config', fileOf('{"ringMs":30000,"also":[6503,6504]}')],
      {},
      { ringMs: 30_000, also: [6_503, 6_504] }
    ],
    ['as a flag beats the variable', ['--port', '1'], { PATCHCORD_PORT: '2' }, { port: 1 }],
    [
      'as a variable beats the file',
      ['--config', fileOf('{"port":3,"pingMs":100}')],
      { PATCHCORD_PORT: '2' },
      { port: 2, pingMs: 100 }
    ],
    ['can be repeated as a flag', ['--also', '6503', '--also', '6504'], {}, { also: [6_503, 6_504] }],
    ['can be a list as a flag', ['--also', '6503,6504'], {}, { also: [6_503, 6_504] }],
    [
      'can be a list as a variable',
      [],
      { PATCHCORD_ALLOW_ORIGIN: 'https://a.example,https://b.example' },
      { allowOrigin: ['https://a.example', 'https://b.example'] }
    ],
    [
      'of another relay may come by several ways',
      ['--turn-url', 'turn:a.example', '--turn-url', 'turns:a.example:443?transport=tcp'],
      { PATCHCORD_TURN_SECRET: 'a secret, with a comma' },
      {
        turnUrl: ['turn:a.example', 'turns:a.example:443?transport=tcp'],
        turnSecret: 'a secret, with a comma'
      }
    ],
    [
      'may be an address of each family',
      ['--public-ip', '9.9.9.9', '--public-ip', '2620:fe::fe'],
      {},
      { publicIp: ['9.9.9.9', '2620:fe::fe'] }
    ],
    [
      'may be a private address, for those who share its network',
      ['--public-ip', '10.0.0.9'],
      {},
      { publicIp: ['10.0.0.9'] }
    ],
    [
      'that nobody knows as a variable is not ours',
      [],
      { PATCHCORD_UNKNOWN: 'x', PORT: '1' },
      { port: 8_888 }
    ]
  ])('%s', (_promise, args, env, settings) => {
    expect(settingsOf(args, env)).toMatchObject(settings)
  })
})

describe('a mistake is answered with one line that says what to change:', () => {
  test.each<[readonly string[], RegExp]>([
    [['--port', 'nine'], /^--port: a whole number is due\.$/],
    [['--port', '1.5'], /^--port: a whole number is due\.$/],
    [['--port', ''], /^--port: a whole number is due\.$/],
    [['--port', '70000'], /^--port: at most 65535 is possible\.$/],
    [['--ring-ms', '1'], /^--ring-ms: at least 1000 is due\.$/],
    [['--also', '6503,x'], /^--also: a whole number is due\.$/],
    [['--also', '0'], /^--also: at least 1 is due\.$/],
    [['--also', '70000'], /^--also: at most 65535 is possible\.$/],
    [['--log-level', 'loud'], /^--log-level: one of trace, .* is due\.$/],
    [['--prot', '1'], /^Unknown option '--prot'\. See --help\.$/],
    [['--port'], /^Option '--port <value>' argument missing\. See --help\.$/],
    [['--port', '-1'], /^Option '--port' argument is ambiguous\. See --help\.$/],
    [['--help=yes'], /^Option '-h, --help' does not take an argument\. See --help\.$/],
    [['start'], /^There is no command “start”\. See --help\.$/],
    [['serve', 'now'], /^There is no command “serve now”\. See --help\.$/],
    [['--config', join(folder, 'none.json')], /^The settings file .*none\.json cannot be used: ENOENT.*$/],
    [['--config', fileOf('{')], /^The settings file .* cannot be used: .*JSON.*$/],
    [['--config', fileOf('[]')], /^The settings file .* cannot be used: .*$/],
    [['--config', fileOf('{"ports":1}')], /^There is no setting of the name ports\.$/],
    [['--config', fileOf('{"port":true}')], /^--port: a whole number is due\.$/],
    [['--config', fileOf('{"host":7}')], /^--host: .*\.$/],
    [['--allow-origin', 'localhost:3000'], /^--allow-origin: an origin is due: .*scheme:.*\.$/],
    [['--allow-origin', 'https://a.example/'], /^--allow-origin: an origin is due: .*\.$/],
    [['--turn-url', 'turn:a.example'], /^--turn-url needs .*: set PATCHCORD_TURN_SECRET\.$/],
    [['--turn-secret', 'hush'], /^--turn-secret is .*: say which with --turn-url\.$/],
    [
      ['--turn-url', 'stun:a.example', '--turn-secret', 'hush'],
      /^--turn-url: a TURN URL is due, such as .*\.$/
    ],
    [['--config', fileOf('{"turnUrl":[7]}')], /^--turn-url: a TURN URL is due\.$/],
    [['--config', fileOf('{"turnSecret":4711}')], /^--turn-secret: a text is due\.$/],
    [
      ['--turn-url', Array.from({ length: 9 }, () => 'turn:a.example').join()],
      /^--turn-url: at most 8 are possible\.$/
    ],
    [['--relay', 'yes'], /^--relay: auto, on or off is due\.$/],
    [['--public-ip', '0.0.0.0'], /^--public-ip: an IPv4 or IPv6 address is due .*\.$/],
    [['--public-ip', 'calls.example'], /^--public-ip: an IPv4 or IPv6 address is due .*\.$/],
    [['--public-ip', '9.9.9.9,1.1.1.1'], /^--public-ip: one IPv4 and one IPv6 address are possible\.$/],
    [['--config', fileOf('{"allowOrigin":[7]}')], /^--allow-origin: an origin is due\.$/]
  ])('%j', (args, complaint) => {
    const message = complaintAbout(() => readCommand(args, {}))
    expect(message).toMatch(complaint)
    expect(message).not.toContain('\n')
  })

  test('in a variable', () => {
    expect(complaintAbout(() => readCommand([], { PATCHCORD_PORT: 'x' }))).toBe(
      '--port: a whole number is due.'
    )
  })
})

describe('the command line', () => {
  test.each(['--help', '--version'])('%s asks for no settings, and none are read', (flag) => {
    expect(readCommand([flag, '--port', 'nine'], {}).type).toBe(flag.slice(2))
  })

  test('takes -h for --help, and every kind of origin', () => {
    expect(readCommand(['-h'], {}).type).toBe('help')
    const allowOrigin = ['*', 'null', 'http://[::1]:3000', 'chrome-extension://abc']
    expect(settingsFrom({ allowOrigin }).allowOrigin).toEqual(allowOrigin)
  })

  test('of --help names every flag with its default', () => {
    for (const key of Object.keys(settingsFrom({}))) {
      const flag = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
      expect(usage()).toMatch(new RegExp(`^  --${flag} `, 'm'))
    }
    expect(usage()).toContain('(8888)')
    expect(usage()).toContain('--config FILE')
  })
})
