import { expect, test, vi } from 'vitest'
import { type FakeChannel, channelPair } from '../../test/support/fake-channel.ts'
import type { IncomingFile } from './files.ts'
import { Partner, type PartnerHandlers } from './partner.ts'
import type { MediaPort } from './peer-connection.ts'
import { dataOf } from './platform.ts'

const sdp = (fingerprint: string): string => `v=0\r\na=fingerprint:sha-256 ${fingerprint}\r\n`

const portOn = (
  channels: readonly FakeChannel[],
  local: string,
  remote: string
): MediaPort['connection'] => ({
  createDataChannel(_label, { id }) {
    const channel = channels[id]
    if (channel === undefined) throw new Error('There is no such channel.')
    return channel
  },
  currentLocalDescription: { type: 'offer', sdp: local },
  currentRemoteDescription: { type: 'answer', sdp: remote },
  getTransceivers: () => []
})

const listener = () => {
  const heard: string[] = []
  const files: IncomingFile[] = []
  const handlers: PartnerHandlers = {
    hear: ({ type, ...what }) => heard.push([type, ...Object.values(what)].join(' ')),
    file: (file) => files.push(file),
    verification: (verification) =>
      heard.push(
        verification.state === 'ready'
          ? `code ${verification.code.map(({ name }) => name).join()}`
          : verification.state
      )
  }
  return { heard, files, handlers }
}

/** Both sides, their channels open; `between` is the fingerprint that somebody on the way has put in place of others. */
const parties = (between?: string, readyState?: RTCDataChannelState) => {
  const pairs = [channelPair(readyState), channelPair(readyState)]
  const [near, far] = [pairs.map(([one]) => one), pairs.map(([, other]) => other)]
  const [caller, callee] = [listener(), listener()]
  const own = { caller: sdp('AA'), callee: sdp('BB') }
  const seen = between === undefined ? own : { caller: sdp(between), callee: sdp(between) }
  const from = new Partner(portOn(near, own.caller, seen.callee), 'caller', caller.handlers)
  const to = new Partner(portOn(far, own.callee, seen.caller), 'callee', callee.handlers)
  const open = (): void => {
    for (const channel of [...near, ...far]) channel.open()
  }
  return { caller: { ...caller, partner: from }, callee: { ...callee, partner: to }, open }
}

const nothingMuted = { audio: false, video: false }

test('once the call is accepted the two speak, show and hide', async () => {
  const { caller, callee, open } = parties()
  open()
  caller.partner.accept(nothingMuted)
  callee.partner.accept({ audio: false, video: true })
  caller.partner.sendText('Hello')
  caller.partner.say({ type: 'screen', mid: '2' })
  caller.partner.tellMuted({ audio: true, video: false })
  await vi.waitFor(() => expect(callee.heard).toContain('muted true false'))
  expect(callee.heard).toEqual(expect.arrayContaining(['muted false false', 'text Hello', 'screen 2']))
  expect(caller.heard).toContain('muted false true')
})

test('both are shown the same code', async () => {
  const { caller, callee, open } = parties()
  open()
  caller.partner.accept(nothingMuted)
  callee.partner.accept(nothingMuted)
  await vi.waitFor(() => {
    const codes = [caller, callee].map(({ heard }) => heard.find((word) => word.startsWith('code')))
    expect(codes[0]).toBeDefined()
    expect(codes[1]).toBe(codes[0])
  })
})

test('a server that swaps the fingerprints is found out: the codes differ', async () => {
  const { caller, callee, open } = parties('EE')
  open()
  caller.partner.accept(nothingMuted)
  callee.partner.accept(nothingMuted)
  await vi.waitFor(() => {
    const codes = [caller, callee].map(({ heard }) => heard.find((word) => word.startsWith('code')))
    expect(codes[0]).toBeDefined()
    expect(codes[1]).toBeDefined()
    expect(codes[1]).not.toBe(codes[0])
  })
})

test('nothing is heard of a partner before the call is accepted here, and nothing of it is lost', async () => {
  const { caller, callee, open } = parties()
  open()
  callee.partner.accept(nothingMuted)
  callee.partner.sendText('Are you there?')
  await vi.waitFor(() => expect(callee.heard).toEqual([]))
  expect(caller.heard).toEqual([])
  caller.partner.accept(nothingMuted)
  expect(caller.heard).toContain('text Are you there?')
})

test('a channel that opens after the accept serves as well', async () => {
  const { caller, callee, open } = parties(undefined, 'connecting')
  caller.partner.accept(nothingMuted)
  callee.partner.accept(nothingMuted)
  expect(() => caller.partner.sendText('too early')).toThrow(/while the call is connected/)
  open()
  await vi.waitFor(() => expect(caller.heard.some((word) => word.startsWith('code'))).toBe(true))
})

test('a file that comes while it rings is declined', async () => {
  const { caller, callee, open } = parties()
  open()
  caller.partner.accept(nothingMuted)
  await expect(caller.partner.sendFile(new Blob(['x']), 'a', {})).rejects.toMatchObject({
    code: 'file-failed'
  })
  expect(callee.files).toEqual([])
  callee.partner.accept(nothingMuted)
  const sent = caller.partner.sendFile(new Blob(['x']), 'b', {})
  await vi.waitFor(() => expect(callee.files).toHaveLength(1))
  callee.partner.close()
  caller.partner.close()
  await expect(sent).rejects.toMatchObject({ code: 'file-failed' })
})

test('a description without a fingerprint leaves the call unverified', () => {
  const [[near], [files]] = [channelPair(), channelPair()]
  const { handlers, heard } = listener()
  const partner = new Partner(portOn([near, files], 'v=0', sdp('AA')), 'caller', handlers)
  near.open()
  partner.accept(nothingMuted)
  expect(heard).toEqual(['unavailable'])
})

/** One side, and the other end of its channel. */
const control = (readyState?: RTCDataChannelState) => {
  const [[near, far], [files]] = [channelPair(readyState), channelPair()]
  const { handlers, heard } = listener()
  const partner = new Partner(portOn([near, files], sdp('AA'), sdp('BB')), 'callee', handlers)
  const said: string[] = []
  far.addEventListener('message', (event) => said.push(String(dataOf(event))))
  return { near, far, partner, heard, said }
}

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve()
}

test('what is said before the channel is open leaves when it is, in its order', async () => {
  const { near, far, partner, said } = control('connecting')
  partner.say({ type: 'screen', mid: '1' })
  partner.say({ type: 'screen', mid: null })
  far.open()
  near.open()
  await turns(4)
  expect(said).toEqual(['{"type":"screen","mid":"1"}', '{"type":"screen","mid":null}'])
  near.close()
  partner.say({ type: 'screen', mid: '2' })
  await turns(4)
  expect(said).toHaveLength(2)
})

test('what is no message is nobody’s', async () => {
  const { far, partner, heard } = control()
  partner.accept(nothingMuted)
  far.send('{"type":"shout"}')
  far.send(new ArrayBuffer(3))
  far.send('{"type":"muted","audio":true,"video":false}')
  await turns(6)
  expect(heard).toEqual(['muted true false'])
})

test('what waits for a channel that never opens is bounded', async () => {
  const { near, far, partner, said } = control('connecting')
  for (let count = 0; count < 400; count += 1) partner.say({ type: 'screen', mid: String(count) })
  far.open()
  near.open()
  await turns(300)
  expect(said).toHaveLength(256)
})

test('so is what a partner says before the call is accepted here', async () => {
  const { far, partner, heard } = control()
  for (let count = 0; count < 80; count += 1) far.send(JSON.stringify({ type: 'text', text: String(count) }))
  await turns(100)
  partner.accept(nothingMuted)
  expect(heard).toHaveLength(64)
})
