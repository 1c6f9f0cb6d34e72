import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { FakeStream, FakeTrack } from '../../test/support/fake-media.ts'
import { ScriptedCall, bob, peerOf } from '../../test/support/scripted-call.ts'
import { CallError } from '../client/index.ts'
import type { Call, Line, LineEvents, LineState, Peer } from '../client/types.ts'
import { Emitter } from './demo/emitter.ts'
import type { Place } from './format.ts'
import { en } from './i18n/en.ts'
import { Preferences } from './preferences.ts'
import { Store } from './state.ts'
import type { Surroundings } from './state.ts'

beforeAll(() => void vi.stubGlobal('MediaStream', FakeStream))
afterAll(() => void vi.unstubAllGlobals())

const ada = peerOf('Ada')

class ScriptedLine extends Emitter<LineEvents> implements Line {
  self = ada
  lobby = 'main'
  roster: readonly Peer[] = [bob]
  state: LineState = 'open'
  currentCall = null
  placed = new ScriptedCall('outgoing', 'calling')
  call = vi.fn((): Call => this.placed)
  rename = vi.fn()
  sendText = vi.fn()
  close = vi.fn()

  async [Symbol.asyncDispose](): Promise<void> {}

  ring(): ScriptedCall {
    const call = new ScriptedCall('incoming', 'ringing')
    this.emit('call', { call })
    return call
  }
}

let line: ScriptedLine
let store: Store
let connect: Surroundings['connect']
let now: number
let pause: () => Promise<void>

const newStore = (place: Place) => {
  const preferences = new Preferences({ getItem: () => null, setItem: () => {} }, [])
  return new Store(
    {
      connect: (options) => connect(options),
      now: () => now,
      pause: () => pause(),
      openMedia: async ({ audio, video }) => ({
        stream: new FakeStream([
          ...(audio === false ? [] : [new FakeTrack('audio')]),
          ...(video === false ? [] : [new FakeTrack('video')])
        ]),
        problems: []
      }),
      listDevices: async () => ({ cameras: [], microphones: [], speakers: [] })
    },
    preferences,
    place
  )
}

beforeEach(() => {
  line = new ScriptedLine()
  connect = vi.fn(async () => line)
  pause = async () => {}
  now = 61_000
  store = newStore({ lobby: 'main', isLink: false })
})

const at = () => store.stage.value.at
const said = () => store.notice.value?.(en)

describe('joining', () => {
  test('leads to the lobby, and closes the preview', async () => {
    await store.media.open()
    await store.join('Ada')
    expect(at()).toBe('lobby')
    expect(store.roster.value).toEqual([bob])
    expect(store.self.value).toEqual(ada)
    expect(store.preferences.name.value).toBe('Ada')
    expect(store.media.stream.value).toBeNull()
    expect(said()).toBeUndefined()
  })

  test('says so when the name was taken', async () => {
    line.self = peerOf('Ada1')
    await store.join('Ada')
    expect(said()).toBe('“Ada” was taken, so you are “Ada1” here.')
    store.leave()
    store.notice.value = null
    line.self = peerOf('Ada1')
    await store.join('Ada')
    expect(said()).toBe('“Ada” was taken, so you are “Ada1” here.')
  })

  test('does not say that a name was taken which was only cleaned', async () => {
    line.self = peerOf('Ada Lovelace')
    await store.join('Ada  Lovelace')
    expect(said()).toBe('You are “Ada Lovelace” here.')
  })

  test('by a link to no lobby says so, and knows that the name is not at fault', async () => {
    connect = () => Promise.reject(new CallError('bad-name', 'no'))
    await store.join('Ada')
    expect(store.joinFault.value?.(en)).toContain('The link to this lobby is not valid')
    expect(store.badLobby.value).toBe(true)
  })

  test.each([
    ['unreachable', en.joinFailed],
    ['lobby-full', en.refusals['lobby-full']]
  ] as const)('that fails as %s stays at the door with a sentence', async (code, sentence) => {
    connect = () => Promise.reject(new CallError(code, 'no'))
    await store.join('Ada')
    expect(at()).toBe('welcome')
    expect(store.joinFault.value?.(en)).toBe(sentence)
    expect(store.joining.value).toBe(false)
  })

  test('is over when the visitor leaves', async () => {
    await store.join('Ada')
    store.leave()
    expect(line.close).toHaveBeenCalledOnce()
    expect(at()).toBe('welcome')
    line.ring()
    expect(at()).toBe('welcome')
  })
})

describe('in the lobby', () => {
  beforeEach(() => store.join('Ada'))

  test('the line is shown as it is', () => {
    line.state = 'resuming'
    line.emit('state', { state: 'resuming', error: new CallError('unreachable', 'no') })
    expect([store.lineState.value, store.lineFault.value]).toEqual(['resuming', null])
    line.emit('state', { state: 'resuming', error: new CallError('lobby-full', 'no') })
    expect(store.lineFault.value?.(en)).toBe(en.refusals['lobby-full'])
    line.state = 'open'
    line.emit('state', { state: 'open' })
    expect([store.lineState.value, store.lineFault.value]).toEqual(['open', null])
    line.roster = []
    line.emit('roster', { joined: [], left: [bob], changed: [] })
    expect(store.roster.value).toEqual([])
  })

  test('a refusal is told in words', () => {
    line.emit('refused', { code: 'rate-limited', reason: 'slow down' })
    expect(said()).toBe(en.refusals['rate-limited'])
  })

  test('a new name is asked for, and remembered', () => {
    store.rename('Ida')
    expect(line.rename).toHaveBeenCalledWith('Ida')
    expect(store.preferences.name.value).toBe('Ida')
  })

  test('a new name that is taken is told, even to one who keeps the name they had', () => {
    for (const given of ['Bob1', 'Bob1']) {
      store.notice.value = null
      store.rename('Bob')
      line.emit('roster', { joined: [], left: [], changed: [] })
      expect(said()).toBeUndefined()
      line.self = peerOf(given)
      line.emit('roster', { joined: [], left: [], changed: [] })
      expect(said()).toBe('“Bob” was taken, so you are “Bob1” here.')
    }
  })

  test('a peer that came back is found by its name', () => {
    const again = peerOf('Bob', 'another id')
    store.roster.value = [again]
    expect(store.present(bob)).toBe(again)
    store.roster.value = []
    expect(store.present(bob)).toBeNull()
  })
})

describe('calling', () => {
  beforeEach(() => store.join('Ada'))

  test('goes from the click to the talk, and ends with the reason and the time', async () => {
    const calling = store.call(bob)
    expect(store.stage.value).toMatchObject({ at: 'calling', call: null })
    await calling
    expect(line.call).toHaveBeenCalledWith('Bob', { media: store.media.stream.value })
    line.placed.go('ringing')
    expect(store.stage.value).toMatchObject({ at: 'calling', ringing: true })
    line.placed.go('connecting')
    expect(store.stage.value).toMatchObject({ at: 'talking', connected: false })
    line.placed.go('connected')
    expect(store.stage.value).toMatchObject({ at: 'talking', connected: true })
    line.placed.end('hung-up')
    expect(store.stage.value).toMatchObject({ at: 'over', ending: 'hung-up', lastedMs: 60_000 })
    expect(store.media.stream.value).toBeNull()
  })

  test('that is cancelled while the devices open never reaches the other', async () => {
    const calling = store.call(bob)
    store.endCall()
    await calling
    expect(line.call).not.toHaveBeenCalled()
    expect(at()).toBe('lobby')
    expect(store.media.stream.value).toBeNull()
  })

  test('that cannot be placed leads back to the lobby with a sentence', async () => {
    line.call.mockImplementation(() => {
      throw new CallError('unknown-peer', 'no')
    })
    await store.call(bob)
    expect(at()).toBe('lobby')
    expect(said()).toBe(en.refusals['unknown-peer'])
  })

  test('somebody who calls at the same time is one call', async () => {
    const calling = store.call(bob)
    const theirs = line.ring()
    expect(at()).toBe('calling')
    line.call.mockReturnValue(theirs)
    theirs.phase = 'connecting'
    await calling
    expect(store.stage.value).toMatchObject({ at: 'talking', call: theirs })
  })

  test('tells the other side of a microphone that is muted, and of one that is not', async () => {
    await store.call(bob)
    await store.media.setMicrophone(false)
    expect(line.placed.mute).toHaveBeenCalledWith('audio')
    expect(line.placed.unmute).not.toHaveBeenCalled()
    await store.media.setMicrophone(true)
    expect(line.placed.unmute).toHaveBeenCalledWith('audio')
  })

  test('keeps what came in it until the next one', async () => {
    await store.call(bob)
    const first = store.conversation.value
    line.placed.emit('message', { text: 'Hello' })
    line.placed.end('hung-up')
    expect(store.conversation.value).toBe(first)
    expect(first?.entries.value).toHaveLength(1)
    line.ring()
    expect(store.conversation.value?.entries.value).toEqual([])
  })

  test('and hanging up says how long it was', async () => {
    await store.call(bob)
    line.placed.go('connected')
    store.endCall()
    expect(line.placed.hangUp).toHaveBeenCalledOnce()
    expect(at()).toBe('lobby')
    expect(said()).toBe('Call ended after 1:00.')
  })

  test('tells the call of every other camera, and the visitor when it cannot take it', async () => {
    await store.call(bob)
    line.placed.replaceTrack.mockRejectedValueOnce(new CallError('media-failed', 'no'))
    await store.media.choose('camera', 'door')
    expect(line.placed.replaceTrack).toHaveBeenCalledWith('video', null)
    expect(line.placed.replaceTrack).toHaveBeenLastCalledWith('video', store.media.video.value)
    expect(said()).toBe(en.trackFailed)
  })
})

describe('a call that comes in', () => {
  beforeEach(() => store.join('Ada'))

  test('opens no device before it is accepted, and closes a preview', async () => {
    await store.media.open()
    line.ring()
    expect(store.media.stream.value).toBeNull()
    expect(store.media.opening.value).toBe(false)
    const accepted = store.accept(true)
    expect(store.stage.value).toMatchObject({ at: 'talking', connected: false })
    await accepted
    expect(store.media.stream.value).not.toBeNull()
  })

  test('is answered with what there is', async () => {
    const call = line.ring()
    expect(store.stage.value).toMatchObject({ at: 'called', peer: bob })
    await store.accept(true)
    expect(call.accept).toHaveBeenCalledWith({ media: store.media.stream.value })
    expect(store.media.stream.value?.getTracks()).toHaveLength(2)
    expect(at()).toBe('talking')
  })

  test('is answered with sound alone, and the next one finds the camera on again', async () => {
    const call = line.ring()
    await store.accept(false)
    expect(call.accept).toHaveBeenCalledWith({ media: store.media.stream.value })
    expect(store.media.stream.value?.getVideoTracks()).toEqual([])
    call.end('hung-up')
    expect(store.media.cameraOn.value).toBe(true)
  })

  test('is declined', () => {
    const call = line.ring()
    store.endCall()
    expect(call.decline).toHaveBeenCalledOnce()
    expect(at()).toBe('lobby')
    expect(store.missed.value).toEqual([])
  })

  test.each([
    ['cancelled', 'You missed a call from Bob.'],
    ['no-answer', 'You missed a call from Bob.'],
    ['left', 'Bob has left.'],
    ['failed', 'The call with Bob failed before it was answered.']
  ] as const)('and ends as %s is a missed one', (reason, sentence) => {
    line.ring().end(reason)
    expect(at()).toBe('lobby')
    expect(said()).toBe(sentence)
    expect(store.missed.value).toEqual([{ peer: bob, at: 61_000 }])
    store.clearMissed()
    expect(store.missed.value).toEqual([])
  })

  test('and was answered elsewhere is not missed', () => {
    line.ring().end('answered-elsewhere')
    expect(store.missed.value).toEqual([])
  })
})

describe('on a link for two', () => {
  /** Lets the patience of the one who waits run out. */
  let runOut: () => void

  beforeEach(() => {
    runOut = () => {}
    pause = () => new Promise((resolve) => void (runOut = resolve))
    store = newStore({ lobby: 'garden', isLink: true })
  })

  const come = (roster: readonly Peer[]): void => {
    line.roster = roster
    line.emit('roster', { joined: [], left: [], changed: [] })
  }

  const waiting = async () => {
    line.roster = []
    await store.join('Ada')
    expect(at()).toBe('waiting')
  }

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
