import { expect, test, vi } from 'vitest'
import { channelPair } from '../../test/support/fake-channel.ts'
import { writePiece } from '../dialects/channel.ts'
import { Files, type IncomingFile } from './files.ts'

const bytesOf = (size: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length: size }, (_, at) => (at * 31) % 251)

/** Two parties, and what the second is offered. */
const parties = () => {
  const [near, far] = channelPair()
  const offers: IncomingFile[] = []
  const sender = new Files(near, () => {})
  const receiver = new Files(far, (file) => offers.push(file))
  return { near, far, sender, receiver, offers }
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
}

test.each([0, 1, 16_384, 16_385, 5_000_000])('a file of %i bytes arrives as it was', async (size) => {
  const { sender, offers } = parties()
  const blob = new Blob([bytesOf(size)], { type: 'application/octet-stream' })
  const progress: number[] = []
  const sent = sender.send(blob, 'data.bin', { onProgress: (bytes) => progress.push(bytes) })
  await settle()
  expect(offers[0]).toMatchObject({ name: 'data.bin', size, type: 'application/octet-stream' })
  const received = await offers[0]?.accept()
  await sent
  expect(received?.type).toBe('application/octet-stream')
  const arrived = Buffer.from((await received?.arrayBuffer()) ?? new ArrayBuffer(0))
  expect(arrived.equals(Buffer.from(await blob.arrayBuffer()))).toBe(true)
  expect(progress.at(-1) ?? 0).toBe(size)
})

test('a receiver whose progress bar fails has the file all the same, and hears of its fault', async () => {
  const { sender, offers } = parties()
  const blob = new Blob([bytesOf(20_000)])
  const sent = sender.send(blob, 'data.bin', {})
  await settle()
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  const faults: unknown[] = []
  process.on('uncaughtException', (error) => faults.push(error))
  const fault = new Error('no bar')
  const onProgress = (): void => {
    throw fault
  }
  const received = await offers[0]?.accept({ onProgress })
  await sent
  expect(received?.size).toBe(20_000)
  await vi.waitFor(() => expect(faults).toEqual([fault, fault]))
  process.removeAllListeners('uncaughtException')
  for (const listener of listeners) process.on('uncaughtException', listener)
})

test('nothing of a file leaves before the other side wants it', async () => {
  const { near, sender, offers } = parties()
  void sender.send(new Blob([bytesOf(50_000)]), 'a', {})
  await settle()
  expect(offers).toHaveLength(1)
  expect(near.bufferedAmount).toBe(0)
})

test('no more is under way than the channel holds well', async () => {
  const { near, sender, offers } = parties()
  let most = 0
  const sent = sender.send(new Blob([bytesOf(5_000_000)]), 'a', {
    onProgress: () => (most = Math.max(most, near.bufferedAmount))
  })
  await settle()
  await offers[0]?.accept()
  await sent
  expect(most).toBeLessThan(1_048_576 + 20_000)
})

test('two files at once do not mix', async () => {
  const { sender, offers } = parties()
  const blobs = [new Blob([bytesOf(70_000)]), new Blob([new Uint8Array(90_000).fill(7)])]
  const sent = blobs.map((blob, at) => sender.send(blob, String(at), {}))
  await settle()
  const received = await Promise.all(offers.map((file) => file.accept()))
  await Promise.all(sent)
  for (const [at, blob] of blobs.entries()) expect(await received[at]?.text()).toBe(await blob.text())
})

test('a declined file is not sent, and its sender is told', async () => {
  const { sender, offers } = parties()
  const sent = sender.send(new Blob(['hello']), 'a', {})
  await settle()
  offers[0]?.decline()
  await expect(sent).rejects.toMatchObject({ code: 'file-failed' })
  await expect(offers[0]?.accept()).rejects.toMatchObject({ code: 'file-failed' })
})

test('a sender takes its file back, and the receiver is told', async () => {
  const { sender, offers } = parties()
  const abort = new AbortController()
  const sent = sender.send(new Blob([bytesOf(5_000_000)]), 'a', {
    signal: abort.signal,
    onProgress: () => abort.abort()
  })
  const failed = expect(sent).rejects.toMatchObject({ code: 'file-failed' })
  await settle()
  await expect(offers[0]?.accept()).rejects.toMatchObject({ code: 'file-failed' })
  await failed
})

test('the end of the call ends what is under way', async () => {
  const { far, sender, offers } = parties()
  const sent = sender.send(new Blob([bytesOf(5_000_000)]), 'a', { onProgress: () => far.close() })
  const failed = expect(sent).rejects.toMatchObject({ code: 'file-failed' })
  await settle()
  await expect(offers[0]?.accept()).rejects.toMatchObject({ code: 'file-failed' })
  await failed
  await expect(sender.send(new Blob(['x']), 'a', {})).rejects.toMatchObject({ code: 'file-failed' })
})

test.each<[string, (near: ReturnType<typeof parties>['near']) => void, RegExp]>([
  ['the channel takes no more', (near) => void (near.readyState = 'closing'), /not open/],
  [
    'the app cannot be told how far it is',
    () => {
      throw new Error('a bug of the app')
    },
    /a bug/
  ]
])('a file fails when %s, and its sender is told why', async (_what, onProgress, message) => {
  const { near, sender, offers } = parties()
  const sent = sender.send(new Blob([bytesOf(50_000)]), 'a', { onProgress: () => onProgress(near) })
  const failed = expect(sent).rejects.toMatchObject({
    code: 'file-failed',
    cause: { message: expect.stringMatching(message) }
  })
  await settle()
  void offers[0]?.accept().catch(() => {})
  await failed
})

test('a file that cannot be read fails at both ends', async () => {
  const { sender, offers } = parties()
  const blob = new Blob([bytesOf(50_000)])
  blob.slice = () => {
    throw new Error('it has changed')
  }
  const failed = expect(sender.send(blob, 'a', {})).rejects.toMatchObject({ code: 'file-failed' })
  await settle()
  await expect(offers[0]?.accept()).rejects.toMatchObject({ code: 'file-failed' })
  await failed
})

test('a sender that sends more than it had said is cut off', async () => {
  const [near, far] = channelPair()
  const offers: IncomingFile[] = []
  const receiver = new Files(far, (file) => offers.push(file))
  near.send(JSON.stringify({ type: 'offer', file: 1, name: 'a', size: 3, media: '' }))
  await settle()
  const accepted = offers[0]?.accept()
  near.send(writePiece(1, bytesOf(4)).buffer)
  await expect(accepted).rejects.toMatchObject({ code: 'file-failed' })
  receiver.close()
})

test('of many offers only so many stay open', async () => {
  const [near, far] = channelPair()
  const offers: IncomingFile[] = []
  const receiver = new Files(far, (file) => offers.push(file))
  for (let file = 0; file < 20; file += 1)
    near.send(JSON.stringify({ type: 'offer', file, name: 'a', size: 3, media: '' }))
  await settle()
  expect(offers).toHaveLength(16)
  receiver.close()
})

test('pieces of a file that nobody has accepted are dropped, and so is what is no message', async () => {
  const { near, offers, sender } = parties()
  near.send(writePiece(9, bytesOf(4)).buffer)
  near.send('{')
  const sent = sender.send(new Blob(['hello']), 'a', {})
  await settle()
  expect(await (await offers[0]?.accept())?.text()).toBe('hello')
  await sent
})
