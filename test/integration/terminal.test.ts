/** The terminal client, without a window, at a server. */
import { describe, expect, test } from 'vitest'
import { serve } from '../../src/server/serve.ts'
import { NodePeer } from '../support/node-peer.ts'
import { terminal } from '../support/terminal.ts'

const protocols = ['native', 'peerconnection', 'mdn'] as const

const small = ['--headless', '--size', '160x120', '--fps', '10', '--stats', '1']

const at = (server: { readonly url: string }, name: string, ...more: readonly string[]) =>
  terminal([...small, '--server', '127.0.0.1', '--port', new URL(server.url).port, '--name', name, ...more])

describe.each(protocols)('over %s,', (protocol) => {
  test('one calls, the other accepts, both see and hear, and one hangs up', async () => {
    await using server = await serve({ port: 0 })
    await using ada = at(server, 'ada', '--protocol', protocol)
    await using bob = at(server, 'bob', '--protocol', protocol)
    await bob.hears('signed-in')
    ada.do({ do: 'call', peer: await ada.sees('bob') })
    const { peer } = await bob.hears('call', ({ direction }) => direction === 'incoming')
    expect(peer.name).toBe('ada')
    bob.do({ do: 'accept' })
    await Promise.all([ada.mediaArrives(), bob.mediaArrives()])
    bob.do({ do: 'hang-up' })
    expect(await ada.hears('ended')).toMatchObject({ peer: 'bob', reason: 'hung-up' })
    expect(await bob.hears('ended')).toMatchObject({ peer: 'ada', reason: 'hung-up' })
    ada.do({ do: 'quit' })
    expect(await ada.code).toBe(0)
  })

  test('a call that is declined is over for both', async () => {
    await using server = await serve({ port: 0 })
    await using bob = at(server, 'bob', '--protocol', protocol)
    await bob.hears('signed-in')
    await using ada = at(server, 'ada', '--protocol', protocol, 'bob')
    await bob.hears('call')
    bob.do({ do: 'decline' })
    await ada.hears('ended')
    expect(await ada.code).toBe(10)
    expect((await bob.hears('ended')).peer).toBe('ada')
  })
})

describe('over native,', () => {
  test('it calls by name as soon as it can, and says with its exit code that the other side hung up', async () => {
    await using server = await serve({ port: 0 })
    await using bob = at(server, 'bob', '--auto-answer')
    await bob.hears('signed-in')
    await using ada = at(server, 'ada', 'bob')
    await ada.mediaArrives()
    bob.do({ do: 'hang-up' })
    expect(await ada.code).toBe(0)
  })

  test('who takes every call is reached over all paths at once, and does not start ICE over', async () => {
    await using server = await serve({ port: 0 })
    await using bob = at(server, 'bob', '--auto-answer')
    await bob.hears('signed-in')
    await using ada = await NodePeer.join(server.url, { name: 'ada' })
    const call = await ada.callOther()
    await expect.poll(() => ada.connections.length).toBe(1)
    const starts = new Set<string | undefined>()
    const note = () => starts.add(/ice-ufrag:.*/.exec(ada.connections[0]?.localDescription?.sdp ?? '')?.[0])
    ada.connections[0]?.addEventListener('signalingstatechange', note)
    await bob.mediaArrives()
    expect(call.phase).toBe('connected')
    // By then, a call that began over the relay would look for another path.
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    note()
    expect(starts.size).toBe(1)
  })

  test('the other side hears of a picture that is held back, and of a text', async () => {
    await using server = await serve({ port: 0 })
    await using bob = at(server, 'bob', '--auto-answer')
    await bob.hears('signed-in')
    await using ada = at(server, 'ada', 'bob')
    await ada.mediaArrives()
    ada.do({ do: 'mute', kind: 'video' })
    await bob.hears('muted', ({ remoteVideo, remoteAudio }) => remoteVideo && !remoteAudio)
    ada.do({ do: 'say', text: 'hello' })
    expect(await bob.hears('message')).toMatchObject({ text: 'hello' })
    ada.do({ do: 'unmute', kind: 'video' })
    await bob.hears('muted', ({ remoteVideo }) => !remoteVideo)
  })

  test('a call with itself comes back, and lasts as long as it is told to', async () => {
    await using server = await serve({ port: 0 })
    await using ada = at(server, 'ada', '--loopback', '--duration', '10')
    await ada.mediaArrives()
    expect(await ada.code).toBe(0)
    expect(ada.last('ended')).toMatchObject({ reason: 'hung-up' })
  })

  test('Ctrl-C ends the call for the other side, too', async () => {
    await using server = await serve({ port: 0 })
    await using bob = at(server, 'bob', '--auto-answer')
    await bob.hears('signed-in')
    await using ada = at(server, 'ada', 'bob')
    await ada.mediaArrives()
    ada.interrupt()
    await ada.code
    expect(['hung-up', 'left']).toContain((await bob.hears('ended')).reason)
  })
})
