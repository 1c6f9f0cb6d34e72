import { describe, expect, test } from 'vitest'
import {
  type TestClient,
  accepts,
  hangsUp,
  invites,
  testSwitchboard,
  to,
  toLobby
} from '../../test/support/switchboard.ts'
import { type ClientMessage, bodyOf } from './signal.ts'
import { Switchboard } from './switchboard.ts'

const signsIn = (client: TestClient, name: string, lobby = 'main'): void =>
  client.say({ type: 'sign-in', name, lobby })

describe('signing in', () => {
  test('is welcomed with oneself, the name that was asked for, and the others', () => {
    const board = testSwitchboard()
    const ada = board.join('ada')
    const bob = board.connect()
    signsIn(bob, ' ada\u202e ')
    expect(bob.heard()).toEqual([
      {
        type: 'welcome',
        you: { id: bob.id, number: 2, key: 1_002, name: 'ada1', dialect: 'native', busy: false },
        asked: ' ada\u202e ',
        lobby: 'main',
        peers: [{ id: ada.id, number: 1, name: 'ada', dialect: 'native', busy: false }]
      }
    ])
    expect(ada.sees()).toEqual(['ada1'])
  })

  test('sees nobody of another lobby, and is not seen there', () => {
    const board = testSwitchboard()
    const ada = board.join('ada')
    const bob = board.join('ada', 'native', 'elsewhere')
    expect([ada.sees(), bob.sees()]).toEqual([[], []])
  })

  test.each<[string, string, (client: TestClient) => void]>([
    ['bad-name', 'to a lobby of no name', (client) => signsIn(client, 'ada', '')],
    [
      'bad-name',
      'to a lobby of a name that cannot stand in a URL',
      (client) => signsIn(client, 'ada', 'a/b')
    ],
    ['lobby-full', 'to a lobby that holds no more', (client) => signsIn(client, 'ada', 'full')],
    [
      'lobby-full',
      'to a lobby that holds more than it wants',
      (client) => client.say({ type: 'sign-in', name: 'ada', lobby: 'one', size: 1 })
    ],
    [
      'not-allowed',
      'to a size of the lobby that is everybody’s',
      (client) => client.say({ type: 'sign-in', name: 'ada', lobby: 'main', size: 2 })
    ],
    ['already-signed-in', 'twice', (client) => ['ada', 'bob'].forEach((name) => signsIn(client, name))]
  ])('is refused as %s %s', (code, _where, act) => {
    const board = testSwitchboard({ lobbySize: 2 })
    for (const name of ['cyd', 'dan']) board.join(name, 'native', 'full')
    board.join('eve', 'native', 'one')
    const ada = board.connect()
    act(ada)
    expect(ada.heard().at(-1)).toMatchObject({ type: 'refused', code, about: 'sign-in' })
  })

  test('comes before anything else', () => {
    const board = testSwitchboard()
    const [ada, bob] = [board.connect(), board.join('bob')]
    ada.say({ type: 'text', to: toLobby, text: bodyOf('hi') }, { type: 'ready' })
    ada.say({ type: 'invite', call: 'c', to: to(bob), description: { type: 'offer', sdp: bodyOf('') } })
    expect(ada.heard()).toMatchObject(
      ['text', 'ready', 'invite'].map((about) => ({ type: 'refused', code: 'not-signed-in', about }))
    )
    expect(bob.heard()).toEqual([])
  })

  test('gives room to others when it is over', () => {
    const board = testSwitchboard({ lobbySize: 2 })
    const [ada, bob] = [board.join('ada'), board.join('bob')]
    ada.say({ type: 'sign-out' })
    expect(ada.letGo).toBeNull()
    expect(bob.sees()).toEqual([])
    expect(board.join('ada').sees()).toEqual(['bob'])
    bob.vanish()
    bob.vanish()
    expect(board.join('cyd').sees()).toEqual(['ada'])
  })

  test('is over for a connection that is gone before it began, and without a word', () => {
    const board = testSwitchboard()
    const ada = board.connect()
    ada.vanish()
    signsIn(ada, 'ada')
    ada.garble('not JSON')
    expect(ada.heard()).toEqual([])
    expect(board.join('ada').sees()).toEqual([])
  })

  test('to a lobby that has emptied finds it empty, and nobody is told of those before', () => {
    const board = testSwitchboard()
    board.join('ada').vanish()
    expect(board.waits).toBe(false)
    expect(board.join('bob').sees()).toEqual([])
  })
})

describe('a rename', () => {
  test('is confirmed with the name that it came to, and told to the others', () => {
    const board = testSwitchboard()
    const [ada, bob] = [board.join('ada'), board.join('bob')]
    bob.say({ type: 'rename', name: 'ada' })
    expect(bob.heard()).toMatchObject([{ type: 'renamed', asked: 'ada', you: { id: bob.id, name: 'ada1' } }])
    expect(ada.sees()).toEqual(['ada1'])
  })
})

const says = (from: TestClient, text: string, target?: TestClient): void =>
  from.say({ type: 'text', to: target === undefined ? toLobby : to(target), text: bodyOf(text) })

describe('text', () => {
  test('to the lobby reaches all others, from its true sender and at the time of the server', () => {
    const board = testSwitchboard()
    const [ada, bob, cyd] = [board.join('ada'), board.join('bob'), board.join('cyd', 'page')]
    const elsewhere = board.join('dan', 'native', 'elsewhere')
    says(ada, 'hi')
    const told = {
      type: 'text',
      from: { id: ada.id, name: 'ada' },
      direct: false,
      sentAt: expect.any(Number)
    }
    expect(bob.heard()).toMatchObject([told])
    expect(cyd.heard()).toMatchObject([told])
    expect([ada.heard(), elsewhere.heard()]).toEqual([[], []])
  })

  test('to the lobby comes back to a client that waits for that', () => {
    const board = testSwitchboard()
    const [ada, bob] = [board.join('ada', 'page'), board.join('bob')]
    says(ada, 'hi')
    expect([ada.heardTypes(), bob.heardTypes()]).toEqual([['text'], ['text']])
  })

  test('to one reaches that one alone, as the very body that came', () => {
    const board = testSwitchboard()
    const [ada, bob, cyd] = [board.join('ada'), board.join('bob'), board.join('cyd')]
    const text = bodyOf('psst')
    ada.say({ type: 'text', to: to(bob), text })
    const [heard] = bob.heard()
    expect(heard).toMatchObject({ type: 'text', direct: true })
    expect(heard?.type === 'text' && heard.text).toBe(text)
    expect([ada.heard(), cyd.heard()]).toEqual([[], []])
  })

  test.each<[string, ClientMessage]>([
    ['unknown-peer', { type: 'text', to: { by: 'name', name: 'nobody' }, text: bodyOf('hi') }],
    ['unknown-peer', { type: 'text', to: { by: 'partner' }, text: bodyOf('hi') }],
    ['unknown-peer', { type: 'text', to: { by: 'call', call: 'c' }, text: bodyOf('hi') }],
    ['too-large', { type: 'text', to: toLobby, text: bodyOf('x'.repeat(4_097)) }]
  ])('is refused as %s', (code, message) => {
    const board = testSwitchboard()
    const [ada, bob] = [board.join('ada'), board.join('bob')]
    ada.say(message)
    expect(ada.heard()).toMatchObject([{ type: 'refused', code, about: 'text' }])
    expect(bob.heard()).toEqual([])
  })
})

describe('what cannot be read', () => {
  test('is refused with the reason, and changes nothing', () => {
    const board = testSwitchboard()
    const [ada, bob] = [board.join('ada'), board.join('bob')]
    invites(ada, bob)
    ada.garble('not JSON')
    expect(ada.heard()).toEqual([{ type: 'refused', code: 'bad-message', reason: 'not JSON' }])
    accepts(bob)
    expect(ada.heardTypes()).toEqual(['accept'])
  })
})

/** Two that may say 20 things at once, and some ten a second. */
const flooded = (perSecond = 10) => {
  const board = testSwitchboard({ burst: 20, perSecond })
  const [ada, bob] = [board.join('ada'), board.join('bob')]
  const renames = (count: number): void => {
    for (let at = 0; at < count; at += 1) ada.say({ type: 'rename', name: `ada ${at}` })
  }
  return { board, ada, bob, renames }
}

/** How many of twenty texts to all are heard in a lobby of this size. */
const heardIn = (size: number): number => {
  const board = testSwitchboard({ burst: 100, perSecond: 0, lobbySize: 1_000 })
  const [ada, bob] = Array.from({ length: size }, (_, at) => board.join(`p${at}`))
  const text: ClientMessage = { type: 'text', to: toLobby, text: bodyOf('hi') }
  ada?.say(...Array.from({ length: 20 }, () => text))
  return bob?.heardTypes().filter((type) => type === 'text').length ?? 0
}

describe('a flood', () => {
  test('is told so once, and then ignored', () => {
    const { ada, renames } = flooded()
    renames(60)
    const heard = ada.heard()
    expect(heard.filter(({ type }) => type === 'renamed')).toHaveLength(1)
    expect(heard.filter(({ type }) => type !== 'renamed')).toMatchObject([
      { type: 'refused', code: 'rate-limited' }
    ])
  })

  test('is let go when it goes on', () => {
    const { ada, bob, renames } = flooded()
    renames(1_000)
    expect(ada.letGo).toMatchObject({ code: 'rate-limited' })
    expect(bob.sees()).toEqual([])
  })

  test('is told once and let go also when a little of it is heard all the time', () => {
    const { board, ada, renames } = flooded()
    for (let second = 0; second < 30; second += 1) {
      renames(30)
      board.pass(1_000)
    }
    const told = ada.heard().filter((message) => message.type === 'refused')
    expect(told).toMatchObject([{ code: 'rate-limited' }])
    expect(ada.letGo).toMatchObject({ code: 'rate-limited' })
  })

  test('is forgotten after a silence', () => {
    const { board, ada, renames } = flooded()
    for (let round = 0; round < 3; round += 1) {
      renames(40)
      expect(ada.heard().filter(({ type }) => type === 'refused')).toHaveLength(1)
      board.pass(60_000)
    }
    renames(1)
    expect(ada.heardTypes()).toEqual(['renamed'])
    expect(ada.letGo).toBeUndefined()
  })

  test('of hang-ups is a flood too', () => {
    const { ada } = flooded()
    for (let count = 0; count < 1_000; count += 1) hangsUp(ada, null)
    expect(ada.letGo).toMatchObject({ code: 'rate-limited' })
  })

  test('keeps nobody from hanging up, or from signing out', () => {
    const { ada, bob, renames } = flooded()
    invites(ada, bob)
    accepts(bob)
    renames(60)
    bob.heard()
    hangsUp(ada)
    expect(bob.heardTypes()).toEqual(['ended'])
    ada.say({ type: 'sign-out' })
    expect(ada.letGo).toBeNull()
  })

  test('that ends with a hang-up or a sign-out is let go once', () => {
    for (const last of ['hang-up', 'sign-out'] as const) {
      const { ada, bob, renames } = flooded(0)
      renames(1 + 500)
      // What is too little for a renaming would still pay for these.
      for (let rest = 9; rest > 0; rest -= 1) ada.say({ type: 'ready' })
      expect(ada.letGo).toBeUndefined()
      ada.say(last === 'sign-out' ? { type: last } : { type: last, call: null, reason: 'hung-up' })
      expect(ada.letGo).toMatchObject({ code: 'rate-limited' })
      expect(bob.sees()).toEqual([])
    }
  })

  test('harms nobody else', () => {
    const { ada, bob, board, renames } = flooded()
    const cyd = board.join('cyd')
    invites(bob, cyd)
    renames(1_000)
    accepts(cyd)
    expect(bob.heardTypes()).toEqual(['accept'])
    expect(ada.letGo).not.toBeNull()
  })

  test('of texts to all comes the sooner the more there are to read them', () => {
    expect(heardIn(2)).toBe(9)
    expect(heardIn(500)).toBe(4)
  })

  test('is not even a text to all when it comes after a silence, however many read it', () => {
    const board = testSwitchboard({ burst: 11, perSecond: 10, lobbySize: 1_000 })
    const [ada, bob] = Array.from({ length: 500 }, (_, at) => board.join(`p${at}`))
    board.pass(1_000)
    if (ada !== undefined) says(ada, 'hi')
    expect(bob?.heardTypes()).toEqual(['text'])
  })

  test('comes sooner of what costs more: garbage and texts to all', () => {
    const board = testSwitchboard({ burst: 20, perSecond: 10 })
    const [ada, bob] = [board.join('ada'), board.connect()]
    ada.say(
      { type: 'text', to: toLobby, text: bodyOf('1') },
      { type: 'text', to: toLobby, text: bodyOf('2') }
    )
    expect(ada.heard()).toMatchObject([{ type: 'refused', code: 'rate-limited' }])
    for (const reason of ['1', '2', '3']) bob.garble(reason)
    expect(bob.heard()).toMatchObject([
      { code: 'bad-message', reason: '1' },
      { code: 'bad-message', reason: '2' },
      { code: 'rate-limited' }
    ])
  })
})

describe('who is there', () => {
  test('is told a little later in a lobby that is not small', () => {
    const board = testSwitchboard()
    const [ada, ...others] = Array.from({ length: 40 }, (_, at) => board.join(`p${at}`))
    expect(board.waits).toBe(true)
    board.pass(1_000)
    expect(board.waits).toBe(false)
    expect(ada?.sees()).toHaveLength(others.length)
  })
})

describe('what cannot be is a bug, and throws:', () => {
  test.each(['{"type":"new"}', '{"type":"text","text":{"size":1},"to":{"by":"new"}}'])('%s', (message) => {
    const ada = testSwitchboard().join('ada')
    expect(() => ada.say(JSON.parse(message))).toThrow('unreachable')
  })

  test('an unknown input', () => {
    const limits = { burst: 1, perSecond: 1, lobbySize: 1, rosterSize: 1, ringMs: 1 }
    const switchboard = new Switchboard(limits, { newCallId: () => '', iceServers: () => [] })
    expect(() => switchboard.handle(JSON.parse('{"type":"new"}'))).toThrow('unreachable')
  })
})
