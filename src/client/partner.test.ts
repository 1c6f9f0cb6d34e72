import { expect, test, vi } from 'vitest'
import { type FakeChannel, channelPair } from '../../test/support/fake-channel.ts'
import type { IncomingFile } from './files.ts'
import { Partner, type PartnerHandlers } from './partner.ts'
import type { MediaPort } from './peer-connection.ts'

const sdp = (fingerprint: string): string => `v=0\r\na=fingerprint:sha-256 ${fingerprint}\r\n`

const portOn = (channels: readonly FakeChannel[], local: string, remote: string): MediaPort => ({
  openChannel: (id) => {
    const channel = channels[id]
    if (channel === undefined) throw new Error('There is no such channel.')
    return channel
  },
  descriptions: () => ({ local, remote }),
  addTrack: () => {
    throw new Error('No track is due.')
  },
  removeTrack: () => Promise.resolve(),
  transceivers: () => [],
  getStats: () => Promise.resolve(new Map())
})

const listener = () => {
  const heard: string[] = []
  const files: IncomingFile[] = []
  const handlers: PartnerHandlers = {
    muted: ({ audio, video }) => heard.push(`muted ${audio} ${video}`),
    screen: (mid) => heard.push(`screen ${mid}`),
    text: (text) => heard.push(`text ${text}`),
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
const parties = (between?: string) => {
  const pairs = [channelPair(), channelPair()]
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
  caller.partner.tellScreen('2')
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
  const { caller, callee, open } = parties()
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

test('a partner without channels is unverified, and nothing can be said to it', async () => {
  const { handlers, heard } = listener()
  const partner = new Partner(null, 'caller', handlers)
  expect(partner.verification).toEqual({ state: 'unavailable' })
  partner.accept(nothingMuted)
  partner.tellScreen(null)
  expect(() => partner.sendText('x')).toThrow(/only to one that can/)
  await expect(partner.sendFile(new Blob(['x']), 'a', {})).rejects.toMatchObject({ code: 'not-connected' })
  partner.close()
  expect(heard).toEqual([])
})

test('a description without a fingerprint leaves the call unverified', () => {
  const [[near], [files]] = [channelPair(), channelPair()]
  const { handlers, heard } = listener()
  const partner = new Partner(portOn([near, files], 'v=0', sdp('AA')), 'caller', handlers)
  expect(partner.verification).toEqual({ state: 'pending' })
  near.open()
  partner.accept(nothingMuted)
  expect(heard).toEqual(['unavailable'])
})
