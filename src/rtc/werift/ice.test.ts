import { expect, test, vi } from 'vitest'
import { startIceOver } from './ice.ts'

const transport = (generation: number, nominated?: object) => ({
  connection: { generation, nominated },
  start: vi.fn(() => Promise.reject(new Error('no path')))
})

test('a path is looked for once in each generation, also where the other side has found one before', () => {
  for (const nominated of [undefined, {}]) {
    const iceTransport = transport(0, nominated)
    const start = (state = 'connected') => startIceOver({ dtlsTransports: [{ state, iceTransport }] })
    start()
    expect(iceTransport.start).toHaveBeenCalledTimes(0)
    for (const generation of [1, 2]) {
      iceTransport.connection.generation = generation
      start('connecting')
      expect(iceTransport.start).toHaveBeenCalledTimes(generation - 1)
      start()
      start()
      expect(iceTransport.start).toHaveBeenCalledTimes(generation)
    }
  }
})
