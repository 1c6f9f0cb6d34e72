/** libwebrtc as a stack for Node: the terminal client over it, and the faults of `@roamhq/wrtc` that are met. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { NodeTrack } from '../../src/rtc/media-stream.ts'
import { wrtcFrom } from '../../src/rtc/wrtc/library.ts'
import { wrtcStack } from '../../src/rtc/wrtc/stack.ts'
import { serve } from '../../src/server/serve.ts'
import { eventually } from '../support/eventually.ts'
import { FakeTrack } from '../support/fake-media.ts'
import { projectWithSdk } from '../support/project.ts'
import { type Terminal, terminal } from '../support/terminal.ts'

const at = ({ url }: { readonly url: string }, name: string, ...more: readonly string[]): Terminal => {
  const where = ['--server', '127.0.0.1', '--port', new URL(url).port, '--name', name]
  return terminal(['--headless', '--size', '320x180', '--fps', '10', '--stats', '1', ...where, ...more])
}

describe('the terminal client', () => {
  test.each([
    ['wrtc', 'werift'],
    ['werift', 'wrtc']
  ])('over %s calls one over %s: media flows both ways, and is recorded', async (caller, callee) => {
    const folder = await mkdtemp(join(tmpdir(), 'patchcord-wrtc-'))
    await using server = await serve({ port: 0 })
    const recording = join(folder, 'ada.webm')
    await using bob = at(server, 'bob', '--auto-answer', '--stack', callee)
    await bob.hears('signed-in')
    await using ada = at(server, 'ada', 'bob', '--stack', caller, '--record', recording)
    await ada.hears('stats', ({ frames }) => frames.video > 15 && frames.audio > 40)
    await bob.mediaArrives()
    ada.do({ do: 'mute', kind: 'audio' })
    await bob.hears('muted', ({ remoteAudio }) => remoteAudio)
    bob.do({ do: 'hang-up' })
    expect((await ada.hears('ended')).reason).toBe('hung-up')
    const { frames } = await ada.hears('recorded')
    expect(frames.video).toBeGreaterThan(5)
    expect(frames.audio).toBeGreaterThan(20)
    expect((await stat(recording)).size).toBeGreaterThan(2_000)
    expect(await ada.code).toBe(0)
    await rm(folder, { recursive: true })
  })

  test('sends back over wrtc what it receives', async () => {
    await using server = await serve({ port: 0 })
    await using bob = at(server, 'bob', '--auto-answer', '--stack', 'wrtc', '--source', 'echo')
    await bob.hears('signed-in')
    await using ada = at(server, 'ada', 'bob')
    await ada.mediaArrives()
    ada.do({ do: 'hang-up' })
    expect(await ada.code).toBe(0)
  })
})

const talkAndLeave = `
import { connect } from 'patchcord'
import { NodeTrack, wrtcStack } from 'patchcord/wrtc'

const stack = wrtcStack()
const join = (name) => {
  const tracks = ['audio', 'video'].map((kind) => stack.toSend(new NodeTrack(kind)))
  return connect(process.argv[2], { name, rtc: stack.rtc, media: new stack.rtc.MediaStream(tracks) })
}
const [ada, bob] = [await join('ada'), await join('bob')]
bob.addEventListener('call', ({ detail: { call } }) => {
  call.addEventListener('remote', ({ detail: { stream } }) => {
    // Whoever does not stop listening keeps nothing from ending.
    for (const track of stream.getTracks()) stack.received(track).listen(() => {})
  })
  void call.accept()
})
if (ada.roster.length === 0) await new Promise((resolve) => ada.addEventListener('roster', resolve, { once: true }))
const call = ada.call(ada.roster[0].id)
const ended = new Promise((resolve) => bob.currentCall ? resolve() : bob.addEventListener('call', ({ detail }) => detail.call.addEventListener('ended', resolve)))
await new Promise((resolve) => call.addEventListener('phase', () => call.phase === 'connected' && resolve()))
await new Promise((resolve) => setTimeout(resolve, 500))
call.hangUp()
await ended
process.on('beforeExit', () => setTimeout(() => console.log('and that was said'), 50))
for (const line of [ada, bob]) line.close()
await stack.close()
console.log('nothing left to do')
`

describe('@roamhq/wrtc', () => {
  test('does not end a process with a crash that has nothing left to do after a call', async () => {
    await using server = await serve({ port: 0 })
    await using project = await projectWithSdk()
    const file = join(project.path, 'talk.js')
    await writeFile(file, talkAndLeave)
    const talk = spawn(process.execPath, [file, server.url])
    let said = ''
    for (const stream of [talk.stdout, talk.stderr]) stream.on('data', (data) => (said += String(data)))
    const [code, signal] = await once(talk, 'close')
    expect([said.trim(), code, signal]).toEqual(['nothing left to do\nand that was said', 0, null])
  })

  test('that is not there, or is another, is told of in a sentence', () => {
    const missing = new Error("Cannot find module '@roamhq/wrtc'\nRequire stack: …")
    const load = () => {
      throw missing
    }
    expect(() => wrtcFrom(load)).toThrow(/^@roamhq\/wrtc is not installed, .*: npm install @roamhq\/wrtc\.$/)
    for (const other of [undefined, {}, { RTCPeerConnection: Object }])
      expect(() => wrtcFrom(() => other)).toThrow('This is another @roamhq/wrtc than 0.10.')
  })

  test('sends nothing that cannot be decoded here, and says so once', async () => {
    const stack = wrtcStack()
    const track = new NodeTrack('video', { format: { codec: 'H264' } })
    const refused: string[] = []
    track.onRefusal((codec) => refused.push(codec))
    stack.toSend(track)
    for (const time of [0, 1, 2]) track.write({ data: Uint8Array.of(0, 0, 0, 1, 0x65), time, isKey: true })
    expect(refused).toEqual(['H264'])
    await stack.close()
  })

  test('asks for a whole picture where one is broken, and does not take what needs the one before', async () => {
    const stack = wrtcStack()
    const track = new NodeTrack('video', { format: { codec: 'VP8' } })
    let asked = 0
    track.onKeyFrameRequest(() => (asked += 1))
    stack.toSend(track)
    track.write({ data: Uint8Array.of(1, 2, 3), time: 0, isKey: false })
    expect(asked).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 600))
    track.write({ data: Uint8Array.of(0, 0, 0, 1, 2, 3), time: 0, isKey: true })
    await eventually(() => asked).toBe(2)
    await stack.close()
  })

  test('gives one track to send for one of ours, and ends it when that has ended', async () => {
    const stack = wrtcStack()
    const track = new NodeTrack('video', { format: { codec: 'VP8' } })
    const native = stack.toSend(track)
    expect(stack.toSend(track)).toBe(native)
    track.end()
    await eventually(() => native.readyState).toBe('ended')
    const another = stack.toSend(new NodeTrack('audio'))
    expect(another.readyState).toBe('live')
    await stack.close()
    expect(another.readyState).toBe('ended')
  })

  test('answers also when it is closed', async () => {
    const stack = wrtcStack()
    const connection = new stack.rtc.RTCPeerConnection()
    connection.close()
    connection.close()
    const candidate = { candidate: 'candidate:1 1 udp 1 192.0.2.1 9 typ host', sdpMid: '0', sdpMLineIndex: 0 }
    await expect(connection.addIceCandidate({ ...candidate, usernameFragment: null })).rejects.toThrow(
      'closed'
    )
    await expect(connection.setLocalDescription()).rejects.toThrow()
    await stack.close()
  })

  test('tells what is left when an offer that took the place of ours was none', async () => {
    const stack = wrtcStack()
    const connection = new stack.rtc.RTCPeerConnection()
    connection.addTransceiver('audio', { direction: 'recvonly' })
    await connection.setLocalDescription()
    let needed = 0
    connection.addEventListener('negotiationneeded', () => (needed += 1))
    await expect(connection.setRemoteDescription({ type: 'offer', sdp: 'none' })).rejects.toThrow()
    expect(connection.signalingState).toBe('stable')
    await eventually(() => needed).toBe(1)
    connection.close()
    await stack.close()
  })

  test('gives what it receives as one track, and takes none of another stack', async () => {
    const stack = wrtcStack()
    const connection = new stack.rtc.RTCPeerConnection()
    const { receiver } = connection.addTransceiver('audio', { direction: 'recvonly' })
    const track = stack.received(receiver.track)
    expect(track).toMatchObject({ kind: 'audio', format: { codec: 'opus' } })
    expect(stack.received(receiver.track)).toBe(track)
    expect(() => stack.received(new NodeTrack('audio'))).toThrow('not one of this stack')
    expect(() => connection.addTrack(new FakeTrack('audio'))).toThrow()
    connection.close()
    await stack.close()
  })
})
