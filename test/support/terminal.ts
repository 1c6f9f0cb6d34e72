/** `patchcord call --headless` as a program uses it: commands in, news out. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { PassThrough, type Readable, type Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { expect, vi } from 'vitest'
import { runCall } from '../../src/terminal/call-cli.ts'
import type { News } from '../../src/terminal/front.ts'

type NewsOf<Event extends News['event']> = Extract<News, { event: Event }>

/** What may be wished for; see docs/terminal.md. */
type Command = Readonly<Record<string, unknown>> & { readonly do: string }

interface Running {
  readonly input: Writable
  readonly output: Readable
  readonly errors: Readable
  readonly code: Promise<number>
  /** Ctrl-C. */
  interrupt(): void
}

const isNewsOf = <Event extends News['event']>(news: News, event: Event): news is NewsOf<Event> =>
  news.event === event

const patience = { timeout: 40_000, interval: 20 }

export class Terminal {
  /** Everything that it has told, in order. */
  readonly news: News[] = []
  /** What it has said to the person who started it. */
  said = ''
  readonly code: Promise<number>
  onNews: (news: News) => void = () => {}
  readonly #running: Running

  constructor(running: Running) {
    this.#running = running
    this.code = running.code
    running.errors.on('data', (data) => (this.said += String(data)))
    createInterface({ input: running.output }).on('line', (line) => {
      const news: News = JSON.parse(line)
      this.news.push(news)
      this.onNews(news)
    })
  }

  do(command: Command): void {
    this.write(`${JSON.stringify(command)}\n`)
  }

  write(text: string): void {
    this.#running.input.write(text)
  }

  interrupt(): void {
    this.#running.interrupt()
  }

  all<Event extends News['event']>(event: Event): readonly NewsOf<Event>[] {
    return this.news.filter((news) => isNewsOf(news, event))
  }

  last<Event extends News['event']>(event: Event): NewsOf<Event> | undefined {
    return this.all(event).at(-1)
  }

  /** Waits for news that is as wanted, and answers with it. */
  hears<Event extends News['event']>(
    event: Event,
    wanted: (news: NewsOf<Event>) => boolean = () => true
  ): Promise<NewsOf<Event>> {
    return vi.waitFor(() => {
      const found = this.all(event).find(wanted)
      if (found === undefined)
        throw new Error(`${event} has not come: ${JSON.stringify(this.news.slice(-5))}`)
      return found
    }, patience)
  }

  /** Waits until somebody of this name is on the list, and answers with their id. */
  async sees(name: string): Promise<string> {
    return vi.waitFor(() => {
      const peer = this.last('peers')?.peers.find((candidate) => candidate.name === name)
      if (peer === undefined) throw new Error(`${name} is not here: ${JSON.stringify(this.last('peers'))}`)
      return peer.id
    }, patience)
  }

  /** Waits until pictures and sound come, and go on to. Wants `--stats 1`. */
  async mediaArrives(): Promise<void> {
    const { frames: first } = await this.#frames({ audio: 0, video: 0 })
    await this.#frames(first)
  }

  #frames(before: { readonly audio: number; readonly video: number }): Promise<NewsOf<'stats'>> {
    const { length } = this.news
    return vi.waitFor(() => {
      const now = this.news.slice(length).findLast((news) => isNewsOf(news, 'stats'))
      if (now === undefined || !isNewsOf(now, 'stats')) throw new Error('no statistics have come')
      expect(now.frames.video, 'received pictures').toBeGreaterThan(before.video)
      expect(now.frames.audio, 'received packets of sound').toBeGreaterThan(before.audio)
      return now
    }, patience)
  }

  /** What has been told of calls so far, when the next is what is waited for. */
  forget(): void {
    this.news.splice(0, this.news.length, ...this.news.filter(({ event }) => event === 'peers'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.interrupt()
    await this.code
  }
}

/** In the process of the test; `environment` is all that it sees of one. */
export const terminal = (
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {}
): Terminal => {
  const [input, output, errors] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const control = new AbortController()
  const code = runCall(args, {
    stdin: input,
    stdout: output,
    stderr: errors,
    environment,
    interrupted: control.signal
  })
  // What it said last is read a moment later.
  const settled = code.then((value) => new Promise<number>((resolve) => setImmediate(() => resolve(value))))
  return new Terminal({ input, output, errors, code: settled, interrupt: () => control.abort() })
}

const command = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

/** As a process of its own, built. */
export const terminalProcess = (args: readonly string[]): Terminal => {
  const child = spawn(process.execPath, [command, 'call', ...args])
  const code = once(child, 'close').then(([status]) => Number(status))
  const { stdin: input, stdout: output, stderr: errors } = child
  return new Terminal({ input, output, errors, code, interrupt: () => child.kill('SIGINT') })
}
