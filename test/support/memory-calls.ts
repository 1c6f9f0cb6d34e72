/** Calls between two lines in one process, as far as a test wants to have them. */
import { expect, vi } from 'vitest'
import type { Call, Line } from '../../src/client/types.ts'
import { fakeCamera } from './fake-media.ts'
import type { FakePeerConnection } from './fake-peer-connection.ts'
import { callEvents, type memoryWorld } from './memory-world.ts'

const patience = { timeout: 10_000, interval: 5 }

type World = ReturnType<typeof memoryWorld>

export const connectionOf = ({ connections }: World, index: number): FakePeerConnection => {
  const connection = connections[index]
  if (connection === undefined) throw new Error(`no connection ${index}`)
  return connection
}

/** The next call that comes in on a line. */
const incoming = (line: Line): Promise<Call> =>
  new Promise((resolve) => {
    line.addEventListener('call', ({ detail }) => resolve(detail.call), { once: true })
  })

export const reach = (call: Call, phase: Call['phase']) =>
  vi.waitFor(() => expect(call.phase).toBe(phase), patience)

interface Media {
  readonly adas?: MediaStream | null
  readonly bobs?: MediaStream | null
}

/** Ada calls, and it rings at Bob's. */
export const ring = async (world: World, { adas = fakeCamera() }: Media = {}) => {
  const [ada, bob] = await world.joinTwo()
  const comes = incoming(bob)
  const adasCall = ada.call(bob.self.id, { media: adas })
  const phases = callEvents(adasCall, 'phase')
  const bobsCall = await comes
  await reach(adasCall, 'ringing')
  return { ada, bob, adasCall, bobsCall, phases }
}

/** Bob accepts, and both have negotiated. */
export const accept = async (world: World, media: Media = {}) => {
  const ringing = await ring(world, media)
  await ringing.bobsCall.accept({ media: media.bobs === undefined ? fakeCamera() : media.bobs })
  const [adas, bobs] = await vi.waitFor(() => {
    const [adas, bobs] = [connectionOf(world, 0), connectionOf(world, 1)]
    expect([adas.signalingState, bobs.signalingState]).toEqual(['stable', 'stable'])
    expect(ringing.adasCall.phase).toBe('connecting')
    return [adas, bobs]
  }, patience)
  return { ...ringing, adas, bobs }
}

/** Media flows. */
export const talk = async (world: World, media: Media = {}) => {
  const accepted = await accept(world, media)
  accepted.adas.connect('connected')
  accepted.bobs.connect('connected')
  return accepted
}
