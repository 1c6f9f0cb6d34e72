/** What runs in the pages of the recovery benchmark: a call that keeps note of when its line and its picture were there. */
import { type Call, type Line, connect } from '../src/client/index.ts'

interface Noted {
  line: Line
  call: Call | null
  /** When a word from the other side last came, and when a picture was last painted: milliseconds since 1970. */
  heardAt: number
  frameAt: number
  ended: string | null
}

const now = (): number => performance.timeOrigin + performance.now()

const follow = (noted: Noted, call: Call): void => {
  noted.call = call
  call.addEventListener('ended', ({ detail: { reason } }) => {
    noted.ended = reason
  })
  const video = document.createElement('video')
  Object.assign(video, { autoplay: true, muted: true, srcObject: call.remoteStream })
  document.body.replaceChildren(video)
  const note = (): void => {
    noted.frameAt = now()
    video.requestVideoFrameCallback(note)
  }
  video.requestVideoFrameCallback(note)
}

const enter = async (name: string): Promise<void> => {
  const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: true })
  const line = await connect(location.origin, { name, media })
  const noted: Noted = { line, call: null, heardAt: 0, frameAt: 0, ended: null }
  line.addEventListener('text', () => {
    noted.heardAt = now()
  })
  setInterval(() => {
    const [other] = line.roster
    if (other && line.state === 'open') line.sendText('Are you there?', other.id)
  }, 50)
  line.addEventListener('call', ({ detail: { call } }) => {
    follow(noted, call)
    void call.accept()
  })
  Object.assign(window, {
    noted,
    dial(to: string) {
      const peer = line.roster.find((other) => other.name === to)
      if (peer) follow(noted, line.call(peer.id))
    }
  })
}

declare global {
  interface Window {
    enterRecovery: typeof enter
    noted: Noted
    dial(to: string): void
  }
}
Object.assign(window, { enterRecovery: enter })
