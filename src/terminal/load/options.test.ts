import { describe, expect, test } from 'vitest'
import { LoadError, loadHelp, readLoadOptions } from './options.ts'

const refusalOf = (...args: readonly string[]): string => {
  try {
    readLoadOptions(args)
  } catch (error) {
    if (error instanceof LoadError) return error.message
    throw error
  }
  return 'nothing'
}

test('without flags it is ten pairs, half of them busy, on this machine', () => {
  expect(readLoadOptions([])).toEqual({
    server: 'localhost',
    url: 'http://localhost:8888',
    protocol: 'native',
    pairs: 10,
    rate: 0.98,
    talk: 5,
    'sign-ins': 100,
    media: 0,
    'media-relay': false,
    'lobby-per-pair': false,
    quiet: false,
    help: false
  })
})

test('every flag is read', () => {
  const line =
    '--server wss://calls.example/a/ --pairs 500 --rate 2.5 --talk 0.25 --sign-ins 7 --duration 90 --calls 1000 ' +
    '--media 2 --media-relay --lobby-per-pair --json out.json --quiet'
  expect(readLoadOptions(line.split(' '))).toMatchObject({
    url: 'wss://calls.example/a/',
    protocol: 'native',
    pairs: 500,
    rate: 2.5,
    talk: 0.25,
    'sign-ins': 7,
    duration: 90,
    calls: 1_000,
    media: 2,
    'media-relay': true,
    'lobby-per-pair': true,
    json: 'out.json',
    quiet: true
  })
  expect(readLoadOptions(['--lobby', 'main'])).toMatchObject({ lobby: 'main' })
})

test.each(['native', 'peerconnection', 'mdn', 'rooms'])('clients may speak %s', (protocol) => {
  expect(readLoadOptions(['--protocol', protocol])).toMatchObject({ protocol })
})

test.each([
  [['--server', 'calls.example'], 'http://calls.example:8888'],
  [['--server', '[::1]', '--port', '80'], 'http://[::1]:80'],
  [['--port', '9000'], 'http://localhost:9000'],
  [['--server', 'https://calls.example'], 'https://calls.example']
])('%j is the server at %s', (args, url) => {
  expect(readLoadOptions(args)).toMatchObject({ url })
})

describe('one sentence says what is wrong:', () => {
  const noServer = 'a host is due, or an address such as https://calls.example.org.'
  test.each([
    ['no pairs', ['--pairs', '0'], '--pairs 0: at least 1 is due.'],
    ['half a pair', ['--pairs', '1.5'], '--pairs 1.5: a whole number is due.'],
    ['fewer than none', ['--pairs=-1'], '--pairs -1: a whole number is due.'],
    ['too many', ['--pairs', '1000000000'], '--pairs 1000000000: at most 100000 is possible.'],
    ['too many, in short', ['--pairs', '1e9'], '--pairs 1e9: a whole number is due.'],
    ['no rate', ['--rate', '0'], '--rate 0: at least 0.001 is due.'],
    [
      'a rate that needs more pairs',
      ['--rate', '10'],
      '--rate 10: so many calls a second, of 5 seconds each, need 76 pairs, and there are 10.'
    ],
    ['no number', ['--talk', 'long'], '--talk long: a number is due.'],
    ['no time', ['--duration', '0'], '--duration 0: at least 0.1 is due.'],
    ['no calls', ['--calls', '0'], '--calls 0: at least 1 is due.'],
    ['no port', ['--port', '99999'], '--port 99999: at most 65535 is possible.'],
    ['a host with its port', ['--server', 'localhost:8888'], `--server localhost:8888: ${noServer}`],
    ['something else', ['--server', 'ftp://localhost'], `--server ftp://localhost: ${noServer}`],
    ['half an address', ['--server', 'http://'], `--server http://: ${noServer}`],
    [
      'two ports',
      ['--server', 'http://localhost', '--port', '80'],
      '--port 80: write it into the address, as in http://localhost:80.'
    ],
    [
      'an unknown protocol',
      ['--protocol', 'sip'],
      '--protocol sip: one of native, peerconnection, mdn, rooms is due.'
    ],
    [
      'no name for a lobby',
      ['--lobby', 'a b'],
      '--lobby a b: 1 to 64 letters, digits, dots, dashes or underscores are due.'
    ],
    [
      'two kinds of lobbies',
      ['--lobby', 'a', '--lobby-per-pair'],
      '--lobby is one lobby for all, and --lobby-per-pair one for each: choose one of them.'
    ],
    [
      'a lobby where there is none',
      ['--protocol', 'mdn', '--lobby', 'a'],
      '--lobby: the protocol mdn knows no lobbies; all meet in the lobby main.'
    ],
    [
      'lobbies where there are rooms',
      ['--protocol', 'rooms', '--lobby-per-pair'],
      '--lobby: the protocol rooms knows no lobbies; each pair has a room of its own.'
    ],
    [
      'media of another protocol',
      ['--protocol', 'peerconnection', '--media', '1'],
      '--media 1: pairs with media speak the native protocol only.'
    ],
    [
      'more media than pairs',
      ['--pairs', '2', '--media', '3'],
      '--media 3: there are 2 pairs, and no more can have media.'
    ],
    ['a relay for nothing', ['--media-relay'], '--media-relay: say how many pairs have media, with --media.'],
    ['no file', ['--json', ''], '--json : the name of a file is due.'],
    ['an unknown flag', ['--fast'], "Unknown option '--fast'. See --help."],
    ['a flag without its value', ['--pairs'], "Option '--pairs <value>' argument missing. See --help."],
    ['a word', ['fast'], "Unexpected argument 'fast'. See --help."]
  ])('%s', (_what, args, sentence) => {
    expect(refusalOf(...args)).toBe(sentence)
  })
})

test('help has a line for each flag, none longer than a terminal is wide, and counts before all else', () => {
  expect(readLoadOptions(['--pairs', '0', '--help'])).toBe('help')
  const lines = loadHelp().split('\n')
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100)
  expect(lines).toContain(
    '  --pairs           N: pairs of clients, of which one calls the other, again and again (10)'
  )
  expect(lines.filter((line) => line.startsWith('  --'))).toHaveLength(16)
})
