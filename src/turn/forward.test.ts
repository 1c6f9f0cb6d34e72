import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ERROR } from '../stun/error.ts'
import { METHOD, writeMessage } from '../stun/message.ts'
import { relayWorld } from '../../test/support/relay-world.ts'
import { type Said, channelData, readData, sendIndication } from '../../test/support/turn-session.ts'

const ipv6: readonly Said[] = [['requestedAddressFamily', Uint8Array.of(2, 0, 0, 0)]]
const minuteMs = 60_000

describe('data', () => {
  test.each([
    ['a channel', 'a channel', true, true],
    ['a channel', 'an indication', true, false],
    ['an indication', 'a channel', false, true],
    ['an indication', 'an indication', false, false]
  ])('sent over %s arrives over %s', (_in, _out, adaBinds, bobBinds) => {
    const { pair } = relayWorld()
    const { ada, bob } = pair()
    if (adaBinds) ada.bind(0x4001, bob)
    if (bobBinds) bob.bind(0x7fff, ada)
    const by = bobBinds ? 0x7fff : ada.relayed
    for (const text of ['hello', 'four', '']) {
      ada.say(adaBinds ? channelData(0x4001, text) : sendIndication(bob.relayed, text))
      expect(bob.data).toEqual([{ by, text }])
    }
    expect(ada.received).toEqual([])
  })

  test.each([true, false])('passes between IPv6 addresses, channel: %s', (binds) => {
    const { allocated } = relayWorld()
    const ada = allocated('call', 'ada', { said: ipv6 })
    const bob = allocated('call', 'bob', { said: ipv6 })
    ada.permit(bob)
    bob.permit(ada)
    if (binds) bob.bind(0x4000, ada)
    ada.say(sendIndication(bob.relayed, 'hello'))
    expect(bob.data).toEqual([{ by: binds ? 0x4000 : ada.relayed, text: 'hello' }])
  })

  test('is padded on a stream, and comes off one padded', () => {
    const { pair } = relayWorld()
    const { ada, bob } = pair('a call', [{ isStream: true }, { isStream: true }])
    ada.bind(0x4000, bob)
    bob.bind(0x4000, ada)
    ada.say(Uint8Array.of(...channelData(0x4000, 'hello'), 0, 0, 0))
    expect(bob.received).toHaveLength(1)
    expect(bob.received[0]).toHaveLength(12)
    ada.say(channelData(0x4000, 'hello'))
    expect(bob.received[1]).toHaveLength(12)
  })

  test('is not padded in a datagram', () => {
    const { pair } = relayWorld()
    const { ada, bob } = pair()
    ada.bind(0x4000, bob)
    bob.bind(0x4002, ada)
    ada.say(Uint8Array.of(...channelData(0x4000, 'hello'), 0, 0, 0))
    expect(bob.received).toEqual([channelData(0x4002, 'hello')])
  })

  test.each([
    ['a datagram', 'a stream', false, true],
    ['a stream', 'a datagram', true, false],
    ['a stream', 'a stream', true, true]
  ])('of any length passes from %s to %s, padded where it has to be', (_in, _out, from, to) => {
    const { pair } = relayWorld()
    const { ada, bob } = pair('a call', [{ isStream: from }, { isStream: to }])
    ada.bind(0x4000, bob)
    for (const binds of [false, true]) {
      if (binds) bob.bind(0x4002, ada)
      for (const text of ['', '1', '12', '123', '1234', '12345']) {
        const bytes = channelData(0x4000, text)
        const padding = from ? -bytes.length & 3 : 0
        // What is sent as padding is nobody's business.
        ada.say(Uint8Array.of(...bytes, ...Array.from({ length: padding }, () => 0xff)))
        const [packet] = bob.received
        if (to || !binds) expect(Number(packet?.length) % 4).toBe(0)
        else expect(packet).toHaveLength(4 + text.length)
        expect(bob.data).toEqual([{ by: binds ? 0x4002 : ada.relayed, text }])
      }
    }
  })

  test('goes on in the bytes it came in', () => {
    const { pair, relay, clock } = relayWorld()
    const { ada, bob } = pair()
    ada.bind(0x4000, bob)
    bob.bind(0x4002, ada)
    const sent: { readonly bytes: Uint8Array; readonly start: number; readonly end: number }[] = []
    bob.send = ({ bytes, start, end }) => sent.push({ bytes, start, end })
    const first = channelData(0x4000, 'hello')
    const packet = { bytes: first, start: 0, end: first.length }
    relay.receive(ada, packet, clock.now)
    expect(sent).toEqual([{ bytes: first, start: 0, end: first.length }])
    expect(sent[0]?.bytes).toBe(first)
    const second = sendIndication(bob.relayed, 'hello')
    relay.receive(ada, { bytes: second, start: 0, end: second.length }, clock.now)
    expect(sent[1]?.bytes).toBe(second)
  })

  test('uses the room around it', () => {
    const { pair, relay, clock } = relayWorld()
    const { ada, bob } = pair()
    ada.bind(0x4000, bob)
    const inside = channelData(0x4000, 'hello')
    const bytes = new Uint8Array(100)
    bytes.set(inside, 40)
    relay.receive(ada, { bytes, start: 40, end: 40 + inside.length }, clock.now)
    expect(bob.data).toEqual([{ by: ada.relayed, text: 'hello' }])
    expect(bytes[8]).toBe(0)
    expect(readData(bytes.slice(8, 8 + 20 + 12 + 4 + 8)).text).toBe('hello')
  })

  test('may ask not to be fragmented, and says again and again whom it is from', () => {
    const { pair } = relayWorld()
    const { ada, bob } = pair()
    for (const text of ['one', 'two'])
      ada.say(sendIndication(bob.relayed, text, ['dontFragment', new Uint8Array()]))
    const [one, two] = bob.received
    expect(one?.subarray(8, 20)).not.toEqual(two?.subarray(8, 20))
    expect(bob.data.map(({ by }) => by)).toEqual([ada.relayed, ada.relayed])
  })

  test('is counted', () => {
    const { pair, relay, relayed, clock } = relayWorld()
    const { ada, bob } = pair()
    ada.say(sendIndication(bob.relayed, 'hello'))
    bob.say(sendIndication(ada.relayed, 'hi'))
    relay.endCall('a call', clock.now)
    expect(relayed).toEqual([{ id: 'a call', packets: 2, bytes: 7 }])
    expect(relay.counts.dropped).toBe(0)
  })
})

describe('data for nobody is dropped', () => {
  test('without an allocation', () => {
    const { client, allocated, relay } = relayWorld()
    const bob = allocated('call', 'bob')
    client('call', 'ada').say(sendIndication(bob.relayed, 'hello'))
    client('call', 'ada').say(channelData(0x4000, 'hello'))
    expect(bob.received).toEqual([])
    expect(relay.counts.dropped).toBe(2)
  })

  test('without a permission of the sender, or of the receiver', () => {
    const { allocated, relay } = relayWorld()
    const ada = allocated('call', 'ada')
    const bob = allocated('call', 'bob')
    ada.permit(bob)
    ada.say(sendIndication(bob.relayed, 'hello'))
    bob.say(sendIndication(ada.relayed, 'hello'))
    expect([ada.received, bob.received]).toEqual([[], []])
    expect(relay.counts.dropped).toBe(2)
  })

  test('when a permission is over, which a channel keeps', () => {
    const { pair, clock } = relayWorld()
    const { ada, bob } = pair()
    bob.bind(0x4000, ada)
    ada.bind(0x4000, bob)
    clock.now += 4 * minuteMs
    bob.bind(0x4000, ada)
    clock.now += 2 * minuteMs
    ada.say(channelData(0x4000, 'hello'))
    expect(bob.data).toHaveLength(1)
    clock.now += 4 * minuteMs
    ada.say(channelData(0x4000, 'hello'))
    expect(bob.data).toEqual([])
  })

  test('when its channel is over', () => {
    const { pair, clock } = relayWorld()
    const { ada, bob } = pair()
    ada.bind(0x4000, bob)
    bob.bind(0x4000, ada)
    clock.now += 10 * minuteMs
    ada.permit(bob)
    bob.permit(ada)
    ada.say(channelData(0x4000, 'hello'))
    expect(bob.data).toEqual([])
    ada.say(sendIndication(bob.relayed, 'hello'))
    expect(bob.data).toEqual([{ by: ada.relayed, text: 'hello' }])
  })

  test('when the peer is gone, and its channel with it', () => {
    const { pair, relay } = relayWorld()
    const { ada, bob } = pair()
    ada.bind(0x4000, bob)
    const { relayed } = bob
    bob.ask('refresh', [['lifetime', 0]])
    ada.say(channelData(0x4000, 'hello'))
    ada.say(sendIndication(relayed, 'hello'))
    expect(relay.counts.dropped).toBe(2)
    expect(ada.bind(0x4000, relayed).code).toBe(ERROR.forbidden)
  })

  test.each([
    ['no address', (bytes: Uint8Array) => bytes.with(20, 0x80)],
    ['no data', (bytes: Uint8Array) => bytes.with(32, 0x80)],
    ['something unknown that must be understood', (bytes: Uint8Array) => bytes.with(33, 0x77)],
    ['an address of no family', (bytes: Uint8Array) => bytes.with(25, 3)],
    ['an address of a strange length', (bytes: Uint8Array) => bytes.with(23, 6)],
    ['data beyond its end', (bytes: Uint8Array) => bytes.with(35, 200)]
  ])('when an indication has %s', (_what, change) => {
    const { pair, relay } = relayWorld()
    const { ada, bob } = pair()
    ada.say(change(sendIndication(bob.relayed, 'hello')))
    expect(bob.received).toEqual([])
    expect(relay.counts.dropped).toBe(1)
  })

  test.each([
    ['names no channel', 0x4001, 5],
    ['is longer than the datagram', 0x4000, 9]
  ])('when ChannelData %s', (_what, number, length) => {
    const { pair, relay } = relayWorld()
    const { ada, bob } = pair()
    ada.bind(0x4000, bob)
    ada.say(channelData(number, 'hello').with(3, length))
    expect(bob.received).toEqual([])
    expect(relay.counts.dropped).toBe(1)
  })

  test('whatever it is: nothing throws, and nobody else hears of it', () => {
    const { pair, allocated } = relayWorld()
    const { ada, bob } = pair()
    const eve = allocated('another call', 'eve')
    ada.bind(0x4000, bob)
    const base = fc.constantFrom(
      sendIndication(bob.relayed, 'hello'),
      channelData(0x4000, 'hello'),
      writeMessage({
        class: 'indication',
        method: METHOD.send,
        transactionId: new Uint8Array(12),
        attributes: []
      })
    )
    fc.assert(
      fc.property(base, fc.nat(60), fc.nat(255), (bytes, at, byte) => {
        ada.say(at < bytes.length ? bytes.with(at, byte) : bytes)
        expect(eve.received).toEqual([])
      }),
      { numRuns: 2_000 }
    )
  })
})

describe('a channel', () => {
  test('is bound once to one peer, and again to the same', () => {
    const { pair, allocated } = relayWorld()
    const { ada, bob } = pair()
    const cyd = allocated('a call', 'cyd')
    expect(ada.bind(0x4000, bob).code).toBe(0)
    expect(ada.bind(0x4000, bob).code).toBe(0)
    expect(ada.bind(0x4000, cyd).code).toBe(ERROR.badRequest)
    expect(ada.bind(0x4001, bob).code).toBe(ERROR.badRequest)
    expect(ada.bind(0x4001, cyd).code).toBe(0)
  })

  test('is free for another when its time is over', () => {
    const { pair, allocated, relay, clock } = relayWorld()
    const { ada, bob } = pair()
    const cyd = allocated('a call', 'cyd', { said: [['lifetime', 3_600]] })
    for (const one of [ada, bob]) one.ask('refresh', [['lifetime', 3_600]])
    ada.bind(0x4000, bob)
    clock.now += 11 * minuteMs
    expect(ada.bind(0x4000, cyd).code).toBe(0)
    expect(ada.bind(0x4001, bob).code).toBe(0)
    bob.ask('refresh', [['lifetime', 0]])
    cyd.permit(ada)
    ada.say(channelData(0x4000, 'hello'))
    expect(cyd.data).toHaveLength(1)
    expect(relay.allocations).toBe(2)
  })

  test.each([0x3fff, 0x8000, 0xffff])('of the number %i is none', (number) => {
    const { pair } = relayWorld()
    const { ada, bob } = pair()
    expect(ada.bind(number, bob).code).toBe(ERROR.badRequest)
  })

  test('needs a number and a peer', () => {
    const { pair } = relayWorld()
    const { ada, bob } = pair()
    expect(ada.ask('channelBind', [['xorPeerAddress', bob.relayed]]).code).toBe(ERROR.badRequest)
    expect(ada.ask('channelBind', [['channelNumber', 0x40000000]]).code).toBe(ERROR.badRequest)
  })
})
