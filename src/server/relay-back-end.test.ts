/** Which way of relaying over UDP is taken, and what is said when the better one is not possible. */
import { Writable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { bundled } from '../../test/support/bundled.ts'
import { backEnds, freeUdpPort, manyOfAll } from '../../test/support/relay-runners.ts'
import { type RelayUdp, relayRunner } from './relay-back-end.ts'

const nowhere = new URL('nowhere.js', import.meta.url)

const chosen = async (relayUdp: RelayUdp, worker: URL) => {
  const lines: string[] = []
  const log = pino(
    { level: 'info' },
    new Writable({
      write(line, _encoding, done) {
        lines.push(String(JSON.parse(String(line)).msg))
        done()
      }
    })
  )
  const options = { realm: 'r', secrets: ['s'], limits: manyOfAll, onError: () => {}, onFault: () => {} }
  const runner = relayRunner(options, { relayUdp, log, worker })
  await runner.listen(await freeUdpPort('127.0.0.1'), '127.0.0.1')
  await runner.close()
  return lines
}

test('where the thread cannot be had, the relay runs all the same, and one line says why', async () => {
  expect(await chosen('auto', nowhere)).toEqual([
    'the relay takes one datagram at a time: its faster way is not possible here'
  ])
})

test('whoever insists on it is told in one sentence', async () => {
  await expect(chosen('mmsg', nowhere)).rejects.toThrow(/^--relay-udp mmsg is not possible here: .*\.$/)
})

test('whoever wants Node’s own sockets gets them without a word', async () => {
  expect(await chosen('dgram', nowhere)).toEqual([])
})

test('where the thread can be had, it is taken without a word', async () => {
  await using worker = await bundled(new URL('mmsg/relay-worker.ts', import.meta.url))
  const here: RelayUdp = backEnds.includes('mmsg') ? 'mmsg' : 'dgram'
  expect(await chosen(here, pathToFileURL(worker.file))).toEqual([])
})
