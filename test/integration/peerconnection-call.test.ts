/** The hanging GET with the real hub: calls of clients that behave as libwebrtc's own does. */
import { expect, test } from 'vitest'
import { SwitchboardHub } from '../../src/server/hub.ts'
import { hubLimits } from '../support/listening.ts'
import { servePeerconnection } from '../support/peerconnection-server.ts'
import { StockClient } from '../support/stock-client.ts'

const offer = { sdp: 'v=0\r\noffer\r\n', type: 'offer' }
const answer = { sdp: 'v=0\r\nanswer\r\n', type: 'answer' }
const candidate = (number: number) => ({ candidate: `candidate:${number}`, sdpMLineIndex: 0, sdpMid: '0' })

const realHub = () => new SwitchboardHub({ limits: hubLimits })

test('two stock clients see each other, call, hang up and leave', async () => {
  await using server = await servePeerconnection(realHub())
  using alice = new StockClient(server.port, 'alice@a')
  await alice.told('signed in')
  using bob = new StockClient(server.port, 'bob@b')
  await bob.told('peer connected: alice@a')
  await alice.told('peer connected: bob@b')

  const toAlice = bob.numberOf('alice@a')
  const toBob = alice.numberOf('bob@b')
  bob.send(toAlice, offer)
  bob.send(toAlice, candidate(1))
  await alice.told(/candidate:1/)
  alice.send(toBob, answer)
  alice.send(toBob, candidate(2))
  await bob.told(/candidate:2/)
  bob.send(toAlice, 'BYE')
  await alice.told('peer disconnected: bob@b')
  expect(alice.messages.map(({ body }) => JSON.parse(body))).toEqual([offer, candidate(1)])
  expect(bob.messages.map(({ body }) => JSON.parse(body))).toEqual([answer, candidate(2)])

  bob.signOut()
  await bob.told('disconnected')
  await expect.poll(() => alice.peers.size, { timeout: 10_000 }).toBe(0)
})

test('nobody learns the id by which another asks', async () => {
  await using server = await servePeerconnection(realHub())
  using alice = new StockClient(server.port, 'alice')
  await alice.told('signed in')
  using bob = new StockClient(server.port, 'bob')
  await bob.told('signed in')
  const seen = bob.numberOf('alice')
  expect(seen).not.toBe(alice.id)
  const stolen = await server.ask(`GET /wait?peer_id=${seen} HTTP/1.0\r\n\r\n`)
  expect(stolen.status).toBe(500)
})

test('a third caller is told that the two are busy, and they notice nothing', async () => {
  await using server = await servePeerconnection(realHub())
  using alice = new StockClient(server.port, 'alice')
  await alice.told('signed in')
  using bob = new StockClient(server.port, 'bob')
  await bob.told('signed in')
  using carol = new StockClient(server.port, 'carol')
  await carol.told('signed in')
  bob.send(bob.numberOf('alice'), offer)
  await alice.told(/offer/)
  carol.send(carol.numberOf('alice'), { ...offer, sdp: 'v=0\r\nof carol\r\n' })
  await carol.told('peer disconnected: alice')
  alice.send(alice.numberOf('bob'), answer)
  await bob.told(/answer/)
  expect(alice.messages).toHaveLength(1)
})

test('a call to a peer that has just gone ends', async () => {
  await using server = await servePeerconnection(realHub())
  using alice = new StockClient(server.port, 'alice')
  await alice.told('signed in')
  using bob = new StockClient(server.port, 'bob')
  await bob.told('signed in')
  const gone = bob.numberOf('alice')
  alice.signOut()
  await bob.told('peer disconnected: alice')
  bob.log.length = 0
  bob.send(gone, offer)
  await bob.told(`peer disconnected: ${gone}`)
  expect(bob.log.filter((line) => line.startsWith('disconnected'))).toEqual([])
})
