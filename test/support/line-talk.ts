/** Two lines in a call over real sockets, with media that is faked, and an account of all that they say and hear. */
import { connectOn } from '../../src/client/connect.ts'
import { NodeSocket } from '../../src/client/node-socket.ts'
import { type Platform, platformWith } from '../../src/client/platform.ts'
import type { Call, ConnectOptions, Line, LineState } from '../../src/client/types.ts'
import { eventually } from './eventually.ts'
import { FakeStream, fakeCamera } from './fake-media.ts'
import { FakePeerConnection } from './fake-peer-connection.ts'

export interface Party {
  readonly line: Line
  /** The latest of its connections for media. */
  readonly connection: () => FakePeerConnection
  /** Texts that have come, in the order in which they did. */
  readonly texts: string[]
  /** States of the line, each with the time at which it was entered. */
  readonly states: { readonly state: LineState; readonly at: number }[]
  readonly calls: Call[]
  readonly refusals: string[]
}

export const joinLine = async (url: string, name: string, options: Partial<ConnectOptions> = {}) => {
  const connections: FakePeerConnection[] = []
  class Connection extends FakePeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration)
      connections.push(this)
    }
  }
  const platform: Platform = platformWith(
    { RTCPeerConnection: Connection, MediaStream: FakeStream },
    NodeSocket
  )
  const line = await connectOn(platform, url, { name, ...options })
  const party: Party = {
    line,
    connection() {
      const latest = connections.at(-1)
      if (latest === undefined) throw new Error(`${name} has no connection`)
      return latest
    },
    texts: [],
    states: [],
    calls: [],
    refusals: []
  }
  line.addEventListener('text', ({ detail }) => party.texts.push(detail.text))
  line.addEventListener('state', ({ detail: { state } }) =>
    party.states.push({ state, at: performance.now() })
  )
  line.addEventListener('call', ({ detail }) => party.calls.push(detail.call))
  line.addEventListener('refused', ({ detail }) => party.refusals.push(detail.reason))
  return party
}

/** Each sees the other. */
export const see = async (party: Party, other: Party): Promise<void> => {
  await eventually(() => party.line.roster.map(({ id }) => id)).toContain(other.line.self.id)
}

export const ring = async (caller: Party, callee: Party): Promise<readonly [Call, Call]> => {
  await see(caller, callee)
  const heard = callee.calls.length
  const call = caller.line.call(callee.line.self.id, { media: fakeCamera() })
  await eventually(() => call.phase).toBe('ringing')
  await eventually(() => callee.calls.length).toBeGreaterThan(heard)
  const incoming = callee.calls.at(-1)
  if (incoming === undefined) throw new Error('no call came')
  return [call, incoming]
}

/** In a call whose media flows. */
export const talk = async (caller: Party, callee: Party): Promise<readonly [Call, Call]> => {
  const calls = await ring(caller, callee)
  await calls[1].accept({ media: fakeCamera() })
  await eventually(() => calls[0].phase).toBe('connecting')
  for (const party of [caller, callee]) {
    await eventually(() => party.connection().signalingState).toBe('stable')
    party.connection().connect('connected')
  }
  await eventually(() => calls.map(({ phase }) => phase)).toEqual(['connected', 'connected'])
  return calls
}
