import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ClientMessage, Refusal, ServerMessage } from '../core/signal.ts'
import { bodyOf } from '../core/signal.ts'
import { native } from '../dialects/native.ts'
import { type HubLimits, SwitchboardHub } from './hub.ts'
import type { Connection } from './transport.ts'

const limits: HubLimits = {
  burst: 100,
  perSecond: 10,
  lobbySize: 50,
  rosterSize: 50,
  ringMs: 45_000,
  maxConnections: 10,
  maxConnectionsPerAddress: 10
}
const address = '192.0.2.1'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const newHub = (changes: Partial<HubLimits> = {}, events: string[] = []): SwitchboardHub =>
  new SwitchboardHub({
    limits: { ...limits, ...changes },
    onLifecycle: (event, { dialect }) => events.push(`${event} ${dialect}`)
  })

interface TestClient extends Connection {
  readonly heard: ServerMessage[]
  readonly closes: (Refusal | null)[]
}

/** What this transport does with what comes: nothing but remember it, unless told. */
const attach = (hub: SwitchboardHub, from = address, react: (message: ServerMessage) => void = () => {}) => {
  const heard: ServerMessage[] = []
  const closes: (Refusal | null)[] = []
  const connection = hub.connect(native, from, {
    deliver(message) {
      heard.push(message)
      react(message)
    },
    close: (refusal) => closes.push(refusal)
  })
  return { connection, heard, closes }
}

const dial = (hub: SwitchboardHub, from?: string, react?: (message: ServerMessage) => void): TestClient => {
  const { connection, heard, closes } = attach(hub, from, react)
  if ('code' in connection) throw new Error(connection.code)
  return { ...connection, heard, closes }
}

const signIn = (name: string): ClientMessage => ({ type: 'sign-in', name, lobby: 'main' })

const meet = (hub: SwitchboardHub, name: string, react?: (message: ServerMessage) => void): TestClient => {
  const client = dial(hub, address, react)
  client.receive(signIn(name))
  return client
}

/** What a client was told that it is. */
const self = ({ heard }: TestClient) => {
  const [welcome] = heard
  if (welcome?.type !== 'welcome') throw new Error('not welcomed')
  return welcome.you
}

const call = (caller: TestClient, callee: TestClient): void =>
  caller.receive({
    type: 'invite',
    call: 'c',
    to: { by: 'id', id: self(callee).id },
    description: { type: 'offer', sdp: bodyOf('v=0') }
  })

const typesOf = (client: TestClient): readonly string[] => client.heard.map(({ type }) => type)

describe('a client of the hub', () => {
  test('has an id that nobody can guess, and numbers that nobody else has', () => {
    const hub = newHub()
    const selves = ['ada', 'bob', 'cyd'].map((name) => self(meet(hub, name)))
    const numbers = selves.flatMap(({ number, key }) => [number, key])
    expect(new Set(numbers).size).toBe(numbers.length)
    for (const number of numbers) {
      expect(Number.isInteger(number) && number >= 1 && number < 2 ** 31).toBe(true)
    }
    for (const { id } of selves) expect(id).toMatch(/^[\w-]{22}$/)
  })

  test('is let go when it signs out, and hears nothing more', () => {
    const events: string[] = []
    const hub = newHub({}, events)
    const [ada, bob] = [meet(hub, 'ada'), meet(hub, 'bob')]
    const heard = ada.heard.length
    ada.receive({ type: 'sign-out' })
    expect(ada.closes).toEqual([null])
    ada.receive(signIn('ada'))
    ada.malformed('x')
    ada.closed()
    vi.advanceTimersByTime(1_000)
    expect(ada.heard).toHaveLength(heard)
    expect(ada.closes).toHaveLength(1)
    expect(bob.heard.at(-1)).toMatchObject({ type: 'roster', left: [{ name: 'ada' }] })
    expect(hub.connections).toBe(1)
    expect(events).toEqual(['connected native', 'connected native', 'disconnected native'])
  })

  test('that is gone is gone once', () => {
    const events: string[] = []
    const hub = newHub({}, events)
    const ada = meet(hub, 'ada')
    ada.closed()
    ada.closed()
    expect(hub.connections).toBe(0)
    expect(ada.closes).toEqual([])
    expect(events).toEqual(['connected native', 'disconnected native'])
  })

  test('that was given its id is followed by another of that id, and its late words are not the other’s', () => {
    const hub = newHub()
    const own = (): TestClient => {
      const heard: ServerMessage[] = []
      const closes: (Refusal | null)[] = []
      const outlet = {
        peer: 'own-id',
        deliver: (message: ServerMessage) => heard.push(message),
        close: (refusal: Refusal | null) => closes.push(refusal)
      }
      const connection = hub.connect(native, address, outlet)
      if ('code' in connection) throw new Error(connection.code)
      connection.receive(signIn('ada'))
      return { ...connection, heard, closes }
    }
    const before = own()
    expect(self(before).id).toBe('own-id')
    before.closed()
    const after = own()
    before.receive({ type: 'sign-out' })
    before.malformed('x')
    before.closed()
    expect([hub.connections, after.closes]).toEqual([1, []])
    expect(typesOf(after)).not.toContain('refused')
  })

  test('that has not said anything is not spoken of', () => {
    const events: string[] = []
    const ada = dial(newHub({}, events))
    ada.closed()
    expect(events).toEqual([])
  })

  test('is told what is wrong with what it said', () => {
    const ada = dial(newHub())
    ada.malformed('not JSON')
    expect(ada.heard).toMatchObject([{ type: 'refused', code: 'bad-message', reason: 'not JSON' }])
  })

  test('is told why it is let go', () => {
    const ada = dial(newHub({ burst: 1, perSecond: 0 }))
    for (let count = 0; count < 600; count += 1) ada.malformed('x')
    expect(ada.closes).toMatchObject([{ code: 'rate-limited' }])
  })
})

describe('one input at a time', () => {
  test('whatever a transport does while it is told something, everybody hears all of it in order', () => {
    const hub = newHub()
    const order: string[] = []
    const bob = meet(hub, 'bob', ({ type }) => {
      order.push(`bob ${type}`)
      if (type === 'invite') bob.receive({ type: 'ringing', call: 'c' })
    })
    const ada = meet(hub, 'ada', ({ type }) => {
      order.push(`ada ${type}`)
      if (type === 'ringing') ada.closed()
    })
    order.length = 0
    call(ada, bob)
    expect(order.filter((line) => !line.endsWith('roster'))).toEqual([
      'bob invite',
      'ada ringing',
      'bob ended'
    ])
  })

  test('a transport that throws is a bug that is seen, and the next input is taken all the same', () => {
    const hub = newHub()
    const bob = meet(hub, 'bob')
    const ada = dial(hub, address, () => {
      throw new Error('broken outlet')
    })
    expect(() => ada.receive(signIn('ada'))).toThrow('broken outlet')
    const cyd = meet(hub, 'cyd')
    expect(self(cyd).name).toBe('cyd')
    expect(typesOf(bob)).toContain('welcome')
  })
})

describe('the clock', () => {
  test('runs while something waits for time, and only then', () => {
    const hub = newHub({ ringMs: 1_000 })
    const [ada, bob] = [meet(hub, 'ada'), meet(hub, 'bob')]
    vi.advanceTimersByTime(100)
    expect(vi.getTimerCount()).toBe(0)
    call(ada, bob)
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(900)
    expect(typesOf(ada)).not.toContain('ended')
    vi.advanceTimersByTime(100)
    expect(ada.heard.find(({ type }) => type === 'ended')).toMatchObject({ reason: 'no-answer' })
    vi.advanceTimersByTime(100)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('is the one that was given', () => {
    let now = 5
    const hub = new SwitchboardHub({ limits, now: () => now })
    const [ada, bob] = [meet(hub, 'ada'), meet(hub, 'bob')]
    now = 7
    bob.receive({ type: 'text', to: { by: 'lobby' }, text: bodyOf('hi') })
    expect(ada.heard.find(({ type }) => type === 'text')).toMatchObject({ sentAt: 7 })
  })

  test('stands still when the hub is closed, and nobody hears anything more', () => {
    const hub = newHub()
    const [ada, bob] = [meet(hub, 'ada'), meet(hub, 'bob')]
    call(ada, bob)
    const heard = ada.heard.length
    hub.close()
    bob.closed()
    ada.receive({ type: 'rename', name: 'zoe' })
    vi.advanceTimersByTime(100_000)
    expect(ada.heard).toHaveLength(heard)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('too many connections', () => {
  test('are refused, and one that goes makes room', () => {
    const hub = newHub({ maxConnections: 2 })
    const [ada] = [dial(hub), dial(hub)]
    expect(attach(hub).connection).toMatchObject({ code: 'too-many-connections' })
    ada?.closed()
    expect(attach(hub).connection).not.toHaveProperty('code')
  })

  test('from one address are refused, and those from others are not', () => {
    const hub = newHub({ maxConnectionsPerAddress: 2 })
    const [ada, bob] = [dial(hub), dial(hub)]
    expect(attach(hub).connection).toMatchObject({ code: 'too-many-connections' })
    dial(hub, '192.0.2.2')
    ada.closed()
    dial(hub)
    bob.receive({ type: 'sign-out' })
    dial(hub)
    expect(attach(hub).connection).toMatchObject({ code: 'too-many-connections' })
  })

  test.each(['127.0.0.1', '::1', '::ffff:127.0.0.1'])(
    'from %s are not counted: a proxy is there',
    (loopback) => {
      const hub = newHub({ maxConnectionsPerAddress: 1 })
      for (let count = 0; count < 3; count += 1) dial(hub, loopback)
      expect(hub.connections).toBe(3)
    }
  )
})
