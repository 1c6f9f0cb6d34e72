/** A call recorded on libwebrtc's own server, bytes as they were, gets the same answers from ours. */
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { SwitchboardHub } from '../../src/server/hub.ts'
import type { Hub } from '../../src/server/transport.ts'
import { hubLimits } from '../support/listening.ts'
import { servePeerconnection } from '../support/peerconnection-server.ts'
import { parseStrictly, readStrictly, type StrictResponse } from '../support/strict-response.ts'

interface Step {
  readonly connection: string
  readonly does: 'asks' | 'closes' | 'is told'
  readonly bytes: string
}

/** The bytes in `b'…'`: the recording holds no escapes that JSON has not. */
const bytesIn = (literal: string): string => {
  const text: unknown = JSON.parse(`"${literal.slice(2, -1).replaceAll('"', '\\"')}"`)
  return String(text)
}

/** That the server closes too is not compared: ours does so without being asked. */
const stepIn = (line: string): Step[] => {
  const [, connection = '', direction = '', what = ''] = /#(\d+) (C>S|S>C) (.*)$/.exec(line) ?? []
  if (direction === 'C>S') {
    if (what === 'FIN') return [{ connection, does: 'closes', bytes: '' }]
    return [{ connection, does: 'asks', bytes: bytesIn(what) }]
  }
  return what === 'FIN' || what === '' ? [] : [{ connection, does: 'is told', bytes: bytesIn(what) }]
}

const recording = (): readonly Step[] =>
  readFileSync(new URL('../vectors/peerconnection-call.log', import.meta.url), 'utf8')
    .split('\n')
    .flatMap(stepIn)

interface Ids {
  readonly key: number
  readonly number: number
}

/** A hub that also notes the ids that it gives, in order. */
const noting = (hub: Hub, given: Ids[]): Hub => ({
  connect: (dialect, address, outlet) =>
    hub.connect(dialect, address, {
      deliver(message) {
        if (message.type === 'welcome') given.push(message.you)
        outlet.deliver(message)
      },
      close: (refusal) => outlet.close(refusal)
    })
})

/** The recorded id of the client that asks, the one signing in being the next. */
const askerOf = (request: string, given: readonly Ids[]): number =>
  Number(/peer_id=(\d+)/.exec(request)?.[1] ?? given.length + 1)

/** A request of the recording, with the ids of now. */
const translateRequest = (request: string, given: readonly Ids[]): string =>
  request
    .replace(/peer_id=(\d+)/, (_all, id: string) => `peer_id=${given[Number(id) - 1]?.key}`)
    .replace(/to=(\d+)/, (_all, id: string) => `to=${given[Number(id) - 1]?.number}`)

/** A response of the recording, with the ids of now: a client's own is its key, of others it sees the number. */
const translateResponse = (response: string, asker: number, given: readonly Ids[]): string => {
  const idNow = (id: string) => given[Number(id) - 1]?.[Number(id) === asker ? 'key' : 'number']
  return response
    .replace(/Pragma: (\d+)/, (_all, id: string) => `Pragma: ${idNow(id)}`)
    .replace(/,(\d+),([01])\n/g, (_all, id: string, present: string) => `,${idNow(id)},${present}\n`)
}

/** What has to be equal: all but who the server is, and how its JSON is indented. */
const comparable = (response: StrictResponse | null) => {
  if (response === null) throw new Error('no complete response')
  const { statusLine, header, pragma, body } = response
  return {
    statusLine,
    header: header.map((line) => line.replace(/^(Server|Content-Length): .*/, '$1')),
    pragma,
    body: body.startsWith('{') ? JSON.parse(body) : body
  }
}

test('the recorded call goes as it went', async () => {
  const given: Ids[] = []
  const hub = noting(new SwitchboardHub({ limits: hubLimits }), given)
  await using server = await servePeerconnection(hub)
  const sockets = new Map<string, Socket>()
  const responses = new Map<string, Promise<StrictResponse | null>>()
  const askers = new Map<string, number>()
  let compared = 0

  for (const { connection, does, bytes } of recording()) {
    if (does === 'closes') sockets.get(connection)?.destroy()
    if (does === 'asks') {
      askers.set(connection, askerOf(bytes, given))
      const socket = server.say(translateRequest(bytes, given))
      sockets.set(connection, socket)
      responses.set(
        connection,
        readStrictly(socket).catch(() => null)
      )
    }
    if (does === 'is told') {
      const told = (await responses.get(connection)) ?? null
      const expected = translateResponse(bytes, askers.get(connection) ?? 0, given)
      expect(comparable(told)).toEqual(comparable(parseStrictly(Buffer.from(expected))))
      compared += 1
    }
  }
  expect(compared).toBe(16)
})
