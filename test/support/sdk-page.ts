/** What runs in a page of the SDK's browser tests: the SDK itself, and short words for what a test does with it. */
import { type Call, type CallPhase, type ConnectOptions, type Line, connect } from '../../src/client/index.ts'

export type Media = 'camera and microphone' | 'nothing'

/** What is read of W3C's statistics, from whichever entries have it. */
interface Stats {
  readonly type: string
  readonly selectedCandidatePairId?: string
  /** Firefox marks the pair itself. */
  readonly selected?: boolean
  readonly localCandidateId?: string
  readonly remoteCandidateId?: string
  readonly candidateType?: string
  /** How the local client reaches its relay. */
  readonly relayProtocol?: string
}

const open = async (media: Media): Promise<MediaStream | null> =>
  media === 'nothing' ? null : navigator.mediaDevices.getUserMedia({ audio: true, video: true })

/** One client, with all the calls that it has had. */
export class TestClient {
  readonly calls: Call[] = []
  readonly phases: CallPhase[][] = []
  readonly problems: string[] = []
  #line: Line | null = null
  #stream: MediaStream | null = null

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
    this.#line = await connect(url, options)
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
    const canvas = document.createElement('canvas')
    canvas.width = width
    canvas.height = 120
    const context = canvas.getContext('2d')
    setInterval(() => context?.fillRect(Math.random() * width, 0, 10, 120), 30)
    await this.call.replaceTrack('video', canvas.captureStream(30).getVideoTracks()[0] ?? null)
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

  #follow(call: Call): void {
    const phases: CallPhase[] = [call.phase]
    this.calls.push(call)
    this.phases.push(phases)
    call.addEventListener('phase', ({ detail }) => phases.push(detail.phase))
    call.addEventListener('problem', ({ detail }) => this.problems.push(detail.error.message))
  }
}

declare global {
  interface Window {
    client: TestClient
  }
}

window.client = new TestClient()
