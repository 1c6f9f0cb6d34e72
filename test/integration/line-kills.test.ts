/** A server that dies without a word, at any moment of a call: both parties come back, and agree. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Call } from '../../src/client/types.ts'
import { eventually } from '../support/eventually.ts'
import { fakeCamera } from '../support/fake-media.ts'
import { type KillableServer, killableServer } from '../support/killable-server.ts'
import { type Party, joinLine, ring, see, talk } from '../support/line-talk.ts'

let server: KillableServer
beforeAll(async () => {
  server = await killableServer()
})
afterAll(() => server[Symbol.asyncDispose]())

/** How long after something was said the server dies: before it has heard, while it tells, after. */
const moments = [0, 1, 4, 20]

const phasesOf = (calls: readonly Call[]) => calls.map(({ phase }) => phase)

const join = async () => {
  const ada = await joinLine(server.url, 'ada', { lobby: lobbyOf() })
  const bob = await joinLine(server.url, 'bob', { lobby: `lobby-${lobbies}` })
  await see(ada, bob)
  await see(bob, ada)
  return {
    ada,
    bob,
    async [Symbol.asyncDispose]() {
      ada.line.close()
      bob.line.close()
    }
  }
}

let lobbies = 0
const lobbyOf = () => `lobby-${(lobbies += 1)}`

/** Dies, and is there again; both lines come back as who they were. */
const die = async (
  afterMs: number,
  parties: readonly Party[],
  meanwhile: () => unknown = () => sleep(100)
): Promise<void> => {
  const ids = parties.map(({ line }) => line.self.id)
  await sleep(afterMs)
  await server.kill()
  await eventually(() => parties.map(({ line }) => line.state)).toEqual(parties.map(() => 'resuming'))
  await meanwhile()
  await server.start()
  await eventually(() => parties.map(({ line }) => line.state)).toEqual(parties.map(() => 'open'))
  expect(parties.map(({ line }) => line.self.id)).toEqual(ids)
}

const latest = (party: Party): Call => {
  const call = party.calls.at(-1)
  if (call === undefined) throw new Error('no call has come')
  return call
}

/** Both have settled on the same descriptions. */
const agreed = (ada: Party, bob: Party): boolean =>
  ada.connection().signalingState === 'stable' &&
  bob.connection().signalingState === 'stable' &&
  ada.connection().currentLocalDescription?.sdp === bob.connection().currentRemoteDescription?.sdp &&
  bob.connection().currentLocalDescription?.sdp === ada.connection().currentRemoteDescription?.sdp

const hangUpFrom = async (call: Call, other: Call): Promise<void> => {
  call.hangUp()
  await eventually(() => [call.endReason, other.endReason]).toEqual(['hung-up', 'hung-up'])
}

const hangUpRinging = async ([call, incoming]: readonly [Call, Call]): Promise<void> => {
  call.hangUp()
  await eventually(() => [call.endReason, incoming.endReason]).toEqual(['cancelled', 'cancelled'])
}

describe.each(moments)('killed %i ms after', (afterMs) => {
  test('somebody calls, it rings all the same, once', { timeout: 60_000 }, async () => {
    await using parties = await join()
    const { ada, bob } = parties
    const call = ada.line.call(bob.line.self.id, { media: fakeCamera() })
    await die(afterMs, [ada, bob])
    await eventually(() => [call.phase, bob.calls.length]).toEqual(['ringing', 1])
    await latest(bob).accept({ media: fakeCamera() })
    await eventually(() => phasesOf([call, latest(bob)])).toEqual(['connecting', 'connecting'])
    await eventually(() => agreed(ada, bob)).toBe(true)
    await hangUpFrom(call, latest(bob))
    expect(bob.calls).toHaveLength(1)
  })

  test('it rings, it rings on, and can be accepted', { timeout: 60_000 }, async () => {
    await using parties = await join()
    const { ada, bob } = parties
    const calls = await ring(ada, bob)
    await die(afterMs, [ada, bob])
    expect(phasesOf(calls)).toEqual(['ringing', 'ringing'])
    await calls[1].accept({ media: fakeCamera() })
    await eventually(() => phasesOf(calls)).toEqual(['connecting', 'connecting'])
    await eventually(() => agreed(ada, bob)).toBe(true)
    await hangUpFrom(calls[1], calls[0])
    expect(bob.calls).toHaveLength(1)
  })

  test('it is accepted, it is accepted for both', { timeout: 60_000 }, async () => {
    await using parties = await join()
    const { ada, bob } = parties
    const calls = await ring(ada, bob)
    await calls[1].accept({ media: fakeCamera() })
    await die(afterMs, [ada, bob])
    await eventually(() => phasesOf(calls)).toEqual(['connecting', 'connecting'])
    await eventually(() => agreed(ada, bob)).toBe(true)
    await hangUpFrom(calls[0], calls[1])
    expect(bob.calls).toHaveLength(1)
  })

  test('they are connected, they are, and either can hang up', { timeout: 60_000 }, async () => {
    await using parties = await join()
    const { ada, bob } = parties
    const calls = await talk(ada, bob)
    await die(afterMs, [ada, bob])
    expect(phasesOf(calls)).toEqual(['connected', 'connected'])
    ada.connection().gather(7)
    await eventually(() =>
      bob.connection().candidates.some(({ candidate }) => candidate.endsWith('/7'))
    ).toBe(true)
    await hangUpFrom(calls[1], calls[0])
  })

  test('one sends more, both agree on what is sent', { timeout: 60_000 }, async () => {
    await using parties = await join()
    const { ada, bob } = parties
    const calls = await talk(ada, bob)
    ada.connection().restartIce()
    bob.connection().restartIce()
    await die(afterMs, [ada, bob])
    await eventually(() => agreed(ada, bob)).toBe(true)
    expect(phasesOf(calls)).toEqual(['connected', 'connected'])
    await hangUpFrom(calls[0], calls[1])
  })

  test('one hangs up, it is over for both', { timeout: 60_000 }, async () => {
    await using parties = await join()
    const { ada, bob } = parties
    const calls = await talk(ada, bob)
    calls[0].hangUp()
    await die(afterMs, [ada, bob])
    await eventually(() => phasesOf(calls)).toEqual(['ended', 'ended'])
    expect([ada.line.currentCall, bob.line.currentCall]).toEqual([null, null])
    const again = await ring(bob, ada)
    await hangUpRinging(again)
  })
})

describe('while there is no server', () => {
  test('a hang-up is heard by the other when there is one again', { timeout: 60_000 }, async () => {
    await using parties = await join()
    const { ada, bob } = parties
    const calls = await talk(ada, bob)
    await die(0, [ada, bob], () => calls[0].hangUp())
    await eventually(() => phasesOf(calls)).toEqual(['ended', 'ended'])
    await hangUpRinging(await ring(bob, ada))
  })

  test('a call that is declined does not ring again', { timeout: 60_000 }, async () => {
    await using parties = await join()
    const { ada, bob } = parties
    const calls = await ring(ada, bob)
    await die(0, [ada, bob], () => calls[1].decline())
    await eventually(() => phasesOf(calls)).toEqual(['ended', 'ended'])
    expect([calls[0].endReason, bob.calls.length]).toEqual(['declined', 1])
  })

  test('a call that is accepted is when there is one again', { timeout: 60_000 }, async () => {
    await using parties = await join()
    const { ada, bob } = parties
    const calls = await ring(ada, bob)
    await die(0, [ada, bob], () => calls[1].accept({ media: fakeCamera() }))
    await eventually(() => phasesOf(calls)).toEqual(['connecting', 'connecting'])
    await eventually(() => agreed(ada, bob)).toBe(true)
  })

  test('a call that is placed rings when there is one again', { timeout: 60_000 }, async () => {
    await using parties = await join()
    const { ada, bob } = parties
    await die(0, [ada, bob], () => {
      ada.line.call(bob.line.self.id, { media: fakeCamera() })
    })
    await eventually(() => ada.line.currentCall?.phase).toBe('ringing')
    expect(bob.calls).toHaveLength(1)
  })
})
