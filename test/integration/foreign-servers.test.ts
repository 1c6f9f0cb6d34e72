/** The SDK on servers that do nothing but hand on: what our own server settles, it settles itself. */
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Line } from '../../src/client/types.ts'
import { serve } from '../../src/server/serve.ts'
import { cuttableWay } from '../support/cuttable.ts'
import { eventually } from '../support/eventually.ts'
import { type Party, type Wire, connectMedia, connectTo, join } from '../support/foreign-parties.ts'
import { slowWay } from '../support/slow-way.ts'
import { plainMdnServer, plainRoomServer } from '../support/plain-servers.ts'

const talk = async (caller: Party, callee: Party, name: string): Promise<void> => {
  await caller.dial(name)
  await callee.rings()
  await callee.call.accept()
  await connectMedia(caller, callee)
}

const attempt = async (wire: Wire, url: string, signal = new AbortController().signal): Promise<Line> =>
  connectTo(wire, url, { name: 'ada', signal }, [])

const texts = (party: Party): string[] => {
  const heard: string[] = []
  party.line.addEventListener('text', ({ detail }) => heard.push(`${detail.from.name}: ${detail.text}`))
  return heard
}

describe('MDN’s', () => {
  test('two call each other at once, and have one call', async () => {
    await using server = await plainMdnServer()
    await using ada = await join('mdn', server.url, 'ada')
    await using bob = await join('mdn', server.url, 'bob')
    await eventually(() => ada.line.roster.length).toBe(1)
    await Promise.all([ada.dial('bob'), bob.dial('ada')])
    await connectMedia(ada, bob)
    expect([ada.calls.length, bob.calls.length]).toEqual([1, 1])
    bob.call.hangUp()
    await Promise.all([ada.reaches('ended'), bob.reaches('ended')])
    expect([ada.call.endReason, bob.call.endReason]).toEqual(['hung-up', 'hung-up'])
    expect([ada.problems, bob.problems]).toEqual([[], []])
  })

  test('a third caller hears that nobody answers, and the call goes on', async () => {
    await using server = await plainMdnServer()
    await using ada = await join('mdn', server.url, 'ada')
    await using bob = await join('mdn', server.url, 'bob')
    await using cyd = await join('mdn', server.url, 'cyd')
    await talk(ada, bob, 'bob')
    await cyd.dial('bob')
    await cyd.reaches('ended')
    expect(cyd.call.endReason).toBe('declined')
    expect([ada.call.phase, bob.call.phase]).toEqual(['connected', 'connected'])
    expect(server.said.filter(({ type }) => type === 'hang-up')).toEqual([
      { name: 'bob', target: 'cyd', type: 'hang-up' }
    ])
  })

  test('a hang-up of others that everybody hears, candidates that name nobody, and junk do not touch a call', async () => {
    await using server = await plainMdnServer()
    await using ada = await join('mdn', server.url, 'ada')
    await using bob = await join('mdn', server.url, 'bob')
    await talk(ada, bob, 'bob')
    const heard = texts(bob)
    const cyd = new WebSocket(server.url, 'json')
    await once(cyd, 'open')
    const candidate = { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'cyd' }
    for (const frame of [
      { type: 'username', name: 'cyd' },
      { type: 'hang-up', name: 'cyd', target: null },
      { type: 'new-ice-candidate', target: 'bob', candidate },
      { type: 'video-answer', name: 'cyd', target: 'bob', sdp: { type: 'answer', sdp: 'v=0' } },
      { type: 'video-offer', name: 'cyd', target: 'bob', sdp: 7 },
      { type: 'message', text: 'done' }
    ]) {
      cyd.send(JSON.stringify(frame))
    }
    await eventually(() => heard).toEqual(['cyd: done'])
    expect([ada.call.phase, bob.call.phase]).toEqual(['connected', 'connected'])
    expect(bob.connection.candidates.map(({ usernameFragment }) => usernameFragment)).not.toContain('cyd')
    expect([bob.calls.length, bob.problems]).toEqual([1, []])
    cyd.terminate()
  })

  test('a name that is taken becomes another, and can be changed', async () => {
    await using server = await plainMdnServer()
    await using first = await join('mdn', server.url, 'ada')
    await using second = await join('mdn', server.url, 'ada')
    expect(second.line.self).toMatchObject({ id: 'ada1', name: 'ada1' })
    expect(second.line.roster).toMatchObject([{ id: 'ada' }])
    second.line.rename('bob')
    await eventually(() => second.line.self.name).toBe('bob')
    await eventually(() => first.line.roster.map(({ id }) => id)).toEqual(['bob'])
    expect(second.line.roster).toMatchObject([{ id: 'ada' }])
  })

  test('texts reach all but their sender, or one', async () => {
    await using server = await plainMdnServer()
    await using ada = await join('mdn', server.url, 'ada')
    await using bob = await join('mdn', server.url, 'bob')
    await using cyd = await join('mdn', server.url, 'cyd')
    const heard = [ada, bob, cyd].map(texts)
    ada.line.sendText('to all')
    ada.line.sendText('to bob', 'bob')
    await eventually(() => heard).toEqual([[], ['ada: to all', 'ada: to bob'], ['ada: to all']])
  })

  test('a line that was lost comes back, and its call has ended at both ends', async () => {
    await using server = await plainMdnServer()
    await using way = await cuttableWay(server.port)
    await using ada = await join('mdn', way.url, 'ada')
    await using bob = await join('mdn', server.url, 'bob')
    await talk(ada, bob, 'bob')
    way.cut()
    await eventually(() => ada.line.state).toBe('resuming')
    await bob.reaches('ended')
    expect([ada.call.phase, bob.call.endReason]).toEqual(['connected', 'left'])
    way.mend()
    await ada.reaches('ended')
    expect(ada.call.endReason).toBe('left')
    await eventually(() => ada.line.state).toBe('open')
    await talk(bob, ada, 'ada')
  })

  test('a call that rings when the line is lost rings on no longer', async () => {
    await using server = await plainMdnServer()
    await using way = await cuttableWay(server.port)
    await using ada = await join('mdn', way.url, 'ada')
    await using bob = await join('mdn', server.url, 'bob')
    await bob.dial('ada')
    await ada.rings()
    way.cut()
    await bob.reaches('ended')
    way.mend()
    await ada.reaches('ended')
    expect(ada.call.endReason).toBe('left')
  })
})

describe('the room demo’s', () => {
  test('the first calls whoever comes, and hears texts', async () => {
    await using server = await plainRoomServer()
    await using ada = await join('rooms', server.url, 'ada')
    const heard = texts(ada)
    await using bob = await join('rooms', server.url, 'bob')
    await talk(ada, bob, 'room')
    bob.line.sendText('hello')
    await eventually(() => heard).toEqual(['bob: hello'])
    expect(ada.line.roster).toEqual([{ id: 'room', name: 'room', dialect: 'rooms', busy: false }])
  })

  test('a name changes with the next text', async () => {
    await using server = await plainRoomServer()
    await using ada = await join('rooms', server.url, 'ada')
    const heard = texts(ada)
    await using bob = await join('rooms', server.url, 'bob')
    bob.line.rename('eve')
    bob.line.sendText('hello')
    await eventually(() => heard).toEqual(['eve: hello'])
    expect(bob.line.self.name).toBe('eve')
  })
})

describe('a hanging GET', () => {
  test('that is cut for a moment loses nothing, and the call goes on', async () => {
    await using server = await serve({ port: 0, logLevel: 'silent', relay: 'off' })
    await using way = await cuttableWay(server.port)
    await using ada = await join('peerconnection', way.url, 'ada')
    await using bob = await join('native', server.url, 'bob')
    await talk(ada, bob, 'bob')
    way.cut()
    const there = ada.connection.gather(9)
    await eventually(() => ada.line.state).toBe('resuming')
    way.mend()
    await eventually(() => ada.line.state).toBe('open')
    await eventually(() => bob.connection.candidates.map(({ candidate }) => candidate)).toContain(
      there.candidate
    )
    expect([ada.call.phase, bob.call.phase]).toEqual(['connected', 'connected'])
    bob.call.hangUp()
    await ada.reaches('ended')
    expect(ada.call.endReason).toBe('hung-up')
  })

  test('has said all, and is signed out, when its line is disposed of', async () => {
    await using server = await serve({ port: 0, logLevel: 'silent', relay: 'off' })
    await using way = await slowWay(server.port, 20)
    const ada = await join('peerconnection', way.url, 'ada')
    await using bob = await join('peerconnection', server.url, 'bob')
    await ada.dial('bob')
    await bob.rings()
    const { id } = ada.line.self
    for (const number of [1, 2, 3]) ada.connection.gather(number)
    await ada.line[Symbol.asyncDispose]()
    const [bye, signOut] = way.asked.slice(-2)
    // The candidates of a call that is over are not waited for.
    expect(way.asked.filter((line) => line.startsWith('POST')).length).toBeLessThanOrEqual(3)
    expect(bye).toContain(`POST /message?peer_id=${id}&to=`)
    expect(signOut).toBe(`GET /sign_out?peer_id=${id}`)
    await bob.reaches('ended')
    expect(bob.call.endReason).toBe('cancelled')
  })

  test('has no texts and no new names, and says so', async () => {
    await using server = await serve({ port: 0, logLevel: 'silent', relay: 'off' })
    await using ada = await join('peerconnection', server.url, 'ada')
    ada.line.sendText('hello')
    ada.line.rename('eve')
    await eventually(() => ada.problems).toHaveLength(2)
    expect(ada.line.self.name).toBe('ada')
  })
})

describe.each(['mdn', 'peerconnection', 'rooms'] as const)('connecting over %s', (wire) => {
  test('fails where there is no server, and no address of one', async () => {
    const server = await serve({ port: 0, host: '127.0.0.1', logLevel: 'silent', relay: 'off' })
    await server.close()
    await expect(attempt(wire, server.url)).rejects.toMatchObject({ code: 'unreachable' })
    await expect(attempt(wire, 'ftp://calls.example.org')).rejects.toMatchObject({ code: 'unreachable' })
    await expect(attempt(wire, server.url, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' })
  })

  test('can be aborted while it is under way, and closes the line later', async () => {
    await using server = await serve({ port: 0, host: '127.0.0.1', logLevel: 'silent', relay: 'off' })
    const early = new AbortController()
    const attempt = connectTo(wire, server.url, { name: 'ada', signal: early.signal }, [])
    early.abort()
    await expect(attempt).rejects.toMatchObject({ code: 'aborted' })
    const late = new AbortController()
    const line = await connectTo(wire, server.url, { name: 'ada', signal: late.signal }, [])
    late.abort()
    expect(line.state).toBe('closed')
  })
})
