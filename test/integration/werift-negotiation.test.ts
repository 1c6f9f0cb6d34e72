/** When a connection in Node asks for negotiation, and what offers that cross do to the media that flows. */
import { expect, test } from 'vitest'
import { WeriftConnection } from '../../src/rtc/werift/connection.ts'
import { eventually } from '../support/eventually.ts'
import { FrameFountain } from '../support/node-peer.ts'

/** A connection that sends sound and pictures, and counts what it is told. */
class End implements Disposable {
  readonly connection = new WeriftConnection({ iceServers: [] })
  readonly fountain = new FrameFountain()
  needed = 0
  readonly heard = { audio: 0, video: 0 }

  constructor() {
    this.connection.addEventListener('negotiationneeded', () => {
      this.needed += 1
    })
  }

  add(): this {
    const { audio, video, stream } = this.fountain
    this.connection.addTrack(audio, stream)
    this.connection.addTrack(video, stream)
    return this
  }

  async describe(): Promise<{ readonly type: RTCSdpType; readonly sdp: string }> {
    await this.connection.setLocalDescription()
    const { localDescription } = this.connection
    if (!localDescription) throw new Error('no description')
    return localDescription
  }

  listen(): void {
    for (const { receiver } of this.connection.getTransceivers()) {
      receiver.track.listen(() => {
        this.heard[receiver.track.kind] += 1
      })
    }
  }

  [Symbol.dispose](): void {
    this.fountain[Symbol.dispose]()
    this.connection.close()
  }
}

const answer = async (from: End, to: End): Promise<void> => {
  await to.connection.setRemoteDescription(await from.describe())
  to.add()
  await from.connection.setRemoteDescription(await to.describe())
}

/** As one says it who would do without a bundle, too: pictures have a way of their own. */
const withWayForPictures = (sdp: string): string => {
  const [sound = '', pictures = ''] = sdp.split(/^(?=m=video)/m)
  return (
    sound +
    pictures.replace(/ice-ufrag:.*/, 'ice-ufrag:none').replace(/ice-pwd:.*/, `ice-pwd:${'x'.repeat(22)}`)
  )
}

/** Longer than an event that is due takes. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 300))

const bothHear = async (...ends: readonly End[]): Promise<void> => {
  for (const { heard } of ends) {
    const { audio, video } = heard
    await eventually(() => heard.audio > audio + 3 && heard.video > video + 3).toBe(true)
  }
}

const connect = async (ada: End, bob: End): Promise<void> => {
  await answer(ada.add(), bob)
  ada.listen()
  bob.listen()
  await bothHear(ada, bob)
}

test('negotiation is asked for once, and an answer that has all of it leaves nothing to ask for', async () => {
  using ada = new End()
  using bob = new End()
  ada.add()
  await eventually(() => ada.needed).toBe(1)
  await answer(ada, bob)
  await settle()
  expect([ada.needed, bob.needed]).toEqual([1, 0])
})

test('what an answer could not have in it is asked for once it is given', async () => {
  using ada = new End()
  using bob = new End()
  ada.add()
  await eventually(() => ada.needed).toBe(1)
  await bob.connection.setRemoteDescription(await ada.describe())
  bob.connection.addTransceiver('video', { direction: 'sendonly' })
  await ada.connection.setRemoteDescription(await bob.describe())
  ada.connection.createDataChannel('words', { negotiated: true, id: 1 })
  await eventually(() => [ada.needed, bob.needed]).toEqual([2, 1])
})

test('who says that it is stable knows by then what it receives', async () => {
  using ada = new End()
  using bob = new End()
  const seen = [ada, bob].map(({ connection }) => {
    const told: string[] = []
    connection.addEventListener('signalingstatechange', () => {
      const directions = connection.getTransceivers().map(({ currentDirection }) => currentDirection)
      told.push(`${connection.signalingState} ${directions.join()}`)
    })
    return told
  })
  await answer(ada.add(), bob)
  expect(seen).toEqual([
    ['have-local-offer ,', 'stable sendrecv,sendrecv'],
    ['have-remote-offer ,', 'stable sendrecv,sendrecv']
  ])
})

test('candidates are told after the description that they belong to', async () => {
  using ada = new End()
  let isDescribed = false
  const told: boolean[] = []
  ada.connection.addEventListener('icecandidate', () => told.push(isDescribed))
  await ada.add().describe()
  isDescribed = true
  await eventually(() => told.length > 1).toBe(true)
  expect(told).not.toContain(false)
})

test('of a bundle, the way of its first section counts', async () => {
  using ada = new End()
  using bob = new End()
  const { type, sdp } = await ada.add().describe()
  await bob.connection.setRemoteDescription({ type, sdp: withWayForPictures(sdp) })
  bob.add()
  await ada.connection.setRemoteDescription(await bob.describe())
  ada.listen()
  bob.listen()
  await bothHear(ada, bob)
})

test('a direction that was turned, and ICE that is to start over, are asked for', async () => {
  using ada = new End()
  using bob = new End()
  await connect(ada, bob)
  const before = ada.needed
  const [transceiver] = ada.connection.getTransceivers()
  if (transceiver) transceiver.direction = 'recvonly'
  await eventually(() => ada.needed).toBe(before + 1)
  await bob.connection.setRemoteDescription(await ada.describe())
  await ada.connection.setRemoteDescription(await bob.describe())
  await settle()
  expect([ada.needed, bob.needed]).toEqual([before + 1, 0])
  for (const times of [1, 2, 3]) {
    ada.connection.restartIce()
    await eventually(() => ada.needed).toBe(before + 1 + times)
    await bob.connection.setRemoteDescription(await ada.describe())
    await ada.connection.setRemoteDescription(await bob.describe())
  }
})

test('ICE that was to start over in an offer that yields is asked for again', async () => {
  using ada = new End()
  using bob = new End()
  await connect(ada, bob)
  const before = ada.needed
  ada.connection.restartIce()
  await eventually(() => ada.needed).toBe(before + 1)
  await ada.describe()
  await ada.connection.setRemoteDescription(await bob.describe())
  await bob.connection.setRemoteDescription(await ada.describe())
  await eventually(() => ada.needed).toBe(before + 2)
})

test.each([
  ['one side yields', false],
  ['both sides yield', true]
])('media flows on through offers that cross, where %s', async (_how, both) => {
  using ada = new End()
  using bob = new End()
  await connect(ada, bob)
  const [adas, bobs] = await Promise.all([ada.describe(), bob.describe()])
  await bob.connection.setRemoteDescription(adas)
  if (both) await ada.connection.setRemoteDescription(bobs)
  const answers = await Promise.all([bob.describe(), ...(both ? [ada.describe()] : [])])
  if (!both) await ada.connection.setRemoteDescription(answers[0])
  expect([ada.connection.signalingState, bob.connection.signalingState]).toEqual(['stable', 'stable'])
  await bothHear(ada, bob)
})
