/** The other side's picture, in half blocks: decoded frame by frame, drawn a few times a second. */
import type { EncodedFrame } from '../../media/frame.ts'
import { type ColorDepth, halfBlocks } from '../../media/half-blocks.ts'
import type { I420 } from '../../media/picture.ts'
import { Vp8Decoder } from '../../rtc/libav/vp8.ts'
import type { NodeTrack } from '../../rtc/media-stream.ts'

const drawEveryMs = 100
/** A terminal, or a machine, that is slower than this goes on with the next whole picture. */
const maxWaiting = 30

export class PictureView {
  /** `null`: no picture is wanted. */
  readonly #depth: ColorDepth | null
  readonly #changed: () => void
  #size = { columns: 0, rows: 0 }
  #picture = ''
  #drawnAt = -Infinity
  #track: NodeTrack | null = null
  #unlisten: () => void = () => {}
  #waiting: EncodedFrame[] = []
  #needsKey = true
  #decoder: Vp8Decoder | null = null
  #working: Promise<void> | null = null

  constructor(depth: ColorDepth | null, changed: () => void) {
    this.#depth = depth
    this.#changed = changed
  }

  /** Lines of text; empty while there is none. */
  get picture(): string {
    return this.#picture
  }

  resize(columns: number, rows: number): void {
    this.#size = { columns, rows }
  }

  start(track: NodeTrack): void {
    this.stop()
    if (this.#depth === null) return
    this.#track = track
    this.#unlisten = track.listen((frame) => this.#take(track, frame))
    track.requestKeyFrame()
  }

  stop(): void {
    this.#unlisten()
    this.#unlisten = () => {}
    this.#track = null
    this.#waiting = []
    this.#needsKey = true
    this.#show('')
  }

  async close(): Promise<void> {
    this.stop()
    await this.#working
    await this.#decoder?.close()
    this.#decoder = null
  }

  #take(track: NodeTrack, frame: EncodedFrame): void {
    if (track.format?.codec !== 'VP8') {
      // There is a decoder for VP8 alone.
      return this.#show(track.format ? `(a picture in ${track.format.codec}, which is not shown here)` : '')
    }
    if (this.#waiting.length >= maxWaiting) this.#ask()
    if (this.#needsKey && !frame.isKey) return
    this.#needsKey = false
    this.#waiting.push(frame)
    this.#working ??= this.#work().finally(() => {
      this.#working = null
    })
  }

  async #work(): Promise<void> {
    const decoder = (this.#decoder ??= await Vp8Decoder.open())
    for (let frame = this.#waiting.shift(); frame; frame = this.#waiting.shift()) {
      const picture = await decoder.decode(frame)
      if (picture === 'broken') this.#ask()
      else if (picture !== 'hidden') this.#draw(picture)
    }
  }

  #ask(): void {
    this.#waiting = []
    this.#needsKey = true
    this.#track?.requestKeyFrame()
  }

  #draw(picture: I420): void {
    const now = performance.now()
    if (this.#track === null || this.#depth === null || now - this.#drawnAt < drawEveryMs) return
    this.#drawnAt = now
    this.#show(halfBlocks(picture, { ...this.#size, depth: this.#depth }).join('\n'))
  }

  #show(picture: string): void {
    if (picture === this.#picture) return
    this.#picture = picture
    this.#changed()
  }
}

const depths = { color: 'true-color', 256: '256-colors', plain: 'no-color', off: null } as const

/** What this terminal can show, as far as it says so. */
export const colorDepthOf = (
  wanted: 'auto' | 'color' | '256' | 'plain' | 'off',
  { COLORTERM, TERM, NO_COLOR }: Readonly<Record<string, string | undefined>>
): ColorDepth | null => {
  if (wanted !== 'auto') return depths[wanted]
  if (NO_COLOR || TERM === 'dumb') return 'no-color'
  if (COLORTERM === 'truecolor' || COLORTERM === '24bit') return 'true-color'
  return TERM?.includes('256color') || TERM?.includes('xterm') ? '256-colors' : 'no-color'
}
