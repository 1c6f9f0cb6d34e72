/** What runs in a page of the SDK's browser tests: the SDK itself, and short words for what a test does with it. */
import {
  type Call,
  type CallPhase,
  type ConnectOptions,
  type IncomingFile,
  type Line,
  type Traced,
  connect
} from '../../src/client/index.ts'

export type Media = 'camera and microphone' | 'nothing'

/** What is read of W3C's statistics, from whichever entries have it. */
interface Stats {
  readonly id: string
  readonly type: string
  readonly selectedCandidatePairId?: string
  /** Firefox marks the pair itself. */
  readonly selected?: boolean
  readonly localCandidateId?: string
  readonly remoteCandidateId?: string
  readonly candidateType?: string
  /** How the local client reaches its relay. */
  readonly relayProtocol?: string
  readonly address?: string
  readonly bytesReceived?: number
  readonly requestsReceived?: number
}

/** A picture that moves. */
const canvasStream = (width: number): MediaStream => {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = 120
  const context = canvas.getContext('2d')
  setInterval(() => context?.fillRect(Math.random() * width, 0, 10, 120), 30)
  return canvas.captureStream(30)
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))

const open = async (media: Media): Promise<MediaStream | null> =>
  media === 'nothing' ? null : navigator.mediaDevices.getUserMedia({ audio: true, video: true })

/** One client, with all the calls that it has had. */
export class TestClient {
  readonly calls: Call[] = []
  readonly phases: CallPhase[][] = []
  readonly problems: string[] = []
  /** The descriptions and candidates of the other side, as they came. */
  readonly heard: string[] = []
  /** What the other side has written. */
  readonly messages: string[] = []
  /** What the other side has offered. */
  readonly files: IncomingFile[] = []
  /** How many offers of this side have had no answer: those that crossed others, and lost. */
  unanswered = 0
  /** When each frame of the other side was shown, in milliseconds since 1970. */
  frames: number[] = []
  #line: Line | null = null
  #stream: MediaStream | null = null
  readonly #screens = new Map<number, MediaStream>()

  get line(): Line {
    if (this.#line === null) throw new Error('not signed in')
    return this.#line
  }

  /** The latest call. */
  get call(): Call {
    const call = this.calls.at(-1)
    if (call === undefined) throw new Error('no call yet')
    return call
  }

  async signIn(url: string, media: Media, options: ConnectOptions): Promise<void> {
    this.#stream = await open(media)
    this.#line = await connect(url, { ...options, trace: (traced) => this.#note(traced) })
    this.#line.addEventListener('call', ({ detail }) => this.#follow(detail.call))
    this.#line.addEventListener('refused', ({ detail }) => this.problems.push(detail.reason))
  }

  dial(name: string): void {
    const peer = this.line.roster.find((other) => other.name === name)
    if (peer === undefined) throw new Error(`${name} is not here`)
    this.#follow(this.line.call(peer.id, { media: this.#stream }))
  }

  accept(): Promise<void> {
    return this.call.accept({ media: this.#stream })
  }

  /** Sends a picture that is told from the camera's by its width. */
  async showCanvas(width: number): Promise<void> {
    await this.call.replaceTrack('video', canvasStream(width).getVideoTracks()[0] ?? null)
  }

  /** Shows the screen, which is a canvas, the same one for each width. */
  async share(width: number): Promise<void> {
    const screen = this.#screens.get(width) ?? canvasStream(width)
    this.#screens.set(width, screen)
    await this.call.shareScreen(screen)
  }

  /** Waits until the other side's screen is there, and frames of it are decoded. */
  async screenMoves(): Promise<void> {
    while (this.call.remoteScreen === null) await pause()
    const before = await this.#screenFrames()
    for (let now = before; now <= before; now = await this.#screenFrames()) await pause()
  }

  async #screenFrames(): Promise<number> {
    const track = this.call.remoteScreen?.getTracks()[0]
    let frames = 0
    for (const entry of (await this.call.getStats()).values()) {
      if (entry.type === 'inbound-rtp' && entry.trackIdentifier === track?.id)
        frames = entry.framesDecoded ?? 0
    }
    return frames
  }

  /** Plays a stream until some frames of it have been shown, and answers with their width; of none, with 0. */
  async look(which: 'remoteStream' | 'remoteScreen', frames = 3): Promise<number> {
    const stream = this.call[which]
    if (stream === null) return 0
    const video = document.createElement('video')
    video.muted = true
    video.srcObject = stream
    document.body.append(video)
    await video.play()
    for (let left = frames; left > 0; left -= 1) {
      await new Promise((resolve) => {
        video.requestVideoFrameCallback(resolve)
      })
    }
    const width = video.videoWidth
    video.srcObject = null
    video.remove()
    return width
  }

  /** Notes every frame of the latest call that is shown from now on. */
  watch(): void {
    const video = document.createElement('video')
    const frames: number[] = []
    this.frames = frames
    video.muted = true
    video.autoplay = true
    video.srcObject = this.call.remoteStream
    // What is not in view is drawn once a second.
    document.body.replaceChildren(video)
    const note = (): void => {
      frames.push(Date.now())
      video.requestVideoFrameCallback(note)
    }
    video.requestVideoFrameCallback(note)
  }

  /** The addresses of the other side from which anything has come over the latest connection. */
  async senders(): Promise<readonly string[]> {
    const stats = new Map<string, Stats>(await this.call.getStats())
    return [...stats.values()]
      .filter(
        ({ type, bytesReceived = 0, requestsReceived = 0 }) =>
          type === 'candidate-pair' && bytesReceived + requestsReceived > 0
      )
      .map(({ remoteCandidateId = '' }) => stats.get(remoteCandidateId)?.address ?? 'unknown')
  }

  /** Of the picture that comes in. */
  async frameWidth(): Promise<number> {
    let width = 0
    for (const entry of (await this.call.getStats()).values()) {
      if (entry.type === 'inbound-rtp' && entry.kind === 'video') width = entry.frameWidth ?? 0
    }
    return width
  }

  /** How both sides are reached: the types of the candidates that were selected. */
  async selectedPair(): Promise<readonly (string | undefined)[]> {
    return (await this.#selected()).map((candidate) => candidate?.candidateType)
  }

  /** By what this client reaches the relay that the selected pair goes through: `udp`, `tcp` or `tls`. */
  async relayProtocol(): Promise<string | undefined> {
    const [local] = await this.#selected()
    return local?.relayProtocol
  }

  /** The selected candidates, local and remote. */
  async #selected(): Promise<readonly (Stats | undefined)[]> {
    const stats = new Map<string, Stats>(await this.call.getStats())
    const all = [...stats.values()]
    const transport = all.find(({ type }) => type === 'transport')
    const pair = stats.get(transport?.selectedCandidatePairId ?? '') ?? all.find(({ selected }) => selected)
    return [pair?.localCandidateId, pair?.remoteCandidateId].map((id) => stats.get(id ?? ''))
  }

  #note({ direction, message }: Traced): void {
    if (message.type === 'description') this.#count(direction, message.description.type)
    if (direction === 'sent') return
    if (message.type === 'candidate') this.heard.push(message.candidate.candidate)
    else if ('description' in message && message.description && message.type !== 'invite')
      this.heard.push(message.description.sdp.text())
  }

  #count(direction: Traced['direction'], type: string): void {
    if (direction === 'sent' && type === 'offer') this.unanswered += 1
    if (direction === 'received' && type === 'answer') this.unanswered -= 1
  }

  #follow(call: Call): void {
    // Who calls somebody that calls already answers, and has the call that it has heard of.
    if (this.calls.includes(call)) return
    const phases: CallPhase[] = [call.phase]
    this.calls.push(call)
    this.phases.push(phases)
    call.addEventListener('phase', ({ detail }) => phases.push(detail.phase))
    call.addEventListener('message', ({ detail }) => this.messages.push(detail.text))
    call.addEventListener('file', ({ detail }) => this.files.push(detail.file))
    call.addEventListener('problem', ({ detail }) => this.problems.push(detail.error.message))
  }
}

declare global {
  interface Window {
    client: TestClient
  }
}

window.client = new TestClient()
