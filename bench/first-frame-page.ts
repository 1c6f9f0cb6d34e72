/** What runs in the pages of the first-frame benchmark: a call by the SDK, by PeerJS, and by two connections in one page. */
import { type Call, type Line, connect } from '../src/client/index.ts'

/** The part of PeerJS that is used; its script is loaded beside this one. */
interface PeerJsCall {
  answer(stream: MediaStream): void
  on(type: 'stream', listener: (stream: MediaStream) => void): void
  on(type: 'close', listener: () => void): void
  close(): void
}
interface PeerJs {
  call(id: string, stream: MediaStream): PeerJsCall
  once(type: 'open', listener: () => void): void
  once(type: 'call', listener: (call: PeerJsCall) => void): void
}
declare const Peer: new (id: string, options: object) => PeerJs

export type System = 'patchcord' | 'peerjs'

/** Milliseconds since 1970, by one clock for all pages of a machine. */
export interface Moments {
  /** When *call* respectively *accept* was pressed. */
  readonly pressed: number
  readonly firstFrame: number
}

const now = (): number => performance.timeOrigin + performance.now()

/** When the first picture of a stream is painted. */
const painted = (video: HTMLVideoElement): Promise<number> =>
  new Promise((resolve) => {
    video.requestVideoFrameCallback(() => resolve(now()))
  })

const screenFor = (stream: MediaStream | null): HTMLVideoElement => {
  const video = document.createElement('video')
  video.autoplay = true
  video.muted = true
  video.playsInline = true
  video.srcObject = stream
  document.body.replaceChildren(video)
  return video
}

class Party {
  readonly #name: string
  readonly #stream: MediaStream
  readonly #line: Line
  readonly #peer: PeerJs
  #end: () => Promise<void> = () => Promise.resolve()

  constructor(name: string, { stream, line, peer }: { stream: MediaStream; line: Line; peer: PeerJs }) {
    this.#name = name
    this.#stream = stream
    this.#line = line
    this.#peer = peer
  }

  /** Calls, and waits for the other side's first picture. */
  async call(system: System, to: string): Promise<Moments> {
    const pressed = now()
    const firstFrame = system === 'peerjs' ? this.#callByPeerJs(to) : this.#callByPatchcord(to)
    return { pressed, firstFrame: await firstFrame }
  }

  /** Waits for a call, lets it ring, accepts it, and waits for the other side's first picture. */
  answer(system: System, afterMs: number): Promise<Moments> {
    return system === 'peerjs' ? this.#answerByPeerJs(afterMs) : this.#answerByPatchcord(afterMs)
  }

  async hangUp(): Promise<void> {
    await this.#end()
    document.body.replaceChildren()
  }

  #callByPatchcord(to: string): Promise<number> {
    const peer = this.#line.roster.find(({ name }) => name === to)
    if (peer === undefined) throw new Error(`${this.#name} does not see ${to}.`)
    return this.#follow(this.#line.call(peer.id, { media: this.#stream }))
  }

  #answerByPatchcord(afterMs: number): Promise<Moments> {
    return new Promise((resolve) => {
      const accept = async (call: Call): Promise<void> => {
        const pressed = now()
        void call.accept({ media: this.#stream })
        resolve({ pressed, firstFrame: await this.#follow(call) })
      }
      this.#line.addEventListener(
        'call',
        ({ detail: { call } }) => setTimeout(() => void accept(call), afterMs),
        {
          once: true
        }
      )
    })
  }

  #follow(call: Call): Promise<number> {
    this.#end = async () => {
      const ended = new Promise((resolve) => {
        call.addEventListener('ended', resolve)
      })
      if (call.phase === 'ended') return
      call.hangUp()
      await ended
    }
    return painted(screenFor(call.remoteStream))
  }

  #callByPeerJs(to: string): Promise<number> {
    return this.#watch(this.#peer.call(to, this.#stream))
  }

  #answerByPeerJs(afterMs: number): Promise<Moments> {
    return new Promise((resolve) => {
      const accept = async (call: PeerJsCall): Promise<void> => {
        const pressed = now()
        call.answer(this.#stream)
        resolve({ pressed, firstFrame: await this.#watch(call) })
      }
      this.#peer.once('call', (call) => setTimeout(() => void accept(call), afterMs))
    })
  }

  #watch(call: PeerJsCall): Promise<number> {
    this.#end = async () => call.close()
    return new Promise((resolve) => {
      call.on('stream', (stream) => void painted(screenFor(stream)).then(resolve))
    })
  }
}

const camera = (): Promise<MediaStream> => navigator.mediaDevices.getUserMedia({ audio: true, video: true })

const enter = async (name: string, peerPort: number): Promise<void> => {
  const stream = await camera()
  const peer = new Peer(name, {
    host: location.hostname,
    port: peerPort,
    path: '/',
    config: { iceServers: [] }
  })
  await new Promise<void>((resolve) => peer.once('open', resolve))
  const line = await connect(location.origin, { name })
  window.party = new Party(name, { stream, line, peer })
}

/** Two connections that hand each other everything at once. */
const joined = (): readonly [RTCPeerConnection, RTCPeerConnection] => {
  const [one, other] = [new RTCPeerConnection(), new RTCPeerConnection()]
  one.addEventListener('icecandidate', ({ candidate }) => void other.addIceCandidate(candidate ?? undefined))
  other.addEventListener('icecandidate', ({ candidate }) => void one.addIceCandidate(candidate ?? undefined))
  return [one, other]
}

const negotiated = async (one: RTCPeerConnection, other: RTCPeerConnection): Promise<void> => {
  await one.setLocalDescription()
  if (one.localDescription) await other.setRemoteDescription(one.localDescription)
  await other.setLocalDescription()
  if (other.localDescription) await one.setRemoteDescription(other.localDescription)
}

/** What no call can be faster than: two connections in one page, from nothing, and from where only tracks are missing. */
const limits = async (): Promise<{ readonly cold: number; readonly warm: number }> => {
  const stream = await camera()
  const measured = async (isWarm: boolean): Promise<number> => {
    const [one, other] = joined()
    const begun = now()
    const [track] = stream.getVideoTracks()
    if (track === undefined) throw new Error('There is no camera.')
    const { sender } = one.addTransceiver(isWarm ? 'video' : track, { direction: 'sendonly' })
    const screen = new Promise<HTMLVideoElement>((resolve) => {
      other.addEventListener('track', ({ track }) => resolve(screenFor(new MediaStream([track]))))
    })
    const frame = screen.then(painted)
    await negotiated(one, other)
    let pressed = begun
    if (isWarm) {
      while (one.connectionState !== 'connected') await new Promise((resolve) => setTimeout(resolve, 20))
      pressed = now()
      await sender.replaceTrack(track)
    }
    const ms = (await frame) - pressed
    one.close()
    other.close()
    return ms
  }
  return { cold: await measured(false), warm: await measured(true) }
}

declare global {
  interface Window {
    enter: typeof enter
    limits: typeof limits
    party: Party
  }
}
Object.assign(window, { enter, limits })
