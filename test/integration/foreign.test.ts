/** The SDK as a client of the other wires: it calls the native SDK and is called by it, on a real server of all of them. */
import { describe, expect, test } from 'vitest'
import { serve } from '../../src/server/serve.ts'
import { eventually } from '../support/eventually.ts'
import { type Wire, connectMedia, healthOf, join } from '../support/foreign-parties.ts'

const server = () => serve({ port: 0, host: '127.0.0.1', logLevel: 'silent', relay: 'off' })

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Bob's SDK speaks the other wire, ada's the native one. */
const pair = async (wire: Wire) => {
  const running = await server()
  const { url } = running
  const bob = await join(wire, url, 'bob')
  const ada = await join('native', url, 'ada')
  return {
    url,
    ada,
    bob,
    async [Symbol.asyncDispose]() {
      for (const { line } of [ada, bob]) line.close()
      await running.close()
    }
  }
}

describe.each(['mdn', 'peerconnection'] as const)('over %s', (wire) => {
  test('it calls, and both hear of the end', async () => {
    await using people = await pair(wire)
    const { ada, bob } = people
    await bob.dial('ada')
    await ada.rings()
    await ada.call.accept()
    await connectMedia(bob, ada)
    expect(bob.call).toMatchObject({ direction: 'outgoing', peer: { name: 'ada', dialect: wire } })
    expect(ada.call.peer).toMatchObject({ name: 'bob', dialect: wire })

    bob.call.hangUp()
    await Promise.all([ada.reaches('ended'), bob.reaches('ended')])
    expect([ada.call.endReason, bob.call.endReason]).toEqual(['hung-up', 'hung-up'])
    expect([ada.problems, bob.problems]).toEqual([[], []])
  })

  test('it is called, and both hear of the end', async () => {
    await using people = await pair(wire)
    const { ada, bob } = people
    await ada.dial('bob')
    await bob.rings()
    await bob.call.accept()
    await connectMedia(ada, bob)

    ada.call.hangUp()
    await Promise.all([ada.reaches('ended'), bob.reaches('ended')])
    expect([ada.call.endReason, bob.call.endReason]).toEqual(['hung-up', 'hung-up'])
    expect([ada.problems, bob.problems]).toEqual([[], []])
  })

  test('it declines, and cancels', async () => {
    await using people = await pair(wire)
    const { ada, bob } = people
    await ada.dial('bob')
    await bob.rings()
    bob.call.decline()
    await Promise.all([ada.reaches('ended'), bob.reaches('ended')])
    expect([ada.call.endReason, bob.call.endReason]).toEqual(['declined', 'declined'])

    await bob.dial('ada')
    await ada.rings()
    bob.call.hangUp()
    await Promise.all([ada.reaches('ended'), bob.reaches('ended')])
    expect([ada.call.endReason, bob.call.endReason]).toEqual(['cancelled', 'cancelled'])
  })

  test('it is declined, and cancelled', async () => {
    await using people = await pair(wire)
    const { ada, bob } = people
    await bob.dial('ada')
    await ada.rings()
    ada.call.decline()
    await bob.reaches('ended')
    expect(bob.call.endReason).toBe('declined')

    await ada.dial('bob')
    await bob.rings()
    ada.call.hangUp()
    await bob.reaches('ended')
    expect(bob.call.endReason).toBe('cancelled')
  })

  test.each([-8, -6, -4, -2, 0, 2, 4, 6])(
    'two who call each other at once have one call, the second %i ms after the first',
    async (gapMs) => {
      await using people = await pair(wire)
      const { ada, bob } = people
      await eventually(() => [ada.line.roster.length, bob.line.roster.length]).toEqual([1, 1])
      await Promise.all([
        pause(Math.max(0, gapMs)).then(() => ada.dial('bob')),
        pause(Math.max(0, -gapMs)).then(() => bob.dial('ada'))
      ])
      await connectMedia(ada, bob)
      expect([ada.calls.length, bob.calls.length]).toEqual([1, 1])
      expect([ada.problems, bob.problems]).toEqual([[], []])
      ada.call.hangUp()
      await Promise.all([ada.reaches('ended'), bob.reaches('ended')])
    }
  )

  test('a third caller hears that it is busy, and the call goes on', async () => {
    await using people = await pair(wire)
    const { ada, bob, url } = people
    await using cyd = await join(wire, url, 'cyd')
    await bob.dial('ada')
    await ada.rings()
    await ada.call.accept()
    await connectMedia(bob, ada)
    await cyd.dial('bob')
    await cyd.reaches('ended')
    expect([ada.call.phase, bob.call.phase, bob.calls.length]).toEqual(['connected', 'connected', 1])
  })

  test('who is gone is gone for the other at once', async () => {
    await using people = await pair(wire)
    const { ada, bob, url } = people
    await bob.dial('ada')
    await ada.rings()
    await ada.call.accept()
    await connectMedia(bob, ada)
    ada.line.close()
    await bob.reaches('ended')
    await eventually(() => bob.line.roster).toEqual([])
    bob.line.close()
    expect(bob.line.state).toBe('closed')
    await eventually(() => healthOf(url)).toBe(0)
  })

  test('two of them call each other', async () => {
    await using running = await server()
    await using ada = await join(wire, running.url, 'ada')
    await using bob = await join(wire, running.url, 'bob')
    await ada.dial('bob')
    await bob.rings()
    await bob.call.accept()
    await connectMedia(ada, bob)
    bob.call.hangUp()
    await Promise.all([ada.reaches('ended'), bob.reaches('ended')])
    expect([ada.call.endReason, bob.call.endReason]).toEqual(['hung-up', 'hung-up'])
  })
})

describe('over rooms', () => {
  test('whoever is there calls the one who comes', async () => {
    await using running = await server()
    await using ada = await join('rooms', running.url, 'ada')
    await using bob = await join('rooms', running.url, 'bob')
    expect(bob.line.roster).toEqual([])
    await ada.dial('room')
    await bob.rings()
    await bob.call.accept()
    await connectMedia(ada, bob)
    bob.call.hangUp()
    expect(bob.call.endReason).toBe(null)
    await bob.reaches('ended')
    // It comes back, and can be called again.
    await eventually(() => bob.line.state).toBe('open')
  })

  test('a native client calls it', async () => {
    await using people = await pair('rooms')
    const { ada, bob } = people
    await ada.dial('guest')
    await bob.rings()
    await bob.call.accept()
    await connectMedia(ada, bob)
    bob.call.hangUp()
    await Promise.all([ada.reaches('ended'), bob.reaches('ended')])
    expect([ada.call.endReason, bob.call.endReason]).toEqual(['left', 'hung-up'])
  })
})
