import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { FakeStream } from '../../test/support/fake-media.ts'
import { ScriptedCall } from '../../test/support/scripted-call.ts'
import { CallError } from '../client/index.ts'
import type { IncomingFile } from '../client/types.ts'
import { Conversation } from './conversation.ts'
import type { Entry, SharedFile } from './conversation.ts'
import { en } from './i18n/en.ts'

let call: ScriptedCall
let said: string[]
let over: AbortController
let conversation: Conversation

beforeEach(() => {
  call = new ScriptedCall('outgoing', 'connected')
  said = []
  over = new AbortController()
  conversation = new Conversation(call, (sentence) => said.push(sentence(en)), over.signal)
})

afterEach(() => conversation.close())

const fileIn = (entry: Entry | undefined): SharedFile => {
  if (!entry || !('file' in entry)) throw new Error('no file')
  return entry.file
}

const offer = (blob: () => Promise<Blob>) => {
  const file = {
    name: 'plan.html',
    size: 3,
    type: 'text/html',
    accept: vi.fn(async (options?: { readonly onProgress?: (bytes: number) => void }) => {
      options?.onProgress?.(2)
      return blob()
    }),
    decline: vi.fn()
  } satisfies IncomingFile
  call.emit('file', { file })
  return { file, shared: fileIn(conversation.entries.value.at(-1)) }
}

describe('a conversation', () => {
  test('shows what the call says, until that is over', () => {
    const remoteScreen = new FakeStream()
    const remoteMuted = { audio: true, video: false }
    call.emit('muted', { muted: remoteMuted, remoteMuted })
    call.emit('screen', { screen: null, remoteScreen })
    call.emit('interrupted', { interrupted: true })
    call.emit('verification', { verification: { state: 'unavailable' } })
    expect(conversation.remoteMuted.value).toEqual(remoteMuted)
    expect(conversation.remoteScreen.value).toBe(remoteScreen)
    expect(conversation.interrupted.value).toBe(true)
    expect(conversation.verification.value).toEqual({ state: 'unavailable' })
    over.abort()
    call.emit('interrupted', { interrupted: false })
    expect(conversation.interrupted.value).toBe(true)
  })

  test('counts what came while nobody looked', () => {
    call.emit('message', { text: 'Hello' })
    call.emit('message', { text: 'Are you there?' })
    expect(conversation.unread.value).toBe(2)
    conversation.show(true)
    call.emit('message', { text: 'Good' })
    expect(conversation.unread.value).toBe(0)
    expect(conversation.entries.value).toMatchObject([
      { own: false, text: 'Hello' },
      { own: false, text: 'Are you there?' },
      { own: false, text: 'Good' }
    ])
  })

  test('keeps the last of very many words', () => {
    for (let n = 1; n <= 600; n++) call.emit('message', { text: String(n) })
    expect(conversation.entries.value).toHaveLength(500)
    expect(conversation.entries.value.at(-1)).toMatchObject({ text: '600' })
  })

  test('keeps what could not be sent out of the log, and says so', () => {
    call.sendMessage.mockImplementationOnce(() => {
      throw new CallError('not-connected', 'no')
    })
    expect(conversation.write('Hello')).toBe(false)
    expect(conversation.entries.value).toEqual([])
    expect(said).toEqual([en.notSent])
    expect(conversation.write('Hello')).toBe(true)
    expect(conversation.entries.value).toMatchObject([{ own: true, text: 'Hello' }])
  })

  test('fetches a file that is wanted, to be saved and not to be opened', async () => {
    const { shared } = offer(async () => new Blob(['abc'], { type: 'text/html' }))
    expect(said).toEqual([en.fileOffered('Bob', 'plan.html')])
    expect(shared.transfer.value).toEqual({ at: 'offered' })
    shared.accept()
    expect(shared.transfer.value).toEqual({ at: 'moving', bytes: 2 })
    await vi.waitFor(() => expect(shared.transfer.value.at).toBe('done'))
    const { url } = { url: null, ...shared.transfer.value }
    const answer = await fetch(url ?? '')
    expect(answer.headers.get('content-type')).toBe('application/octet-stream')
    expect(await answer.text()).toBe('abc')
    conversation.close()
    await expect(fetch(url ?? '')).rejects.toThrow()
  })

  test('says what became of a file that was not wanted, or did not come', async () => {
    const declined = offer(async () => new Blob())
    declined.shared.drop()
    expect(declined.file.decline).toHaveBeenCalledOnce()
    expect(declined.shared.transfer.value).toEqual({ at: 'dropped' })
    const broken = offer(() => Promise.reject(new CallError('file-failed', 'no')))
    broken.shared.accept()
    await vi.waitFor(() => expect(broken.shared.transfer.value).toEqual({ at: 'failed' }))
    const left = offer(() => Promise.reject(new CallError('file-failed', 'no')))
    left.shared.accept()
    left.shared.drop()
    await Promise.resolve()
    expect(left.shared.transfer.value).toEqual({ at: 'dropped' })
  })

  test('sends a file, and takes it back', async () => {
    const sent = conversation.sendFile(new File(['abc'], 'a.txt'))
    const first = fileIn(conversation.entries.value[0])
    expect(first.transfer.value).toEqual({ at: 'offered' })
    await sent
    expect(first.transfer.value).toEqual({ at: 'done', url: null })
    call.sendFile.mockRejectedValue(new CallError('file-failed', 'no'))
    await conversation.sendFile(new File([''], 'b.txt'))
    expect(fileIn(conversation.entries.value[1]).transfer.value).toEqual({ at: 'failed' })
    const taken = conversation.sendFile(new File([''], 'c.txt'))
    fileIn(conversation.entries.value[2]).drop()
    await taken
    expect(fileIn(conversation.entries.value[2]).transfer.value).toEqual({ at: 'dropped' })
  })

  test('shares a screen and stops it, and says nothing of one that was not chosen', async () => {
    await conversation.toggleScreen()
    expect(call.shareScreen).toHaveBeenCalledOnce()
    call.emit('screen', { screen: new FakeStream(), remoteScreen: null })
    await conversation.toggleScreen()
    expect(call.stopSharing).toHaveBeenCalledOnce()
    call.emit('screen', { screen: null, remoteScreen: null })
    const cause = Object.assign(new Error('no'), { name: 'NotAllowedError' })
    call.shareScreen.mockRejectedValueOnce(new CallError('media-failed', 'no', { cause }))
    await conversation.toggleScreen()
    expect(said).toEqual([])
    call.shareScreen.mockRejectedValueOnce(new CallError('media-failed', 'no'))
    await conversation.toggleScreen()
    expect(said).toEqual([en.screenFailed])
  })
})
