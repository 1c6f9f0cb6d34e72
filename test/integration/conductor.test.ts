/** The conductor over real sockets: its callbacks come in the order of libwebrtc's example, on every wire. */
import { describe, expect, test } from 'vitest'
import {
  Conductor,
  type ConductorObserver,
  type ConductorStep,
  type ConductorWindow
} from '../../src/client/conductor.ts'
import type { Line } from '../../src/client/types.ts'
import { serve } from '../../src/server/serve.ts'
import { eventually } from '../support/eventually.ts'
import { fakeCamera } from '../support/fake-media.ts'
import type { FakePeerConnection } from '../support/fake-peer-connection.ts'
import { type Wire, connectTo } from '../support/foreign-parties.ts'

type Callback = keyof ConductorObserver

const isCallback = (step: ConductorStep): step is Callback => step.startsWith('on')

/** A party with a window that writes down what it is told to show. */
const party = (wire: Wire, url: string, name: string, { ring }: Pick<ConductorWindow, 'ring'> = {}) => {
  const callbacks: Callback[] = []
  const shown: string[] = []
  const said: string[] = []
  const connections: FakePeerConnection[] = []
  const messages: { readonly from: string; readonly type: string }[] = []
  let line: Line | null = null
  const window: ConductorWindow = {
    switchToConnectUi: () => void shown.push('connect'),
    switchToPeerList: (peers) => void shown.push(`list of ${peers.length}`),
    switchToStreamingUi: () => void shown.push('streaming'),
    startLocalRenderer: () => void shown.push('local'),
    stopLocalRenderer: () => void shown.push('no local'),
    startRemoteRenderer: () => void shown.push('remote'),
    stopRemoteRenderer: () => void shown.push('no remote'),
    messageBox: (_caption, text) => void said.push(text),
    ...(ring && { ring })
  }
  const conductor = new Conductor({
    async connect(address, options) {
      line = await connectTo(wire, address, options, connections)
      return line
    },
    name,
    media: fakeCamera(),
    window,
    trace: (step) => void (isCallback(step) && callbacks.push(step)),
    observer: {
      onMessageFromPeer: (from, message) =>
        void messages.push({ from, type: 'type' in message ? message.type : 'candidate' })
    }
  })
  return {
    conductor,
    window,
    callbacks,
    shown,
    said,
    messages,
    connections,
    login: () => conductor.startLogin(url, 0),
    get line(): Line {
      if (line === null) throw new Error('not signed in')
      return line
    },
    async sees(name: string): Promise<string> {
      const peer = () => conductor.peers.find((other) => other.name === name)
      await eventually(peer).toBeDefined()
      return peer()?.id ?? ''
    },
    /** The callbacks since the last time. */
    since: () => callbacks.splice(0)
  }
}

type Party = ReturnType<typeof party>

const talk = async (caller: Party, callee: Party, name: string): Promise<void> => {
  caller.conductor.connectToPeer(await caller.sees(name))
  const stable = ({ connections }: Party) => {
    const connection = connections.at(-1)
    return (
      connection?.signalingState === 'stable' &&
      connection.currentRemoteDescription !== null &&
      !connection.closed
    )
  }
  await eventually(() => stable(caller) && stable(callee)).toBe(true)
  for (const { connections } of [caller, callee]) connections.at(-1)?.gather(7)
  const heard = ({ connections }: Party) => connections.at(-1)?.candidates.length ?? 0
  await eventually(() => Math.min(heard(caller), heard(callee))).toBeGreaterThan(0)
  for (const { connections } of [caller, callee]) connections.at(-1)?.connect('connected')
  await eventually(() => [caller.line, callee.line].map(({ currentCall }) => currentCall?.phase)).toEqual([
    'connected',
    'connected'
  ])
}

/** Each comes somewhere behind the one before it. */
const expectOrder = (callbacks: readonly Callback[], ...order: readonly Callback[]): void => {
  let at = -1
  for (const callback of order) {
    const next = callbacks.indexOf(callback, at + 1)
    expect(next, `${callback} in ${callbacks.join(' ')}`).toBeGreaterThan(at)
    at = next
  }
}

const server = () => serve({ port: 0, host: '127.0.0.1', logLevel: 'silent', relay: 'off' })

describe.each(['native', 'mdn', 'peerconnection'] as const)('over %s', (wire) => {
  test('callbacks keep the order of the example: sign-in, calls, a bye, a departure, sign-out', async () => {
    await using running = await server()
    const ada = party(wire, running.url, 'ada')
    const bob = party(wire, running.url, 'bob')
    await ada.login()
    expect(ada.since()).toEqual(['onMessageSent', 'onSignedIn'])
    await bob.login()
    expect(bob.since()).toEqual(['onMessageSent', 'onPeerConnected', 'onSignedIn'])
    await eventually(() => ada.callbacks).toEqual(['onPeerConnected'])
    expect([ada.shown, bob.shown]).toEqual([
      ['connect', 'list of 0', 'list of 1'],
      ['connect', 'list of 1']
    ])
    ada.since()

    await talk(bob, ada, 'ada')
    const [caller, callee] = [bob.since(), ada.since()]
    expectOrder(
      caller,
      'onSuccess',
      'onMessageSent',
      'onMessageFromPeer',
      'onAddTrack',
      'onIceCandidate',
      'onMessageSent'
    )
    expectOrder(callee, 'onMessageFromPeer', 'onSuccess', 'onMessageSent', 'onIceCandidate', 'onMessageSent')
    expectOrder(callee, 'onMessageFromPeer', 'onAddTrack')
    expect([ada.messages[0]?.type, bob.messages[0]?.type]).toEqual(['offer', 'answer'])
    expect(ada.messages.at(-1)).toEqual({ from: await ada.sees('bob'), type: 'candidate' })
    expect(ada.shown.slice(3)).toEqual(expect.arrayContaining(['streaming', 'local', 'remote']))

    bob.conductor.disconnectFromCurrentPeer()
    await eventually(() => ada.callbacks).toEqual(['onPeerDisconnected'])
    await eventually(() => bob.callbacks).toEqual(['onMessageSent'])
    expect([ada.shown.at(-1), bob.shown.at(-1)]).toEqual(['list of 1', 'list of 1'])
    expect([ada.conductor.connectionActive, bob.conductor.connectionActive]).toEqual([false, false])
    ada.since()
    bob.since()

    await talk(ada, bob, 'bob')
    bob.since()
    ada.since()
    ada.conductor.disconnectFromServer()
    expectOrder(ada.since(), 'onMessageSent', 'onDisconnected')
    expect(ada.shown.at(-1)).toBe('connect')
    await eventually(() => bob.conductor.peers).toEqual([])
    expectOrder(bob.since(), 'onPeerDisconnected')
    expect(bob.shown.slice(-3)).toContain('list of 0')
    void bob.conductor.close()
  })

  test('a window asks its person before it answers, and hears when that is too late', async () => {
    await using running = await server()
    const asked: string[] = []
    const answers: ((answer: boolean) => void)[] = []
    const ring: ConductorWindow['ring'] = (peer, signal) => {
      asked.push(peer.name)
      signal.addEventListener('abort', () => asked.push('too late'))
      return new Promise((resolve) => {
        answers.push(resolve)
      })
    }
    const ada = party(wire, running.url, 'ada', { ring })
    const bob = party(wire, running.url, 'bob')
    await ada.login()
    await bob.login()
    bob.conductor.connectToPeer(await bob.sees('ada'))
    await eventually(() => asked).toEqual(['bob'])
    answers.shift()?.(false)
    await eventually(() => bob.conductor.connectionActive).toBe(false)
    expect(bob.said).toEqual(['ada has declined the call.'])
    expect(ada.shown).not.toContain('streaming')

    bob.conductor.connectToPeer(await bob.sees('ada'))
    await eventually(() => asked).toEqual(['bob', 'bob'])
    bob.conductor.disconnectFromCurrentPeer()
    await eventually(() => asked.at(-1)).toBe('too late')
    answers.shift()?.(true)
    await eventually(() => ada.conductor.connectionActive).toBe(false)
    expect(ada.shown).not.toContain('streaming')
    void ada.conductor.close()
    void bob.conductor.close()
  })

  test('whoever calls meanwhile changes nothing, and does not wait for ever', async () => {
    await using running = await server()
    const [ada, bob, cyd] = ['ada', 'bob', 'cyd'].map((name) => party(wire, running.url, name))
    if (!ada || !bob || !cyd) throw new Error('three are due')
    for (const { login } of [ada, bob, cyd]) await login()
    await talk(bob, ada, 'ada')
    cyd.conductor.connectToPeer(await cyd.sees('ada'))
    await eventually(() => cyd.conductor.connectionActive).toBe(false)
    expect(cyd.said).toHaveLength(1)
    expect([ada.conductor.connectionActive, bob.conductor.connectionActive]).toEqual([true, true])
    bob.conductor.connectToPeer('cyd')
    expect(bob.said).toEqual(['We only support connecting to one peer at a time'])
    for (const { conductor } of [ada, bob, cyd]) await conductor.close()
  })

  test('a burst of messages costs no session, and a candidate that is late no other call', async () => {
    await using running = await server()
    const ada = party(wire, running.url, 'ada')
    const bob = party(wire, running.url, 'bob')
    await ada.login()
    await bob.login()
    await talk(bob, ada, 'ada')
    const first = bob.connections.at(-1)
    for (let count = 0; count < 20; count += 1) first?.gather(count)
    bob.conductor.disconnectFromCurrentPeer()
    await eventually(() => ada.conductor.connectionActive).toBe(false)
    expect([ada.line.state, bob.line.state]).toEqual(['open', 'open'])

    await talk(ada, bob, 'bob')
    const candidates = [ada, bob].map(({ connections }) => connections.at(-1)?.candidates.length)
    expect(candidates).toEqual([1, 1])
    expect([ada.said, bob.said]).toEqual([[], []])
    for (const { conductor } of [ada, bob]) await conductor.close()
  })
})

test('a server that is not there is told to the window, which may try again', async () => {
  await using running = await server()
  const { url } = running
  await running.close()
  const ada = party('mdn', url, 'ada')
  await ada.login()
  expect(ada.callbacks).toEqual(['onServerConnectionFailure'])
  expect(ada.said[0]).toMatch(`Failed to connect to ${url}`)
  expect(ada.shown).toEqual(['connect', 'connect'])
  ada.conductor.connectToPeer('bob')
  expect(ada.shown).toEqual(['connect', 'connect'])
})
