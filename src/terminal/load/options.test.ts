import { describe, expect, test } from 'vitest'
import { LoadError, loadUsage, readLoadCommand } from './options.ts'

const refusalOf = (...args: readonly string[]): string => {
  try {
    readLoadCommand(args)
  } catch (error) {
    if (error instanceof LoadError) return error.message
    throw error
  }
  return 'nothing'
}

test('without flags it is ten pairs, on this machine', () => {
  expect(readLoadCommand([])).toEqual({
    type: 'load',
    options: {
      server: 'http://localhost:8888',
      protocol: 'native',
      pairs: 10,
      rate: 10,
      talk: 5,
      pause: 5,
      media: 0,
      mediaRelay: false,
      lobbyPerPair: false,
      quiet: false
    }
  })
})

test('every flag is read', () => {
  const line =
    '--server wss://calls.example/a/ --pairs 500 --rate 2.5 --talk 0 --pause 0.25 --duration 90 --calls 1000 ' +
    '--media 2 --media-relay --lobby-per-pair --json out.json --seed 7 --quiet'
  expect(readLoadCommand(line.split(' '))).toEqual({
    type: 'load',
    options: {
      server: 'wss://calls.example/a/',
      protocol: 'native',
      pairs: 500,
      rate: 2.5,
      talk: 0,
      pause: 0.25,
      duration: 90,
      calls: 1_000,
      media: 2,
      mediaRelay: true,
      lobbyPerPair: true,
      json: 'out.json',
      seed: 7,
      quiet: true
    }
  })
  expect(readLoadCommand(['--lobby', 'main'])).toMatchObject({ options: { lobby: 'main' } })
})

describe('one sentence says what is wrong:', () => {
  test.each([
    ['no pairs', ['--pairs', '0'], '--pairs: at least 1 is due.'],
    ['half a pair', ['--pairs', '1.5'], '--pairs: a whole number is due.'],
    ['fewer than none', ['--pairs=-1'], '--pairs: a whole number is due.'],
    ['too many', ['--pairs', '1000000'], '--pairs: at most 100000 is possible.'],
    ['no rate', ['--rate', '0'], '--rate: at least 0.01 is due.'],
    ['no number', ['--talk', 'long'], '--talk: a number is due.'],
    ['no time', ['--duration', '0'], '--duration: at least 0.1 is due.'],
    ['no calls', ['--calls', '0'], '--calls: at least 1 is due.'],
    ['a seed that is too large', ['--seed', '4294967296'], '--seed: at most 4294967295 is possible.'],
    [
      'no address',
      ['--server', 'localhost:8888'],
      '--server: the address of a server is due, such as http://localhost:8888.'
    ],
    [
      'the address of something else',
      ['--server', 'ftp://localhost'],
      '--server: the address of a server is due, such as http://localhost:8888.'
    ],
    ['an unknown protocol', ['--protocol', 'rooms'], '--protocol: native, peerconnection or mdn is due.'],
    [
      'no name for a lobby',
      ['--lobby', 'a b'],
      '--lobby: 1 to 64 letters, digits, dots, dashes or underscores are due.'
    ],
    [
      'two kinds of lobbies',
      ['--lobby', 'a', '--lobby-per-pair'],
      '--lobby is one lobby for all, and --lobby-per-pair one for each: choose one of them.'
    ],
    [
      'a lobby where there is none',
      ['--protocol', 'mdn', '--lobby', 'a'],
      '--lobby: the protocol mdn has no lobbies; its clients meet in the lobby main.'
    ],
    [
      'media of another protocol',
      ['--protocol', 'peerconnection', '--media', '1'],
      '--media: pairs with media speak the native protocol only.'
    ],
    [
      'more media than pairs',
      ['--pairs', '2', '--media', '3'],
      '--media: there are 2 pairs, so at most 2 have media.'
    ],
    ['a relay for nothing', ['--media-relay'], '--media-relay: say how many pairs have media, with --media.'],
    ['no file', ['--json', ''], '--json: the name of a file is due.'],
    ['an unknown flag', ['--fast'], "Unknown option '--fast'. See --help."],
    ['a flag without its value', ['--pairs'], "Option '--pairs <value>' argument missing. See --help."],
    ['a word', ['fast'], '“fast” is no flag of load. See --help.']
  ])('%s', (_what, args, sentence) => {
    expect(refusalOf(...args)).toBe(sentence)
  })
})

test('help has a line for each flag, none longer than a terminal is wide, and counts before all else', () => {
  expect(readLoadCommand(['--pairs', '0', '--help'])).toEqual({ type: 'help' })
  expect(readLoadCommand(['-h'])).toEqual({ type: 'help' })
  const lines = loadUsage().split('\n')
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(110)
  expect(lines).toContain(
    '  --pairs N               pairs of clients, of which one calls the other, again and again (10)'
  )
  expect(lines.filter((line) => line.startsWith('  --'))).toHaveLength(15)
})
