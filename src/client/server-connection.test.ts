import { describe, expect, test, vi } from 'vitest'
import { type MemorySocket, lineEvents, memoryWorld } from '../../test/support/memory-world.ts'
import type { Line } from './types.ts'

type World = ReturnType<typeof memoryWorld>

interface Header {
  readonly type: string
  readonly n?: number
  readonly ack?: number
}

const headersOn = (socket: MemorySocket | undefined): readonly Header[] =>
  (socket?.sent ?? []).map((header): Header => JSON.parse(header))

const typesOn = (socket: MemorySocket | undefined) => headersOn(socket).map(({ type }) => type)

const isOpen = (line: Line) => vi.waitFor(() => expect(line.state).toBe('open'))

/** What a client says and hears meanwhile is on its way, and arrives. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
}

/** Two who see each other, on connections that have held. */
const meet = async (world: World) => {
  const [ada, bob] = await world.joinTwo()
  world.clock.advance(5_000)
  await settle()
  return [ada, bob] as const
}

/** One more than may wait. */
const sayTooMuch = (from: Line, to: Line): void => {
  for (let count = 0; count <= 2_000; count += 1) from.sendText('again', to.self.id)
}

const welcome = (name: string) => ({
  type: 'welcome',
  you: { id: name, name, dialect: 'native', busy: false },
  asked: name,
  lobby: 'main',
  peers: [],
  resumeMs: 60_000
})

/** A line to a server that is the test, which says what it likes. */
const joinTest = async (world: World) => {
  const line = await world.join('ada')
  const [socket] = world.sockets
  if (socket === undefined) throw new Error('no socket')
  await settle()
  const before = socket.sent.length
  // The server of this world has said none of it.
  vi.spyOn(socket, 'send').mockImplementation((sent) => void socket.sent.push(sent.split('\n')[0] ?? ''))
  const say = async (header: object, body = ''): Promise<void> => {
    socket.receive(`${JSON.stringify(header)}${body}`)
    await settle()
  }
  return { line, socket, say, said: () => headersOn(socket).slice(before) }
}

const text = (n: number, ack = 1) => ({
  type: 'text',
  from: welcome('bob').you,
  direct: true,
  sentAt: 1,
  n,
  ack
})

describe('a line that is lost', () => {
  test('is back on the next socket, at once, and missed nothing either way', async () => {
    using world = memoryWorld()
    const [ada, bob] = await meet(world)
    const heard = [lineEvents(ada, 'text'), lineEvents(bob, 'text')]
    const rosters = lineEvents(ada, 'roster')
    const states = lineEvents(ada, 'state')
    const { id } = ada.self
    world.sockets[0]?.cut()
    expect(ada.state).toBe('resuming')
    ada.sendText('one', bob.self.id)
    ada.sendText('two', bob.self.id)
    bob.sendText('three', id)
    await isOpen(ada)
    ada.sendText('four', bob.self.id)
    await vi.waitFor(() => expect(heard.map((texts) => texts.length)).toEqual([1, 3]))
    expect(heard[1]?.map(({ text }) => text)).toEqual(['one', 'two', 'four'])
    expect(heard[0]?.map(({ text }) => text)).toEqual(['three'])
    expect(states.map(({ state }) => state)).toEqual(['resuming', 'open'])
    expect([ada.self.id, rosters.length]).toEqual([id, 0])
    expect(typesOn(world.sockets[2])[0]).toBe('resume')
  })

  test('says again what was on its way when it broke', async () => {
    using world = memoryWorld()
    const [ada, bob] = await meet(world)
    const texts = lineEvents(bob, 'text')
    if (world.sockets[0]) world.sockets[0].silent = true
    ada.sendText('lost', bob.self.id)
    await settle()
    expect(texts).toEqual([])
    world.clock.advance(10_000)
    world.clock.advance(2_000)
    await isOpen(ada)
    await vi.waitFor(() => expect(texts).toMatchObject([{ text: 'lost' }]))
  })

  test('is noticed within four seconds in a call, and within twelve without', async () => {
    using world = memoryWorld()
    const [ada, bob] = await meet(world)
    const silence = () => {
      const socket = world.sockets.findLast(
        ({ sent }) => sent[0]?.includes('"ada"') || sent[0]?.includes('resume')
      )
      if (socket) socket.silent = true
    }
    silence()
    world.clock.advance(10_000)
    expect(ada.state).toBe('open')
    world.clock.advance(2_000)
    expect(ada.state).toBe('resuming')
    await isOpen(ada)
    world.clock.advance(5_000)
    ada.call(bob.self.id)
    await settle()
    silence()
    world.clock.advance(2_000)
    expect(ada.state).toBe('open')
    world.clock.advance(2_000)
    expect(ada.state).toBe('resuming')
    await isOpen(ada)
  })

  test('is asked after when the network changes, and sought at once', async () => {
    using world = memoryWorld()
    const [ada] = await meet(world)
    world.tell('network-changed')
    await settle()
    expect(typesOn(world.sockets[0]).at(-1)).toBe('ping')
    world.clock.advance(1_000)
    expect(ada.state).toBe('open')
    world.network.up = false
    for (const socket of world.sockets) socket.cut()
    await settle()
    world.network.up = true
    world.tell('network-changed')
    await isOpen(ada)
  })

  test('signs in anew, as who it was, to a server that does not know it any more', async () => {
    using world = memoryWorld()
    const [ada, bob] = await meet(world)
    const ids = [ada.self.id, bob.self.id]
    world.network.up = false
    world.restart()
    ada.rename('countess')
    ada.sendText('to whom it may concern')
    await settle()
    world.network.up = true
    world.clock.advance(1_000)
    await Promise.all([isOpen(ada), isOpen(bob)])
    expect([ada.self.id, bob.self.id]).toEqual(ids)
    expect(ada.self.name).toBe('countess')
    expect(typesOn(world.sockets.findLast(({ sent }) => sent.join('').includes('countess')))).toEqual([
      'resume',
      'sign-in',
      'text'
    ])
    world.clock.advance(1_000)
    await vi.waitFor(() => expect([ada.roster.length, bob.roster.length]).toEqual([1, 1]))
  })

  test('begins anew when more waits than can be kept', async () => {
    using world = memoryWorld()
    const [ada, bob] = await meet(world)
    const texts = lineEvents(bob, 'text')
    world.network.up = false
    world.sockets[0]?.cut()
    sayTooMuch(ada, bob)
    ada.sendText('at last', bob.self.id)
    world.network.up = true
    await settle()
    world.clock.advance(1_000)
    await isOpen(ada)
    ada.sendText('and on', bob.self.id)
    await vi.waitFor(() => expect(texts).toMatchObject([{ text: 'at last' }, { text: 'and on' }]))
    expect(typesOn(world.sockets.at(-1))).toEqual(['sign-in', 'text', 'text'])
    expect(ada.state).toBe('open')
  })

  test.each(['at once', 'as soon as it is there'])(
    'begins anew when more is said %s than a silent server acknowledges, with what is said then',
    async (when) => {
      using world = memoryWorld()
      const [ada, bob] = await meet(world)
      const texts = lineEvents(bob, 'text')
      const say = () => {
        for (const socket of [world.sockets[0], world.sockets[2]]) if (socket) socket.silent = true
        sayTooMuch(ada, bob)
        ada.sendText('at last', bob.self.id)
      }
      if (when === 'at once') say()
      else {
        ada.addEventListener('state', ({ detail: { state } }) => {
          if (state === 'open' && world.sockets.length === 3) say()
        })
        world.sockets[0]?.cut()
      }
      await settle()
      world.clock.advance(1_000)
      await isOpen(ada)
      await vi.waitFor(() => expect(texts).toMatchObject([{ text: 'at last' }]))
    }
  )

  test('opens few sockets while there is nothing, and one as soon as a probe comes through', async () => {
    using world = memoryWorld()
    const [ada] = await meet(world)
    const before = world.sockets.length
    const pass = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 100) {
        world.clock.advance(100)
        await settle()
      }
    }
    world.network.up = false
    for (const socket of world.sockets) socket.cut()
    await pass(30_000)
    // The other line is lost, too.
    expect((world.sockets.length - before) / 2).toBeLessThan(16)
    expect(new Set(world.probed)).toEqual(new Set(['http://calls.test/healthz']))
    world.network.up = true
    await pass(300)
    expect(ada.state).toBe('open')
  })

  test('does not press a server that has no room for it', async () => {
    using world = memoryWorld()
    const ada = await world.join('ada', { lobby: 'ours' })
    world.clock.advance(5_000)
    world.restart()
    await world.join('bob', { lobby: 'ours', size: 2 })
    await world.join('cyd', { lobby: 'ours' })
    const errors = lineEvents(ada, 'state')
    const before = world.sockets.length
    for (let second = 0; second < 20; second += 1) {
      world.clock.advance(1_000)
      await settle()
    }
    expect(errors.at(-1)?.error?.code).toBe('lobby-full')
    expect(world.sockets.length - before).toBeLessThan(6)
    ada.close()
  })
})

describe('a line', () => {
  test('acknowledges what has come half a second later, or after so many', async () => {
    using world = memoryWorld()
    const { say, said } = await joinTest(world)
    world.clock.advance(500)
    const acks = said().length
    await say(text(2))
    expect(said()).toHaveLength(acks)
    world.clock.advance(500)
    expect(said().at(-1)).toEqual({ type: 'ack', ack: 2 })
    for (let n = 3; n < 35; n += 1) await say(text(n))
    expect(said().slice(acks + 1)).toEqual([{ type: 'ack', ack: 34 }])
  })

  test('acknowledges with whatever it says', async () => {
    using world = memoryWorld()
    const { line, say, said } = await joinTest(world)
    await say(text(2))
    line.sendText('hello')
    expect(said()).toMatchObject([{ type: 'text', n: 2, ack: 2 }])
  })

  test('hears nothing twice', async () => {
    using world = memoryWorld()
    const { line, say } = await joinTest(world)
    const texts = lineEvents(line, 'text')
    await say(text(2))
    await say(text(2))
    expect(texts).toHaveLength(1)
  })

  test.each([
    ['leaves out a message', text(3)],
    ['acknowledges what was never said', text(2, 7)],
    ['says what cannot be', { type: 'ended', n: 2, ack: 1 }],
    ['says nothing that can be read', []]
  ])('resumes when its server %s', async (_what, header) => {
    using world = memoryWorld()
    const { line, say } = await joinTest(world)
    const states = lineEvents(line, 'state')
    world.clock.advance(5_000)
    await say(header)
    expect(states[0]).toMatchObject({ state: 'resuming', error: { code: 'unreachable' } })
    await isOpen(line)
    expect(typesOn(world.sockets[1])[0]).toBe('resume')
  })

  test('counts what only a later version understands', async () => {
    using world = memoryWorld()
    const { line, say } = await joinTest(world)
    const texts = lineEvents(line, 'text')
    await say({ type: 'weather', n: 2, ack: 1 })
    await say(text(3))
    expect([texts.length, line.state]).toEqual([1, 'open'])
  })

  test('gives way to another client with its secret, and does not come back', async () => {
    using world = memoryWorld()
    const secret = 'a-secret-of-more-than-22-signs'
    const first = await world.join('ada', { secret })
    const states = lineEvents(first, 'state')
    world.clock.advance(1)
    const second = await world.join('ada', { secret })
    await vi.waitFor(() => expect(first.state).toBe('closed'))
    expect(states).toMatchObject([{ state: 'closed', error: { code: 'replaced' } }])
    expect(() => first.sendText('hello?')).toThrow(expect.objectContaining({ code: 'not-connected' }))
    world.clock.advance(60_000)
    expect([second.state, world.sockets.length]).toEqual(['open', 2])
  })
})

test('a line that was away when another client took its secret does not take it back', async () => {
  using world = memoryWorld()
  const secret = 'a-secret-of-more-than-22-signs'
  const first = await world.join('ada', { secret })
  world.clock.advance(5_000)
  const states = lineEvents(first, 'state')
  world.network.up = false
  world.sockets[0]?.cut()
  await settle()
  world.network.up = true
  const second = await world.join('ada', { secret })
  world.clock.advance(1_000)
  await vi.waitFor(() => expect(first.state).toBe('closed'))
  expect(states.at(-1)?.error?.code).toBe('replaced')
  expect(second.state).toBe('open')
})

test('a sign-in that is aborted leaves nobody behind', async () => {
  using world = memoryWorld()
  const control = new AbortController()
  const joining = world.join('ada', { signal: control.signal })
  const [socket] = world.sockets
  if (socket === undefined) throw new Error('no socket')
  const send = socket.send.bind(socket)
  vi.spyOn(socket, 'send').mockImplementationOnce((text) => {
    send(text)
    control.abort()
  })
  await expect(joining).rejects.toMatchObject({ code: 'aborted' })
  await settle()
  expect((await world.join('bob')).roster).toEqual([])
})

describe('a page', () => {
  test('that is left is gone for the others at once, and there again when it is shown', async () => {
    using world = memoryWorld()
    const bob = await world.join('bob')
    const ada = await world.join('ada')
    world.clock.advance(5_000)
    await settle()
    const states = lineEvents(ada, 'state')
    world.tell('page-hidden')
    await settle()
    expect([ada.state, world.sockets[0]?.closed, world.sockets[1]?.closed]).toEqual(['resuming', true, true])
    world.clock.advance(60_000)
    expect(world.sockets).toHaveLength(2)
    world.tell('page-shown')
    await Promise.all([isOpen(ada), isOpen(bob)])
    expect(states.map(({ state }) => state)).toEqual(['resuming', 'open'])
    world.clock.advance(1_000)
    await vi.waitFor(() => expect(ada.roster.map(({ name }) => name)).toEqual(['bob']))
  })

  test('that is left in a call has hung up', async () => {
    using world = memoryWorld()
    const [ada, bob] = await meet(world)
    const call = ada.call(bob.self.id)
    await vi.waitFor(() => expect(call.phase).toBe('ringing'))
    world.tell('page-hidden')
    world.clock.advance(1_000)
    expect(call.phase).toBe('ended')
    expect(ada.currentCall).toBeNull()
  })
})
