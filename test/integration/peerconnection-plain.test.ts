/** On a hanging GET as libwebrtc's own server has it, which knows no calls: the SDK, and the terminal client with real media. */
import { expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { connectMedia, join } from '../support/foreign-parties.ts'
import { plainPeerconnectionServer } from '../support/plain-peerconnection-server.ts'
import { terminal } from '../support/terminal.ts'

const small = [
  '--headless',
  '--protocol',
  'peerconnection',
  '--size',
  '160x120',
  '--fps',
  '10',
  '--stats',
  '1'
]

const at = ({ url }: { readonly url: string }, name: string, ...more: readonly string[]) =>
  terminal([...small, '--server', '127.0.0.1', '--port', new URL(url).port, '--name', name, ...more])

const isType = (type: string) => (body: string) => body.includes(`"type":"${type}"`)

test('two call each other at once, and have one call', async () => {
  await using server = await plainPeerconnectionServer()
  await using ada = await join('peerconnection', server.url, 'ada')
  await using bob = await join('peerconnection', server.url, 'bob')
  await eventually(() => ada.line.roster.length).toBe(1)
  await Promise.all([ada.dial('bob'), bob.dial('ada')])
  await connectMedia(ada, bob)
  expect([ada.calls.length, bob.calls.length]).toEqual([1, 1])
  bob.call.hangUp()
  await Promise.all([ada.reaches('ended'), bob.reaches('ended')])
  expect([ada.call.endReason, bob.call.endReason]).toEqual(['hung-up', 'hung-up'])
  expect([ada.problems, bob.problems]).toEqual([[], []])
})

test('who calls somebody in a call is told so, and the call goes on', async () => {
  await using server = await plainPeerconnectionServer()
  await using ada = await join('peerconnection', server.url, 'ada')
  await using bob = await join('peerconnection', server.url, 'bob')
  await using cyd = await join('peerconnection', server.url, 'cyd')
  await ada.dial('bob')
  await bob.rings()
  await bob.call.accept()
  await connectMedia(ada, bob)
  await cyd.dial('bob')
  await cyd.reaches('ended')
  expect(cyd.call.endReason).toBe('declined')
  expect([ada.call.phase, bob.call.phase]).toEqual(['connected', 'connected'])
})

test('a name is taken as the server can take it', async () => {
  await using server = await plainPeerconnectionServer()
  await using ada = await join('peerconnection', server.url, 'ada b,c 100%&x=1 äda')
  expect(server.present).toEqual([ada.line.self.name])
  expect(ada.line.self.name).toBe('ada_b_c_100_x=1_äda')
})

test('two terminal clients see and hear each other over one offer and one answer', async () => {
  await using server = await plainPeerconnectionServer()
  await using bob = at(server, 'bob', '--auto-answer')
  await bob.hears('signed-in')
  await using ada = at(server, 'ada')
  ada.do({ do: 'call', peer: await ada.sees('bob') })
  await Promise.all([ada.mediaArrives(), bob.mediaArrives()])
  expect([server.said.filter(isType('offer')).length, server.said.filter(isType('answer')).length]).toEqual([
    1, 1
  ])
  ada.do({ do: 'hang-up' })
  expect(await bob.hears('ended')).toMatchObject({ peer: 'ada', reason: 'hung-up' })
  ada.forget()
  bob.forget()
  bob.do({ do: 'call', peer: await bob.sees('ada') })
  await ada.hears('call', ({ direction }) => direction === 'incoming')
  ada.do({ do: 'accept' })
  await Promise.all([ada.mediaArrives(), bob.mediaArrives()])
  bob.do({ do: 'hang-up' })
  expect(await ada.hears('ended')).toMatchObject({ peer: 'bob', reason: 'hung-up' })
})

test('a terminal client that has gone has hung up and signed out before, and its partner is told in order', async () => {
  await using server = await plainPeerconnectionServer()
  await using bob = at(server, 'bob', '--auto-answer', '--trace')
  await bob.hears('signed-in')
  await using ada = at(server, 'ada', 'bob')
  await ada.hears('phase', ({ phase }) => phase === 'connected')
  ada.interrupt()
  await ada.code
  expect(server.said.at(-1)).toBe('BYE')
  await eventually(() => server.present).toEqual(['bob'])
  expect(await bob.hears('ended')).toMatchObject({ reason: 'hung-up' })
  const steps = bob.all('step').map(({ step }) => step)
  expect(steps.slice(steps.indexOf('onPeerDisconnected')).slice(0, 2)).toEqual([
    'onPeerDisconnected',
    'deletePeerConnection'
  ])
})
