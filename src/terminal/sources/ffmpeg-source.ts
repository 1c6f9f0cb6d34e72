/** Whatever ffmpeg can read, a camera among it: encoded by it, and taken from it as RTP. */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Codec } from '../../media/frame.ts'
import { type RtpSource, openRtp } from './rtp-source.ts'
import { MediaError, type Source } from './source.ts'

interface FfmpegSettings {
  readonly width: number
  readonly height: number
  readonly framesPerSecond: number
}

/** What one ffmpeg reads, and the kinds of media that are taken from it. */
interface Job {
  /** As ffmpeg's options, up to `-i INPUT`. */
  readonly input: readonly string[]
  readonly kinds: readonly ('video' | 'audio')[]
  /** Without it there is no call. */
  readonly isNeeded: boolean
}

const codecOf = { video: 'VP8', audio: 'opus' } as const satisfies Record<string, Codec>
/** How much of what it says is kept. */
const maxOutput = 2_000
/** Its packets have to fit where there is an envelope around each: STUN, TURN, IPv6. */
const packetBytes = 1_200

/** Somebody who joins, or has lost something, waits this long at the most: ffmpeg takes no requests. */
const keyFrameSeconds = 1

const words = (line: string): readonly string[] => line.split(' ')

const outputOf = (
  kind: 'video' | 'audio',
  port: number,
  { width, height, framesPerSecond: rate }: FfmpegSettings
): readonly string[] => {
  const to = `-f rtp rtp://127.0.0.1:${port}?pkt_size=${packetBytes}`
  if (kind === 'audio') return words(`-map 0:a:0? -c:a libopus -ac 2 -ar 48000 -application lowdelay ${to}`)
  const fit = `scale=${width}:${height}:force_original_aspect_ratio=decrease:force_divisible_by=2`
  const bits = Math.round(width * height * rate * 0.1)
  return words(
    `-map 0:v:0? -vf ${fit} -r ${rate} -pix_fmt yuv420p -c:v libvpx -deadline realtime -cpu-used 8 ` +
      `-lag-in-frames 0 -error-resilient 1 -g ${rate * keyFrameSeconds} -b:v ${bits} ${to}`
  )
}

const quietly = words('-hide_banner -nostdin -loglevel error')

const isMissing = (error: Error): boolean => 'code' in error && error.code === 'ENOENT'

const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.trim() ?? ''

const unusable = (name: string, why: string): MediaError =>
  new MediaError(`${name} cannot be used: ${why.replace(/\.$/, '')}.`)

/** One run of ffmpeg, or of what comes with it. */
class Tool {
  readonly #process: ChildProcess
  #complaint = ''
  output = ''
  /** Why it has failed; `null` when it has come to its end. */
  readonly ended: Promise<string | null>

  constructor(command: 'ffmpeg' | 'ffprobe', args: readonly string[]) {
    this.#process = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#process.stdout?.on('data', (data: Buffer) => {
      this.output = (this.output + data.toString()).slice(-maxOutput)
    })
    this.#process.stderr?.on('data', (data: Buffer) => {
      this.#complaint = (this.#complaint + data.toString()).slice(-maxOutput)
    })
    // It would go on with a camera, or send to nobody.
    const stop = (): void => this.stop()
    process.once('exit', stop)
    this.#process.once('close', () => process.removeListener('exit', stop))
    this.ended = new Promise((resolve) => {
      this.#process.on('error', (error) =>
        resolve(isMissing(error) ? 'ffmpeg is not installed' : error.message)
      )
      this.#process.on('close', (code) =>
        resolve(code === 0 ? null : lastLine(this.#complaint) || `${command} has ended with ${code}`)
      )
    })
  }

  stop(): void {
    this.#process.kill('SIGKILL')
  }
}

class FfmpegSource implements Source {
  readonly tracks: Source['tracks']
  readonly #name: string
  readonly #settings: FfmpegSettings
  readonly #jobs: readonly (readonly [Job, RtpSource])[]
  #running: Tool[] = []

  constructor(name: string, settings: FfmpegSettings, jobs: readonly (readonly [Job, RtpSource])[]) {
    this.#name = name
    this.#settings = settings
    this.#jobs = jobs
    this.tracks = jobs.flatMap(([, rtp]) => rtp.tracks)
  }

  start(ended: (error: MediaError | null) => void): void {
    this.stop()
    this.#running = this.#jobs.map(([job, rtp]) => {
      const outputs = job.kinds.flatMap((kind, at) => outputOf(kind, rtp.ports[at] ?? 0, this.#settings))
      const ffmpeg = new Tool('ffmpeg', [...quietly, ...job.input, ...outputs])
      rtp.start(() => {})
      void ffmpeg.ended.then((why) => {
        if (!job.isNeeded || !this.#running.includes(ffmpeg)) return
        ended(why === null ? null : unusable(this.#name, why))
      })
      return ffmpeg
    })
  }

  stop(): void {
    for (const ffmpeg of this.#running.splice(0)) ffmpeg.stop()
    for (const [, rtp] of this.#jobs) rtp.stop()
  }

  async close(): Promise<void> {
    this.stop()
    for (const [, rtp] of this.#jobs) await rtp.close()
  }
}

/** What `ffmpeg:INPUT` reads, at the pace of its media; and from its beginning in each call, where it has one. */
export const openInput = async (
  input: string,
  settings: FfmpegSettings,
  { loops }: { readonly loops: boolean } = { loops: false }
): Promise<Source> => {
  const name = `ffmpeg:${input}`
  const probe = new Tool('ffprobe', [...words('-v error -show_entries stream=codec_type -of csv=p=0'), input])
  const why = await probe.ended
  if (why !== null) throw unusable(name, why)
  const kinds = (['video', 'audio'] as const).filter((kind) => probe.output.includes(kind))
  if (kinds.length === 0) throw new MediaError(`${name} holds neither picture nor sound.`)
  return open(name, settings, [
    { input: [...(loops ? words('-stream_loop -1') : []), '-re', '-i', input], kinds, isNeeded: true }
  ])
}

/** A camera of Linux, and the microphone if there is one: two processes, since one without the other is still of use. */
export const cameraJobs = (
  device: string,
  { width, height, framesPerSecond }: FfmpegSettings
): readonly Job[] => [
  {
    input: [...words(`-f v4l2 -framerate ${framesPerSecond} -video_size ${width}x${height} -i`), device],
    kinds: ['video'],
    isNeeded: true
  },
  { input: ['-f', 'alsa', '-i', 'default'], kinds: ['audio'], isNeeded: false }
]

const open = async (name: string, settings: FfmpegSettings, jobs: readonly Job[]): Promise<Source> => {
  const opened: (readonly [Job, RtpSource])[] = []
  for (const job of jobs) {
    const rtp = await openRtp(job.kinds.map((kind) => ({ port: 0, codec: codecOf[kind] })))
    opened.push([job, rtp])
  }
  return new FfmpegSource(name, settings, opened)
}

/** Throws a `MediaError` where there is no ffmpeg. */
export const openCamera = async (device: string, settings: FfmpegSettings): Promise<Source> => {
  const name = `camera:${device}`
  const why = await new Tool('ffmpeg', ['-version']).ended
  if (why !== null) throw unusable(name, why)
  return open(name, settings, cameraJobs(device, settings))
}
