/** A party of another make, at a server: aiortc over the hanging GET, in a process of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { expect, vi } from 'vitest'
import { findAiortc } from '../../scripts/lib/aiortc.js'

const script = fileURLToPath(new URL('aiortc-peer.py', import.meta.url))

const counts = v.object({ audio: v.number(), video: v.number() })

const news = v.variant('event', [
  v.object({ event: v.literal('signed-in'), id: v.number() }),
  v.object({ event: v.literal('peers'), peers: v.array(v.string()) }),
  v.object({ event: v.literal('call'), direction: v.picklist(['incoming', 'outgoing']), peer: v.string() }),
  v.object({ event: v.literal('state'), state: v.string() }),
  v.object({ event: v.literal('frames'), ...counts.entries, size: v.nullable(v.array(v.number())) }),
  v.object({ event: v.literal('ended'), peer: v.nullable(v.string()), frames: counts })
])

type News = v.InferOutput<typeof news>
type NewsOf<Event extends News['event']> = Extract<News, { event: Event }>

const isNewsOf = <Event extends News['event']>(told: News, event: Event): told is NewsOf<Event> =>
  told.event === event

const isEnough = ({ audio, video }: v.InferOutput<typeof counts>): boolean => audio >= 20 && video >= 10

const patience = { timeout: 20_000, interval: 50 }

export interface AiortcPeer extends AsyncDisposable {
  call(name: string): void
  hangUp(): void
  /** Waits for news that has come since the last `forget`. */
  hears<Event extends News['event']>(
    event: Event,
    wanted?: (told: NewsOf<Event>) => boolean
  ): Promise<NewsOf<Event>>
  forget(): void
  /** Waits until it has decoded pictures of this size, and sound. */
  mediaArrives(size: readonly [width: number, height: number]): Promise<void>
}

export const startAiortc = async (server: { readonly url: string }, name: string): Promise<AiortcPeer> => {
  const python = findAiortc()
  if (python === undefined) {
    throw new Error('There is no aiortc: `npm test` installs it where it can, as Debian’s python3-aiortc.')
  }
  const child = spawn(python, [script, '--port', new URL(server.url).port, '--name', name])
  const exited = once(child, 'exit')
  const told: News[] = []
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  createInterface({ input: child.stdout }).on('line', (line) =>
    told.push(v.parse(v.pipe(v.string(), v.parseJson(), news), line))
  )
  const wish = (wished: object): void => void child.stdin.write(`${JSON.stringify(wished)}\n`)
  const hears: AiortcPeer['hears'] = (event, wanted = () => true) =>
    vi.waitFor(() => {
      const found = told.filter((one) => isNewsOf(one, event)).find(wanted)
      if (found === undefined) throw new Error(`${event}: ${JSON.stringify(told.slice(-5))} ${complaints}`)
      return found
    }, patience)
  await hears('signed-in')
  return {
    call: (peer) => wish({ do: 'call', peer }),
    hangUp: () => wish({ do: 'hang-up' }),
    hears,
    forget: () => void told.splice(0, told.length, ...told.filter(({ event }) => event === 'peers')),
    async mediaArrives(size) {
      const { size: seen } = await hears('frames', (frames) => isEnough(frames) && frames.size !== null)
      expect(seen).toEqual(size)
    },
    async [Symbol.asyncDispose]() {
      wish({ do: 'quit' })
      const timer = setTimeout(() => child.kill('SIGKILL'), 30_000)
      const [code] = await exited
      clearTimeout(timer)
      expect(code, complaints).toBe(0)
    }
  }
}
