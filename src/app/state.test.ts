import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { FakeStream, FakeTrack } from '../../test/support/fake-media.ts'
import { CallError } from '../client/index.ts'
import type {
  Call,
  CallEvents,
  CallPhase,
  EndReason,
  Line,
  LineEvents,
  LineState,
  Peer
} from '../client/types.ts'
import { Emitter } from './demo/emitter.ts'
import { en } from './i18n/en.ts'
import { Preferences } from './preferences.ts'
import { Store } from './state.ts'

beforeAll(() => void vi.stubGlobal('MediaStream', FakeStream))
afterAll(() => void vi.unstubAllGlobals())

const peerOf = (name: string, id = name): Peer => ({ id, name, dialect: 'native', busy: false })
const ada = peerOf('Ada')
const bob = peerOf('Bob')

class ScriptedCall extends Emitter<CallEvents> implements Call {
  readonly id = 'call'
  readonly peer = bob
  readonly direction: Call['direction']
  readonly localStream = null
  readonly remoteStream = new FakeStream()
  phase: CallPhase
  endReason: EndReason | null = null
  connectedAt: number | null = null
  interrupted = false
  readonly muted = { audio: false, video: false }
  readonly remoteMuted = { audio: false, video: false }
  readonly screen = null
  readonly remoteScreen = null
  readonly verification = { state: 'unavailable', code: [] } as const
  mute = vi.fn()
  unmute = vi.fn()
  shareScreen = vi.fn(async () => new FakeStream())
  stopSharing = vi.fn(async () => {})
  sendMessage = vi.fn()
  sendFile = vi.fn(async () => {})
  async *quality(): AsyncGenerator<never, void, void> {}
  accept = vi.fn(async () => this.go('connecting'))
  decline = vi.fn(() => this.end('declined'))
  hangUp = vi.fn(() => this.end('hung-up'))
  replaceTrack = vi.fn(async () => {})
  getStats = async () => new Map()

  constructor(direction: Call['direction'], phase: CallPhase) {
    super()
    this.direction = direction
    this.phase = phase
  }

  go(phase: CallPhase): void {
    this.phase = phase
    if (phase === 'connected') this.connectedAt = 1_000
    this.emit('phase', { phase })
  }

  end(reason: EndReason): void {
    this.endReason = reason
    this.go('ended')
  }
}

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
let connect: () => Promise<Line>
let now: number

beforeEach(() => {
  line = new ScriptedLine()
  connect = async () => line
  now = 61_000
  const preferences = new Preferences({ getItem: () => null, setItem: () => {} }, [])
  store = new Store(
    {
      connect: () => connect(),
      now: () => now,
      pause: async () => {},
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
    'main'
  )
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

  test('shows that its path is gone, and that it is back', async () => {
    await store.call(bob)
    line.placed.go('connected')
    for (const interrupted of [true, false]) {
      line.placed.interrupted = interrupted
      line.placed.emit('interrupted', { interrupted })
      expect(store.stage.value).toMatchObject({ at: 'talking', interrupted })
    }
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
