/** A line of the app's tests, and the page around it, that do what the test says. */
import { vi } from 'vitest'
import { Emitter } from '../../src/app/demo/emitter.ts'
import type { Place } from '../../src/app/format.ts'
import { Preferences } from '../../src/app/preferences.ts'
import { Store } from '../../src/app/state.ts'
import type { Surroundings } from '../../src/app/state.ts'
import type { Call, Line, LineEvents, LineState, Peer } from '../../src/client/types.ts'
import { FakeStream, FakeTrack } from './fake-media.ts'
import { ScriptedCall, bob, peerOf } from './scripted-call.ts'

export const ada = peerOf('Ada')

export class ScriptedLine extends Emitter<LineEvents> implements Line {
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

/** A page at a place, with devices that open at once. */
export const storeAt = (place: Place, around: Pick<Surroundings, 'connect' | 'now' | 'pause'>): Store => {
  const preferences = new Preferences({ getItem: () => null, setItem: () => {} }, [])
  return new Store(
    {
      ...around,
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
