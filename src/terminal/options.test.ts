import { hostname } from 'node:os'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { flags, readOptions } from './options.ts'

const read = (line: string, environment: Readonly<Record<string, string>> = {}) =>
  readOptions(
    line.split(' ').filter((word) => word !== ''),
    environment
  )

/** What it says of a command line; `null` when it takes it. */
const complaintOf = (args: readonly string[]): string | null => {
  try {
    readOptions(args, {})
    return null
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return error.message
  }
}

test('nothing said is the example: a pattern, to this machine, at its port', () => {
  expect(read('')).toEqual({
    server: 'localhost',
    port: 8888,
    protocol: 'native',
    name: `user@${hostname()}`,
    lobby: 'main',
    peer: null,
    autoconnect: false,
    autocall: false,
    'auto-answer': false,
    loopback: false,
    source: 'pattern',
    size: { width: 640, height: 360 },
    fps: 15,
    stack: 'werift',
    codecs: ['VP8', 'H264'],
    'at-end': 'hang-up',
    stats: 0,
    ice: 'all',
    picture: 'auto',
    headless: false,
    trace: false,
    help: false,
    iceServers: []
  })
})

test.each<[string, object]>([
  ['bob', { peer: 'bob' }],
  ['--headless bob --trace', { peer: 'bob', headless: true, trace: true }],
  ['-- --bob', { peer: '--bob' }],
  ['--port=1', { port: 1 }],
  ['--port 65535', { port: 65_535 }],
  ['--port 1 --port 2', { port: 2 }],
  ['--server=::1 --protocol rooms --lobby den', { server: '::1', protocol: 'rooms', lobby: 'den' }],
  ['--size 321x241', { size: { width: 320, height: 240 } }],
  ['--stack wrtc', { stack: 'wrtc', codecs: ['VP8', 'H264'] }],
  ['--codecs H264', { codecs: ['H264'] }],
  ['--size 16x16', { size: { width: 16, height: 16 } }],
  ['--fps 60 --stats 0 --calls 3 --duration 5', { fps: 60, stats: 0, calls: 3, duration: 5 }],
  ['--headless --frames -', { frames: '-' }],
  ['--frames frames.jsonl', { frames: 'frames.jsonl' }],
  ['--source - --at-end stay --record a.webm', { source: '-', 'at-end': 'stay', record: 'a.webm' }],
  ['--loopback --autoconnect', { loopback: true, autoconnect: true, peer: null }],
  ['--name=-x', { name: '-x' }],
  [`--name ${'x'.repeat(64)}`, { name: 'x'.repeat(64) }],
  ['--help --port 3', { help: true }]
])('%s', (line, options) => {
  expect(read(line)).toMatchObject(options)
})

describe('one sentence says what makes no sense:', () => {
  test.each<[string, string]>([
    ['--port 99999', '--port 99999: at most 65535 is possible.'],
    ['--port 0', '--port 0: at least 1 is due.'],
    ['--port x', '--port x: a whole number is due.'],
    ['--port 80.5', '--port 80.5: a whole number is due.'],
    ['--port=', '--port : a whole number is due.'],
    ['--port=-1', '--port -1: a whole number is due.'],
    ['--port 1e3', '--port 1e3: a whole number is due.'],
    ['--port', '--port: a value is due.'],
    ['--port --headless', '--port: a value is due, or --port=VALUE if it begins with a dash.'],
    ['--size 1', '--size 1: a size such as 640x360 is due.'],
    ['--size 640x', '--size 640x: a size such as 640x360 is due.'],
    ['--size 640x36000', '--size 640x36000: a size such as 640x360 is due.'],
    ['--size 00x00', '--size 00x00: at least 16x16 is due.'],
    ['--size 640x14', '--size 640x14: at least 16x16 is due.'],
    ['--fps 0', '--fps 0: at least 1 is due.'],
    ['--fps 61', '--fps 61: at most 60 is possible.'],
    ['--protocol sip', '--protocol sip: one of native, peerconnection, mdn, rooms is due.'],
    ['--protocol toString', '--protocol toString: one of native, peerconnection, mdn, rooms is due.'],
    ['--source - --at-end loop', '--at-end loop: what has come through a pipe does not come again.'],
    [
      '--server https://calls.example --port 9000',
      '--server is a whole URL, so its port belongs there, and --port has no say.'
    ],
    ['--at-end explode', '--at-end explode: one of hang-up, stay, loop is due.'],
    ['--picture big', '--picture big: one of auto, color, 256, plain, off is due.'],
    ['--ice none', '--ice none: one of all, relay is due.'],
    ['--codecs VP9', '--codecs VP9: one of VP8, H264 is due.'],
    ['--codecs VP8,VP8', '--codecs VP8,VP8: each once is due.'],
    ['--stack pion', '--stack pion: one of werift, wrtc is due.'],
    ['--stack wrtc --codecs VP8', '--codecs goes with --stack werift: wrtc chooses for itself.'],
    ['--calls 0', '--calls 0: at least 1 is due.'],
    ['--duration 86401', '--duration 86401: at most 86400 is possible.'],
    ['--stats -', '--stats -: a whole number is due.'],
    ['--name=', '--name : a name is due.'],
    [`--name ${'x'.repeat(65)}`, `--name ${'x'.repeat(65)}: at most 64 characters.`],
    ['--colour', '--colour: there is no such option, see --help.'],
    ['-p 80', '-p: there is no such option, see --help.'],
    ['--__proto__ x', '--__proto__: there is no such option, see --help.'],
    ['--headless=yes', '--headless: no value is due.'],
    ['bob ada', 'One peer can be called at a time, not bob and ada.'],
    ['--loopback bob', '--loopback calls itself, so there is nobody else to call.'],
    ['--loopback --autocall', '--loopback calls itself, so there is nobody else to call.'],
    ['--frames -', '--frames - writes lines of JSON: add --headless.']
  ])('%s', (line, sentence) => {
    expect(complaintOf(line.split(' '))).toBe(sentence)
  })
})

describe('from the environment come', () => {
  const host = hostname()
  test.each<[string, Readonly<Record<string, string>>, string]>([
    ['the name of Windows', { USERNAME: 'ada', USER: 'bob' }, `ada@${host}`],
    ['the name of everything else', { USER: 'bob' }, `bob@${host}`],
    ['no empty name', { USERNAME: '', USER: 'bob' }, `bob@${host}`],
    ['nothing where nothing is', { USER: '' }, `user@${host}`]
  ])('%s', (_what, environment, name) => {
    expect(read('', environment).name).toBe(name)
  })

  test('not the name, where one is told', () => {
    expect(read('--name cy', { USER: 'bob' }).name).toBe('cy')
  })

  test('the relay', () => {
    const environment = {
      WEBRTC_CONNECT: 'turn:relay.example:3478',
      WEBRTC_TURN_USER: 'ada',
      WEBRTC_TURN_PASSWORD: 'secret'
    }
    const [urls, username, credential] = Object.values(environment)
    expect(read('', environment).iceServers).toEqual([{ urls, username, credential }])
  })

  test('a server that wants no password, and no server without an address', () => {
    expect(read('', { WEBRTC_CONNECT: 'stun:stun.example' }).iceServers).toEqual([
      { urls: 'stun:stun.example', username: '', credential: '' }
    ])
    expect(read('', { WEBRTC_TURN_USER: 'ada', WEBRTC_CONNECT: '' }).iceServers).toEqual([])
  })
})

test('any arguments are taken, or turned down with one line', () => {
  const flag = fc.constantFrom(...flags).map((name) => `--${name}`)
  const value = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('-', '--', '1', '640x360', 'mdn')
  )
  const word = fc.oneof(
    flag,
    value,
    fc.tuple(flag, value).map(([name, text]) => `${name}=${text}`)
  )
  const environment = fc.dictionary(fc.constantFrom('USER', 'USERNAME', 'WEBRTC_CONNECT'), fc.string())
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), environment, (args, variables) => {
      try {
        const { size, port, fps } = readOptions(args, variables)
        expect(size.width * size.height * port * fps).toBeGreaterThan(0)
      } catch (error) {
        if (!(error instanceof Error)) throw error
        expect(error.constructor).toBe(Error)
        expect(error.message).toMatch(/^[^\n]+\.$/)
      }
    }),
    { numRuns: 1_000 }
  )
})
