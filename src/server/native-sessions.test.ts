/** Sessions in time: how long they wait, and what becomes of those who wait for them. */
import { describe, expect, test } from 'vitest'
import { hubLimits } from '../../test/support/listening.ts'
import { frameText, parseFrame } from '../dialects/native-client.ts'
import { type HubLimits, SwitchboardHub } from './hub.ts'
import { NativeSessions, peerIdOf } from './native-sessions.ts'
import type { CloseCause } from './websocket.ts'

const secret = 's'.repeat(22)

const newWorld = (limits: Partial<HubLimits> = {}) => {
  let now = 1_000_000
  const timers = new Set<{ readonly due: number; readonly run: () => void }>()
  const hosts: string[] = []
  const hub = new SwitchboardHub({
    limits: { ...hubLimits, ...limits },
    now: () => now,
    ice: {
      iceServers(_call, _peer, { host }) {
        hosts.push(host)
        return []
      },
      callEnded() {}
    }
  })
  const sessions = new NativeSessions({
    hub,
    resumeMs: 60_000,
    maxQueuedBytes: 65_536,
    now: () => now,
    after(ms, run) {
      const timer = { due: now + ms, run }
      timers.add(timer)
      return () => timers.delete(timer)
    }
  })

  const pass = (ms: number): void => {
    now += ms
    for (const timer of timers) {
      if (timer.due > now) continue
      timers.delete(timer)
      timer.run()
    }
  }

  const dial = (host = 'calls.test') => {
    const told: string[] = []
    const closes: string[] = []
    const handlers = sessions.attend({
      address: '192.0.2.1',
      way: { host, proxied: false },
      send: (frame) => told.push(frameText(frame)),
      close(code, reason) {
        closes.push(`${code} ${reason}`)
        handlers.closed('server')
      }
    })
    return {
      told,
      closes,
      say: (message: object) => handlers.message(parseFrame(JSON.stringify(message))),
      lose: (cause: CloseCause) => handlers.closed(cause),
      types: () => told.map((text) => /"type":"([^"]+)"/.exec(text)?.[1])
    }
  }

  const join = (attempt = 1) => {
    const socket = dial()
    socket.say({ type: 'sign-in', name: 'ada', secret, attempt, n: 1, ack: 0 })
    return socket
  }
  return { hub, sessions, timers, hosts, pass, dial, join }
}

const resume = (attempt: number, ack = 1) => ({ type: 'resume', secret, attempt, ack })

describe('a session without a socket', () => {
  test('is there for 60 s, and then it is not', () => {
    const { hub, pass, dial, join, timers } = newWorld()
    join().lose('peer')
    pass(59_999)
    expect(hub.connections).toBe(1)
    pass(1)
    expect([hub.connections, timers.size]).toEqual([0, 0])
    const late = dial()
    late.say(resume(2))
    expect(late.told[0]).toContain('"unknown-session"')
    expect(late.closes).toEqual([])
  })

  test('has its whole time again after each loss', () => {
    const { hub, pass, dial, join } = newWorld()
    join().lose('silent')
    for (let attempt = 2; attempt < 5; attempt += 1) {
      pass(50_000)
      const socket = dial()
      socket.say(resume(attempt))
      expect(socket.types()[0]).toBe('resumed')
      socket.lose('peer')
    }
    expect(hub.connections).toBe(1)
  })

  test.each<CloseCause>(['left', 'broken', 'too-slow'])('is none when its client is gone: %s', (cause) => {
    const { hub, join, timers } = newWorld()
    join().lose(cause)
    expect([hub.connections, timers.size]).toEqual([0, 0])
  })

  test('is none when its client was not welcomed', () => {
    const { hub, dial } = newWorld()
    const socket = dial()
    socket.say({ type: 'sign-in', name: 'ada', lobby: 'a/b', secret, attempt: 1, n: 1, ack: 0 })
    expect(socket.told[0]).toContain('"code":"bad-name"')
    expect(socket.told[0]).toContain('"n":1,"ack":1')
    socket.lose('peer')
    expect(hub.connections).toBe(0)
  })

  test('waits no longer than its server', () => {
    const { hub, sessions, join, timers, dial } = newWorld()
    join().lose('peer')
    hub.close()
    sessions.close()
    expect(timers.size).toBe(0)
    const socket = dial()
    socket.lose('peer')
    expect(timers.size).toBe(0)
  })
})

describe('a socket that is closed late', () => {
  test('takes nothing from the session that has replaced it', () => {
    const { hub, pass, dial, join } = newWorld()
    const first = join()
    const second = dial()
    second.say(resume(2))
    expect(first.closes).toEqual(['1008 replaced'])
    first.lose('left')
    first.say({ type: 'sign-out', n: 2, ack: 1 })
    pass(60_000)
    expect(hub.connections).toBe(1)
    expect(second.closes).toEqual([])
  })

  test('takes nothing from a session of the same client that began anew', () => {
    const { hub, pass, join } = newWorld()
    const first = join(1)
    const second = join(2)
    expect(first.closes).toEqual(['1008 replaced'])
    first.say({ type: 'sign-out', n: 2, ack: 1 })
    first.lose('left')
    pass(60_000)
    expect(hub.connections).toBe(1)
    second.say({ type: 'sign-out', n: 2, ack: 1 })
    expect(second.closes).toEqual(['1000 '])
    expect(hub.connections).toBe(0)
  })
})

test('a client is offered a relay by the name that it reaches the server by now', () => {
  const { hosts, dial, join } = newWorld()
  join().lose('peer')
  const socket = dial('192.0.2.7')
  socket.say(resume(2))
  socket.say({ type: 'ice-servers', call: 'c', n: 2, ack: 1 })
  expect(hosts).toEqual(['192.0.2.7'])
})

describe('where there are too many connections', () => {
  test('a client that says nothing is turned away after a moment', () => {
    const { pass, dial, join, timers } = newWorld({ maxConnections: 1 })
    join()
    const socket = dial()
    pass(2_999)
    expect(socket.told).toEqual([])
    pass(1)
    expect(socket.told[0]).toContain('"too-many-connections"')
    expect(socket.closes).toEqual(['1008 too-many-connections'])
    expect(timers.size).toBe(0)
  })

  test('one that has a session goes on', () => {
    const { pass, dial, join } = newWorld({ maxConnections: 1 })
    join().lose('peer')
    const socket = dial()
    socket.say(resume(2))
    pass(3_000)
    expect(socket.types()).toEqual(['resumed'])
    expect(socket.closes).toEqual([])
  })

  test('one that signs in anew takes the place of its own', () => {
    const { dial, join } = newWorld({ maxConnections: 1 })
    join().lose('peer')
    const socket = dial()
    socket.say({ type: 'sign-in', name: 'ada', secret, attempt: 2, n: 1, ack: 0 })
    expect(socket.types()).toEqual(['welcome'])
  })
})

test('an id says nothing of its secret, and is of this server’s protocol alone', () => {
  expect(peerIdOf(secret)).toMatch(/^[\w-]{22}$/)
  expect(peerIdOf(secret)).not.toBe(peerIdOf('t'.repeat(22)))
})
