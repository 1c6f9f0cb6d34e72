/** What becomes of the server when the thread that relays ends by a fault. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { bundled } from '../../../test/support/bundled.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { backEnds, freeUdpPort, manyOfAll } from '../../../test/support/relay-runners.ts'
import { TurnSession } from '../../../test/support/turn-session.ts'
import { relayApart } from './relay-apart.ts'

const binding = new TurnSession({ username: '', password: '' }).write('binding', [], { unsigned: true })
const remote = { address: Uint8Array.of(127, 0, 0, 1), port: 1_024 }

const faulty = async () => {
  const worker = await bundled(new URL('../../../test/support/faulty-worker.ts', import.meta.url))
  const faults: string[] = []
  const runner = relayApart(
    {
      realm: 'r',
      secrets: ['s'],
      limits: manyOfAll,
      onError: () => {},
      onFault: ({ message }) => faults.push(message)
    },
    pathToFileURL(worker.file)
  )
  return {
    runner,
    faults,
    async [Symbol.asyncDispose]() {
      await runner.close()
      await worker[Symbol.asyncDispose]()
    }
  }
}

test.runIf(backEnds.includes('mmsg'))(
  'after a fault of its thread the relay says so, lets its clients go, and is back on its port',
  async () => {
    await using world = await faulty()
    const { runner, faults } = world
    const port = await freeUdpPort('127.0.0.1')
    await runner.listen(port, '127.0.0.1')
    let closed = 0
    const sink = { send: () => {}, holds: () => {}, close: () => (closed += 1) }
    runner.openStream(remote, sink)
    runner.endCall('a fault')
    // One who has asked waits for no thread that is gone.
    expect(await runner.counts()).toMatchObject({ allocations: 0 })
    await eventually(() => faults).toEqual(['a fault'])
    expect(closed).toBe(1)
    runner.openStream(remote, sink)
    expect(closed).toBe(2)

    const socket = createSocket('udp4')
    socket.connect(port, '127.0.0.1')
    await once(socket, 'connect')
    let answers = 0
    socket.on('message', () => (answers += 1))
    socket.on('error', () => {})
    await eventually(() => {
      socket.send(binding)
      return answers
    }).toBeGreaterThan(0)
    socket.close()
    expect(faults).toHaveLength(1)
  }
)

test.runIf(backEnds.includes('mmsg'))('a fault before it listens is told to whoever began it', async () => {
  await using world = await faulty()
  const { runner, faults } = world
  runner.endCall('a fault')
  await expect(runner.listen(0, '127.0.0.1')).rejects.toThrow('a fault')
  await expect(runner.listen(0, '127.0.0.1')).rejects.toThrow('the thread has ended')
  expect(faults).toEqual([])
})
