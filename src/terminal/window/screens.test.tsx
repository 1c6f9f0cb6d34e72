/** @jsxImportSource react */
import { stripVTControlCharacters } from 'node:util'
import { renderToString } from 'ink'
import { describe, expect, test } from 'vitest'
import type { Peer, Quality } from '../words.ts'
import { WindowView } from './screens.tsx'
import { type TalkState, type WindowState, newWindow, stepWindow } from './state.ts'

const peer = (id: string, more: Partial<Peer> = {}): Peer => ({
  id,
  name: id,
  busy: false,
  dialect: 'native',
  ...more
})

const drawn = (state: WindowState, more: { picture?: string; rows?: number; now?: number } = {}): string =>
  renderToString(<WindowView state={state} picture="" rows={24} now={0} {...more} />, { columns: 80 })

const linesOf = (...of: Parameters<typeof drawn>): readonly string[] =>
  stripVTControlCharacters(drawn(...of))
    .split('\n')
    .map((line) => line.trimEnd())

const connect = newWindow('calls.example', 8888, 'me')
const list: WindowState = { ...connect, screen: 'list' }
const note = (text: string) => ({ text, isError: false })

describe('the connect screen', () => {
  test('shows where to, and which keys there are', () => {
    expect(linesOf(connect)).toEqual([
      'Patchcord: connect to a server',
      '',
      'Server  calls.example',
      'Port    8888',
      '',
      '',
      'Enter connect  Tab the other field  Esc quit'
    ])
  })

  test('shows what has happened', () => {
    expect(linesOf({ ...connect, notes: [note('Signing in …'), note('It is not there.')] })).toEqual(
      expect.arrayContaining(['Signing in …', 'It is not there.'])
    )
  })
})

describe('the list', () => {
  test('says that nobody is here', () => {
    expect(linesOf(list)).toContain('Nobody else is here yet.')
    expect(linesOf(list)[0]).toBe('You are me')
  })

  test('shows who is here, who is chosen, who is busy and who has come another way', () => {
    const peers = [peer('ada'), peer('bob', { busy: true }), peer('cy', { dialect: 'mdn' })]
    expect(linesOf({ ...list, peers, chosen: 'bob' }).slice(2, 6)).toEqual([
      'List of currently connected peers:',
      '  ada                      free',
      '› bob                      busy',
      '  cy                       free  mdn'
    ])
  })

  test.each(['0', '37', '99'])('has room for the chosen one, wherever they stand: %s of 100', (chosen) => {
    const peers = Array.from({ length: 100 }, (_, at) => peer(String(at)))
    const lines = linesOf({ ...list, peers, chosen })
    expect(lines.filter((line) => line.startsWith('› '))).toEqual([expect.stringContaining(`› ${chosen} `)])
    expect(lines.length).toBeLessThanOrEqual(24)
  })

  test('has as many rows as there is room for', () => {
    const peers = Array.from({ length: 100 }, (_, at) => peer(String(at)))
    const rows = [10, 24, 50].map(
      (rows) => linesOf({ ...list, peers }, { rows }).filter((line) => line.endsWith(' free')).length
    )
    expect(rows).toEqual([3, 10, 36])
  })

  test('shows who rings, and the keys for that alone', () => {
    const text = linesOf({ ...list, ringing: peer('ada') }).join('\n')
    expect(text).toMatch(/ada is calling/)
    expect(text).toMatch(/Enter accept\s+Esc decline/)
    expect(text).not.toMatch(/sign out/)
  })
})

describe('a call', () => {
  const flow = { bitsPerSecond: 1_234_567, loss: 0.05, framesPerSecond: 15 }
  const quality: Quality = {
    sent: { audio: { ...flow, bitsPerSecond: 32_400, loss: 0 }, video: flow },
    received: { audio: { ...flow, loss: 0.25 }, video: flow },
    roundTripMs: 42.4,
    path: 'relayed',
    rating: 'fair'
  }
  const talk: TalkState = {
    peer: peer('ada'),
    phase: 'connecting',
    since: null,
    interrupted: false,
    muted: { audio: false, video: false },
    remoteMuted: { audio: false, video: false },
    quality: null,
    code: null
  }
  const during = (change: Partial<TalkState> = {}): WindowState => ({
    ...list,
    screen: 'streaming',
    talk: { ...talk, ...change }
  })

  test('shows with whom, and how far it is', () => {
    expect(linesOf(during())).toEqual(['ada connecting …', 'm sound off  v picture off  Esc hang up'])
  })

  test('shows how long it has lasted', () => {
    expect(linesOf(during({ since: 1_000 }), { now: 66_500 })[0]).toBe('ada 1:05')
  })

  test('says so when it is interrupted', () => {
    expect(linesOf(during({ since: 1_000, interrupted: true }))[0]).toBe('ada reconnecting …')
  })

  test('shows the signs that both sides compare', () => {
    expect(linesOf(during({ code: 'cat, dog, sun, key' }))[0]).toBe('ada connecting …   cat, dog, sun, key')
  })

  test('shows how it goes', () => {
    expect(linesOf(during({ quality })).slice(1, 4)).toEqual([
      'sent     picture 1.2 Mb/s  sound 32 kb/s   lost 5.0 %',
      'received picture 1.2 Mb/s  sound 1.2 Mb/s  lost 25 %',
      'fair, relayed, 42 ms there and back'
    ])
    const unmeasured: Quality = { ...quality, roundTripMs: null, path: null }
    expect(linesOf(during({ quality: unmeasured }))[3]).toBe('fair')
  })

  test('shows what is held back on either side, and how to go on', () => {
    const muted = { audio: true, video: true }
    const lines = linesOf(during({ muted, remoteMuted: { audio: false, video: true } }))
    expect(lines).toContain('you: no sound, no picture; ada: no picture')
    expect(lines.at(-1)).toBe('m sound on  v picture on  Esc hang up')
  })

  test('shows the picture above all, and the last two of what has happened', () => {
    const notes = ['one', 'two', 'three'].map(note)
    expect(linesOf({ ...during(), notes }, { picture: '▀▀▀▀\n▄▄▄▄' })).toEqual([
      '▀▀▀▀',
      '▄▄▄▄',
      'ada connecting …',
      'two',
      'three',
      'm sound off  v picture off  Esc hang up'
    ])
  })

  test('that has ended leaves the list, until the conductor says so', () => {
    expect(linesOf({ ...during(), talk: null })[0]).toBe('You are me')
  })
})

test('whatever others call themselves and write, the terminal is told nothing by it', () => {
  const evil = '\u001B]52;c;ZXZpbA==\u0007\u001B[2J\u001B[31mevil\r\n\u202E\u009Dx'
  const mallory = peer('1', { name: evil, dialect: evil })
  const news = { event: 'call', direction: 'incoming', call: 'c', peer: mallory } as const
  const states = [
    stepWindow(list, { type: 'noted', text: evil, isError: true }),
    stepWindow(list, { type: 'rung', peer: mallory }),
    stepWindow(list, { type: 'news', news: { event: 'peers', peers: [mallory] }, now: 0 }),
    stepWindow({ ...list, screen: 'streaming' }, { type: 'news', news, now: 0 })
  ]
  for (const state of states) {
    // Colors are Ink's own, where there are any.
    const text = drawn(state)
      .replaceAll(/\p{Cc}\[[\d;]*m/gu, '')
      .replaceAll('\n', '')
    expect(text).toContain('evil')
    expect(text).not.toMatch(/[\p{Cc}\u202E]/u)
  }
})
