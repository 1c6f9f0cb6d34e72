import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { FakeStream } from '../../test/support/fake-media.ts'
import { bob, peerOf } from '../../test/support/scripted-call.ts'
import { ScriptedLine, storeAt } from '../../test/support/scripted-line.ts'
import { CallError } from '../client/index.ts'
import type { Peer } from '../client/types.ts'
import { en } from './i18n/en.ts'
import type { Store, Surroundings } from './state.ts'

beforeAll(() => void vi.stubGlobal('MediaStream', FakeStream))
afterAll(() => void vi.unstubAllGlobals())

let line: ScriptedLine
let store: Store
let connect: Surroundings['connect']
/** Lets the patience of the one who waits run out. */
let runOut: () => void

beforeEach(() => {
  line = new ScriptedLine()
  connect = vi.fn(async () => line)
  runOut = () => {}
  store = storeAt(
    { lobby: 'garden', isLink: true },
    {
      connect: (options) => connect(options),
      now: () => 61_000,
      pause: () => new Promise((resolve) => void (runOut = resolve))
    }
  )
})

const at = () => store.stage.value.at
const said = () => store.notice.value?.(en)

const come = (roster: readonly Peer[]): void => {
  line.roster = roster
  line.emit('roster', { joined: [], left: [], changed: [] })
}

const waiting = async () => {
  line.roster = []
  await store.join('Ada')
  expect(at()).toBe('waiting')
}

describe('on a link for two', () => {
  test('there is room for two', async () => {
    await store.join('Ada')
    expect(connect).toHaveBeenCalledWith({ name: 'Ada', lobby: 'garden', size: 2 })
  })

  test('whoever comes second calls at once', async () => {
    await store.join('Ada')
    await vi.waitFor(() => expect(line.call).toHaveBeenCalledOnce())
    expect(line.call).toHaveBeenCalledWith('Bob', { media: store.media.stream.value })
    line.placed.go('connected')
    come([bob])
    runOut()
    expect(line.call).toHaveBeenCalledOnce()
  })

  test('whoever waits is seen by themselves, and answers by itself', async () => {
    await waiting()
    await vi.waitFor(() => expect(store.media.stream.value).not.toBeNull())
    come([bob])
    const call = line.ring()
    expect(at()).toBe('talking')
    await vi.waitFor(() => expect(call.accept).toHaveBeenCalledOnce())
    runOut()
    await store.media.open()
    expect(line.call).not.toHaveBeenCalled()
  })

  test('whoever waits calls, too, when the one who came does not', async () => {
    await waiting()
    come([bob])
    await store.media.open()
    expect(line.call).not.toHaveBeenCalled()
    runOut()
    await vi.waitFor(() => expect(line.call).toHaveBeenCalledOnce())
  })

  test('nobody is called by one whose line is away, nor who has gone again', async () => {
    await waiting()
    come([bob])
    line.state = 'resuming'
    line.emit('state', { state: 'resuming' })
    runOut()
    line.state = 'open'
    come([])
    runOut()
    await store.media.open()
    expect(line.call).not.toHaveBeenCalled()
    expect(at()).toBe('waiting')
  })

  test('nobody is called twice: after the end both decide anew', async () => {
    await store.join('Ada')
    await vi.waitFor(() => expect(line.call).toHaveBeenCalledOnce())
    line.placed.go('connected')
    line.placed.end('left')
    expect(store.stage.value).toMatchObject({ at: 'over', ending: 'left' })
    expect(store.media.stream.value).toBeNull()
    come([])
    come([peerOf('Bob', 'another id')])
    line.state = 'resuming'
    line.emit('state', { state: 'resuming' })
    line.state = 'open'
    line.emit('state', { state: 'open' })
    runOut()
    await store.media.open()
    expect(line.call).toHaveBeenCalledOnce()
    const call = line.ring()
    expect(at()).toBe('called')
    expect(call.accept).not.toHaveBeenCalled()
    call.end('cancelled')
    expect(store.stage.value).toMatchObject({ at: 'over', ending: 'missed' })
  })

  test('to hang up is said, and who waits again calls who is there', async () => {
    await waiting()
    line.ring().go('connected')
    store.endCall()
    expect(store.stage.value).toMatchObject({ at: 'over', ending: 'ended-here', lastedMs: 60_000 })
    line.roster = [bob]
    come([bob])
    store.goBack()
    await vi.waitFor(() => expect(line.call).toHaveBeenCalledOnce())
  })

  test('a call that cannot be placed is not tried again and again', async () => {
    line.call.mockImplementation(() => {
      throw new CallError('not-connected', 'no')
    })
    await store.join('Ada')
    await vi.waitFor(() => expect(said()).toBe(en.lineLost))
    expect(at()).toBe('waiting')
    expect(line.call).toHaveBeenCalledOnce()
  })

  test('a third is told that it is full, and nothing more is tried', async () => {
    connect = vi.fn(() => Promise.reject(new CallError('lobby-full', 'no')))
    await store.join('Cy')
    expect(at()).toBe('full')
    expect(connect).toHaveBeenCalledOnce()
    store.leave()
    expect(at()).toBe('welcome')
  })

  test('whose place was taken while away is told that it is full, unless a call goes on', async () => {
    await waiting()
    const lost = { state: 'resuming', error: new CallError('lobby-full', 'no') } as const
    const call = line.ring()
    call.go('connected')
    line.emit('state', lost)
    expect(at()).toBe('talking')
    call.end('left')
    line.emit('state', lost)
    expect(at()).toBe('full')
    expect(line.close).toHaveBeenCalledOnce()
  })
})
