/** Where clients are told to look for the relay, and that what they are told stays good for as long as they call. */
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { serve } from '../../src/server/serve.ts'
import { eventually } from '../support/eventually.ts'
import { nativeSocket } from '../support/native-socket.ts'
import { readData, sendIndication } from '../support/turn-session.ts'
import { turnSocket } from '../support/turn-socket.ts'

const offeredTo = async (url: string, headers: Readonly<Record<string, string>> = {}) => {
  await using ada = await nativeSocket(url, 'ada', headers)
  ada.say({ type: 'ice-servers', call: 'a call' })
  const [server] = await ada.offered('ice-servers')
  return server?.urls
}

test('an address that the user names is told to everybody, behind the one that they came by', async () => {
  await using server = await serve({ port: 0, logLevel: 'silent', publicIp: ['9.9.9.9', '2620:fe::fe'] })
  const { port } = server
  expect(await offeredTo(server.url)).toEqual([
    `turn:localhost:${port}?transport=udp`,
    `turn:9.9.9.9:${port}?transport=udp`,
    `turn:[2620:fe::fe]:${port}?transport=udp`,
    `turn:localhost:${port}?transport=tcp`
  ])
  const proxy = { Host: 'calls.example', 'X-Forwarded-For': '1.1.1.1' }
  expect(await offeredTo(server.url, proxy)).toContain(`turn:9.9.9.9:${port}?transport=tcp`)
  expect(await offeredTo(server.url, { Host: '9.9.9.9' })).toEqual([
    `turn:9.9.9.9:${port}?transport=udp`,
    `turn:[2620:fe::fe]:${port}?transport=udp`,
    `turn:9.9.9.9:${port}?transport=tcp`
  ])
})

test('a server at loopback tells nobody of other addresses of its machine', async () => {
  await using server = await serve({ port: 0, host: '127.0.0.1', logLevel: 'silent' })
  expect(await offeredTo(server.url, { Host: 'calls.example', Forwarded: 'for=1.1.1.1' })).toEqual([
    `turn:calls.example:${server.port}?transport=udp`,
    `turn:calls.example:${server.port}?transport=tcp`
  ])
})

test('a party that asks again in mid-call gets fresh credentials, and those it had stay good', async () => {
  await using server = await serve({ port: 0, logLevel: 'silent' })
  await using ada = await nativeSocket(server.url, 'ada')
  await using bob = await nativeSocket(server.url, 'bob')
  const ask = async () => {
    ada.say({ type: 'ice-servers', call: 'a call' })
    const [fresh] = await ada.offered('ice-servers')
    if (fresh === undefined) throw new Error('no relay is offered')
    return fresh
  }
  const before = await ask()
  ada.say({ type: 'invite', call: 'a call', to: bob.id }, 'offer')
  await bob.next('invite')
  const relay = { host: '127.0.0.1', port: server.port }
  await using first = await turnSocket(relay, before)
  expect((await first.allocate()).code).toBe(0)
  // The user name has the second in it.
  await eventually(async () => (await ask()).username).not.toBe(before.username)
  await using second = await turnSocket(relay, await ask())
  expect((await second.allocate()).code).toBe(0)
  expect((await first.ask('refresh')).code).toBe(0)
  expect((await second.ask('createPermission', [['xorPeerAddress', first.relayed]])).code).toBe(0)
  expect((await first.ask('createPermission', [['xorPeerAddress', second.relayed]])).code).toBe(0)
  first.send(sendIndication(second.relayed, 'one and the same'))
  expect(readData(await second.next()).text).toBe('one and the same')
})

test('of a named address that is private the operator is warned, and it is told all the same', async () => {
  const lines: string[] = []
  const log = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) })
  await using server = await serve({ port: 0, log, publicIp: ['192.168.1.2', '2620:fe::fe'] })
  expect(lines.join('')).toContain('--public-ip: 192.168.1.2 is a private address')
  expect(lines.join('')).not.toContain('2620:fe::fe')
  expect(await offeredTo(server.url)).toContain(`turn:192.168.1.2:${server.port}?transport=udp`)
})
