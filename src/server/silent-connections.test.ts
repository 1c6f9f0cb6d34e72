import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { SilentConnections } from './silent-connections.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

class FakeSocket extends EventEmitter {
  destroyed = false
  readonly remoteAddress: string
  constructor(remoteAddress: string) {
    super()
    this.remoteAddress = remoteAddress
  }
  destroy(): void {
    if (!this.destroyed) setImmediate(() => this.emit('close'))
    this.destroyed = true
  }
}

const from = (address: string) => new FakeSocket(address)
const limits = { patienceMs: 1_000, max: 3, maxPerAddress: 2 }

test('one that stays silent is let go after its time, and one that has spoken is not', () => {
  const silent = new SilentConnections(limits)
  const [ada, bob] = [from('10.0.0.1'), from('10.0.0.2')]
  silent.add(ada)
  silent.add(bob)?.()
  vi.advanceTimersByTime(999)
  expect(ada.destroyed).toBe(false)
  vi.advanceTimersByTime(1)
  expect([ada.destroyed, bob.destroyed]).toEqual([true, false])
})

test('one network has so many, and room again when they have spoken or gone', () => {
  const silent = new SilentConnections(limits)
  const first = from('10.0.0.1')
  const spoken = silent.add(first)
  const second = from('10.0.0.1')
  silent.add(second)
  expect(silent.add(from('10.0.0.1'))).toBeNull()
  expect(silent.add(from('10.0.0.2'))).not.toBeNull()
  spoken?.()
  // Once is enough.
  spoken?.()
  first.emit('close')
  second.emit('close')
  expect(silent.add(from('10.0.0.1'))).not.toBeNull()
  expect(silent.add(from('10.0.0.1'))).not.toBeNull()
  expect(silent.add(from('10.0.0.1'))).toBeNull()
})

test('beyond the number of all, the oldest makes room', () => {
  const silent = new SilentConnections(limits)
  const sockets = [1, 2, 3, 4, 5].map((last) => from(`10.0.0.${last}`))
  for (const socket of sockets) expect(silent.add(socket)).not.toBeNull()
  expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true, true, false, false, false])
})

test('at the end all go who are still silent', () => {
  const silent = new SilentConnections(limits)
  const [ada, bob] = [from('10.0.0.1'), from('10.0.0.2')]
  silent.add(ada)
  silent.add(bob)?.()
  silent.close()
  expect([ada.destroyed, bob.destroyed]).toEqual([true, false])
})
