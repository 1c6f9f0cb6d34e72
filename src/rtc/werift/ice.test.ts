import { expect, test, vi } from 'vitest'
import { startIceOver } from './ice.ts'

test.each([
  ['once there is encryption', 'connected', 1],
  ['and before, which is for werift to do, not', 'connecting', 0]
])('a path is looked for %s', (_when, state, times) => {
  const start = vi.fn(() => Promise.reject(new Error('no path')))
  startIceOver({ dtlsTransports: [{ state, iceTransport: { start } }] })
  expect(start).toHaveBeenCalledTimes(times)
})
