/** The ICE servers of a call: who is offered which, and when. */
import { expect, test, vi } from 'vitest'
import { memoryWorld } from '../../test/support/memory-world.ts'
import type { IceService } from '../server/relay-service.ts'
import type { Call, Line } from './types.ts'

/** Credentials that say for what they were made, and the calls that have ended. */
const fakeIce = () => {
  const ended: string[] = []
  const ice: IceService = {
    iceServers: (call, peer, { host }) => [
      { urls: [`turn:${host}`], username: `${call}:${peer}`, credential: 'c' }
    ],
    callEnded: (call) => ended.push(call)
  }
  return { ice, ended }
}

const reach = (call: Call, phase: Call['phase']) => vi.waitFor(() => expect(call.phase).toBe(phase))

const ring = async (ada: Line, bob: Line) => {
  const call = ada.call(bob.self.id)
  await reach(call, 'ringing')
  return call
}

test('both parties are offered the server’s, each under its own name and for this call', async () => {
  const { ice, ended } = fakeIce()
  using world = memoryWorld(ice)
  const own = { urls: 'stun:stun.test' }
  const [ada, bob] = await world.joinTwo({ iceServers: [own], iceTransportPolicy: 'relay' })
  const call = await ring(ada, bob)
  await bob.currentCall?.accept()
  await reach(call, 'connecting')
  const offered = (peer: string) => ({
    iceServers: [own, { urls: ['turn:calls.test'], username: `${call.id}:${peer}`, credential: 'c' }],
    iceTransportPolicy: 'relay',
    bundlePolicy: 'max-bundle'
  })
  expect(world.connections.map(({ configuration }) => configuration)).toEqual([
    offered(ada.self.id),
    offered(bob.self.id)
  ])
  expect(ended).toEqual([])
  call.hangUp()
  expect(ended).toEqual([call.id])
})

test('a server that has none offers none', async () => {
  using world = memoryWorld()
  const [ada, bob] = await world.joinTwo()
  await ring(ada, bob)
  expect(world.connections[0]?.configuration).toEqual({
    iceServers: [],
    iceTransportPolicy: 'all',
    bundlePolicy: 'max-bundle'
  })
})

test('a call that is hung up before the answer opens nothing', async () => {
  using world = memoryWorld(fakeIce().ice)
  const [ada, bob] = await world.joinTwo({ instantAnswer: 'off' })
  const call = ada.call(bob.self.id)
  call.hangUp()
  expect(call.endReason).toBe('cancelled')
  await ring(ada, bob)
  expect(world.connections).toHaveLength(1)
})

test('of two who call each other at once, both go on with those of the call that stands', async () => {
  using world = memoryWorld(fakeIce().ice)
  const [ada, bob] = await world.joinTwo()
  const calls = [ada.call(bob.self.id), bob.call(ada.self.id)]
  await vi.waitFor(() => expect(calls.map(({ phase }) => phase)).toEqual(['connecting', 'connecting']))
  const [{ id } = { id: '' }] = calls
  expect(calls.map((call) => call.id)).toEqual([id, id])
  const names = world.connections
    .filter(({ closed }) => !closed)
    .flatMap(({ configuration }) => configuration?.iceServers?.map(({ username }) => username))
  expect(names).toEqual(expect.arrayContaining([`${id}:${ada.self.id}`, `${id}:${bob.self.id}`]))
})

test('nobody is offered those of a call of others', async () => {
  using world = memoryWorld(fakeIce().ice)
  const [ada, bob] = await world.joinTwo()
  const eves = new world.platform.WebSocket('ws://calls.test/ws', 'patchcord.1')
  const say = (message: object) => eves.send(JSON.stringify(message))
  await new Promise<void>((open) => eves.addEventListener('open', open))
  say({ type: 'sign-in', name: 'eve' })
  const call = await ring(ada, bob)
  const heard: unknown[] = []
  eves.addEventListener('message', ({ data }) => {
    if (String(data).includes('ice-servers')) heard.push(JSON.parse(String(data)))
  })
  const ask = (call: string) => say({ type: 'ice-servers', call })
  ask(call.id)
  ask('another')
  await vi.waitFor(() => expect(heard).toHaveLength(2))
  expect(heard[0]).toMatchObject({
    type: 'refused',
    code: 'not-allowed',
    about: 'ice-servers',
    call: call.id
  })
  expect(heard[1]).toMatchObject({ type: 'ice-servers', call: 'another', iceServers: [{ credential: 'c' }] })
})
