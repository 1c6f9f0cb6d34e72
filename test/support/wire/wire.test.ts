import { expect, test } from 'vitest'
import { type Protocol, Wire } from './wire.ts'

const numbers: Record<Protocol | 'icmp', number> = { icmp: 1, tcp: 6, udp: 17 }

/** An IPv4 packet with nothing in it but what a wire reads, and a number to know it by. */
const packet = (to: string, mark = 0, protocol: Protocol | 'icmp' = 'udp'): Buffer => {
  const bytes = Buffer.alloc(125)
  bytes[0] = 0x45
  bytes[9] = numbers[protocol]
  bytes.set(to.split('.').map(Number), 16)
  bytes[20] = mark
  return bytes
}

/** Ada is 10.0.0.1, Bob is 10.0.0.2, and chance says 0.5 every time. */
const between = (random = () => 0.5): Wire => {
  const wire = new Wire(random)
  wire.setAddress('ada', '10.0.0.1')
  wire.setAddress('bob', '10.0.0.2')
  wire.setAddress('cyd', '10.0.0.3')
  return wire
}

const arrived = (wire: Wire, now: number) =>
  wire.arrivals(now).map(({ host, packet }) => `${host} ${packet[20]}`)

test('a packet reaches the host that has its address, and nobody else', () => {
  const wire = between()
  wire.send('ada', packet('10.0.0.2', 7), 0)
  expect(arrived(wire, 0)).toEqual(['bob 7'])
  expect(wire.counts).toEqual({ delivered: 1, lost: 0, blocked: 0, overflowed: 0 })
})

test('what is for nobody, for the sender itself or not IPv4 is not carried', () => {
  const wire = between()
  wire.send('ada', packet('10.0.0.9'), 0)
  wire.send('ada', packet('10.0.0.1'), 0)
  wire.send('ada', Buffer.alloc(40, 0x60), 0)
  wire.send('ada', Buffer.alloc(3, 0x45), 0)
  expect(wire.nextAt).toBeNull()
})

test('a packet arrives when its delay is over, and not before', () => {
  const wire = between()
  wire.impair({ delayMs: 25 })
  wire.send('ada', packet('10.0.0.2', 1), 100)
  expect(wire.nextAt).toBe(125)
  expect(arrived(wire, 124.9)).toEqual([])
  expect(arrived(wire, 125)).toEqual(['bob 1'])
})

test('a pair has its own delay, until one is set for all', () => {
  const wire = between()
  wire.impair({ delayMs: 10 })
  wire.impair({ delayMs: 50, loss: 0.1 }, ['bob', 'ada'])
  wire.send('ada', packet('10.0.0.2', 1), 0)
  wire.send('ada', packet('10.0.0.3', 2), 0)
  expect(arrived(wire, 10)).toEqual(['cyd 2'])
  wire.impair({ delayMs: 20 })
  wire.send('bob', packet('10.0.0.1', 3), 0)
  expect(arrived(wire, 20)).toEqual(['ada 3'])
  expect(arrived(wire, 50)).toEqual(['bob 1'])
})

test('jitter does not change the order of a direction', () => {
  const chances = [0, 0.9, 0, 0.1]
  const wire = between(() => chances.shift() ?? 0)
  wire.impair({ delayMs: 10, jitterMs: 10 })
  wire.send('ada', packet('10.0.0.2', 1), 0)
  wire.send('ada', packet('10.0.0.2', 2), 1)
  expect(arrived(wire, 18.9)).toEqual([])
  expect(arrived(wire, 19)).toEqual(['bob 1', 'bob 2'])
})

test('chance decides which packets are lost', () => {
  const chances = [0.09, 0.1, 0]
  const wire = between(() => chances.shift() ?? 0)
  wire.impair({ loss: 0.1 })
  wire.send('ada', packet('10.0.0.2', 1), 0)
  wire.send('ada', packet('10.0.0.2', 2), 0)
  expect(arrived(wire, 0)).toEqual(['bob 2'])
  expect(wire.counts).toMatchObject({ lost: 1, delivered: 1 })
})

test('a rate spaces packets out, and drops what would wait too long', () => {
  const wire = between()
  wire.impair({ kilobitsPerSecond: 100 }, ['ada', 'bob'])
  for (let mark = 1; mark <= 30; mark += 1) wire.send('ada', packet('10.0.0.2', mark), 0)
  expect(arrived(wire, 9)).toEqual([])
  expect(arrived(wire, 20)).toEqual(['bob 1', 'bob 2'])
  expect(arrived(wire, 1_000)).toHaveLength(19)
  expect(wire.counts).toMatchObject({ delivered: 21, overflowed: 9 })
})

test('a wall between two stops both directions, and only them', () => {
  const wire = between()
  wire.block(['bob', 'ada'], 'all')
  wire.send('ada', packet('10.0.0.2'), 0)
  wire.send('bob', packet('10.0.0.1'), 0)
  wire.send('ada', packet('10.0.0.3', 3), 0)
  expect(arrived(wire, 0)).toEqual(['cyd 3'])
  wire.unblock(['ada', 'bob'], 'all')
  wire.send('ada', packet('10.0.0.2', 4), 0)
  expect(arrived(wire, 0)).toEqual(['bob 4'])
  expect(wire.counts).toMatchObject({ blocked: 2 })
})

test('a wall against one protocol lets the others through', () => {
  const wire = between()
  wire.block(['ada', 'bob'], 'udp')
  wire.send('ada', packet('10.0.0.2', 1, 'udp'), 0)
  wire.send('ada', packet('10.0.0.2', 2, 'tcp'), 0)
  wire.send('ada', packet('10.0.0.2', 3, 'icmp'), 0)
  expect(arrived(wire, 0)).toEqual(['bob 2', 'bob 3'])
})

test('a host whose cable is out neither sends nor receives, and loses what was on its way', () => {
  const wire = between()
  wire.impair({ delayMs: 10 })
  wire.send('ada', packet('10.0.0.2', 1), 0)
  wire.setPlugged('bob', false)
  wire.send('ada', packet('10.0.0.2', 2), 0)
  wire.send('bob', packet('10.0.0.1', 3), 0)
  expect(arrived(wire, 10)).toEqual([])
  wire.setPlugged('bob', true)
  wire.send('ada', packet('10.0.0.2', 4), 10)
  expect(arrived(wire, 20)).toEqual(['bob 4'])
  expect(wire.counts).toMatchObject({ blocked: 3 })
})

test('a host that moves is reached at its new address only', () => {
  const wire = between()
  wire.setAddress('bob', '10.0.0.8')
  wire.send('ada', packet('10.0.0.2', 1), 0)
  wire.send('ada', packet('10.0.0.8', 2), 0)
  expect(arrived(wire, 0)).toEqual(['bob 2'])
})
