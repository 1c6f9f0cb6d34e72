/** What `patchcord call` can be told on its command line, and by the environment variables of libwebrtc's example. */
import { hostname } from 'node:os'
import { parseArgs } from 'node:util'
import * as v from 'valibot'
import type { VideoCodec } from '../media/frame.ts'

export const whole = (min: number, max: number) =>
  v.pipe(
    v.string(),
    v.regex(/^\d+$/, 'a whole number is due'),
    v.transform(Number),
    v.minValue(min, `at least ${min} is due`),
    v.maxValue(max, `at most ${max} is possible`)
  )

export const flag = v.optional(v.boolean(), false)
export const protocols = ['native', 'peerconnection', 'mdn', 'rooms'] as const
const pictures = ['auto', 'color', '256', 'plain', 'off'] as const
const videoCodecs = ['VP8', 'H264'] as const
const stacks = ['werift', 'wrtc'] as const
const endings = ['hang-up', 'stay', 'loop'] as const
export const oneOf = <const Choice extends string>(choices: readonly Choice[]) =>
  v.picklist(choices, `one of ${choices.join(', ')} is due`)

const size = v.pipe(
  v.string(),
  v.regex(/^\d{2,4}x\d{2,4}$/, 'a size such as 640x360 is due'),
  v.transform((text) => text.split('x').map((side) => Number(side) & ~1)),
  v.transform(([width = 0, height = 0]) => ({ width, height })),
  v.check(({ width, height }) => Math.min(width, height) >= 16, 'at least 16x16 is due')
)

const codecs = v.pipe(
  v.string(),
  v.transform((text) => text.split(',')),
  v.array(oneOf(videoCodecs)),
  v.check((list) => new Set(list).size === list.length, 'each once is due')
)

const schema = v.strictObject({
  server: v.optional(v.string(), 'localhost'),
  port: v.optional(whole(1, 65_535)),
  protocol: v.optional(oneOf(protocols), 'native'),
  name: v.optional(
    v.pipe(v.string(), v.minLength(1, 'a name is due'), v.maxLength(64, 'at most 64 characters'))
  ),
  lobby: v.optional(v.string(), 'main'),
  autoconnect: flag,
  autocall: flag,
  'auto-answer': flag,
  loopback: flag,
  source: v.optional(v.string(), 'pattern'),
  size: v.optional(size, '640x360'),
  fps: v.optional(whole(1, 60), '15'),
  stack: v.optional(oneOf(stacks), 'werift'),
  codecs: v.optional(codecs),
  'at-end': v.optional(oneOf(endings), 'hang-up'),
  record: v.optional(v.string()),
  frames: v.optional(v.string()),
  stats: v.optional(whole(0, 3_600), '0'),
  ice: v.optional(oneOf(['all', 'relay']), 'all'),
  picture: v.optional(oneOf(pictures), 'auto'),
  headless: flag,
  trace: flag,
  calls: v.optional(whole(1, 1_000_000)),
  duration: v.optional(whole(1, 86_400)),
  help: flag
})

export type CallOptions = Omit<v.InferOutput<typeof schema>, 'name' | 'port' | 'codecs'> & {
  readonly peer: string | null
  readonly name: string
  readonly port: number
  /** The first choice first. */
  readonly codecs: readonly VideoCodec[]
  /** Those of the environment, in place of the example's own default. */
  readonly iceServers: readonly RTCIceServer[]
}

type Environment = Readonly<Record<string, string | undefined>>

export const flags = Object.keys(schema.entries)
const isSwitch = (name: string): boolean =>
  ['autoconnect', 'autocall', 'auto-answer', 'loopback', 'headless', 'trace', 'help'].includes(name)

/** As the example does: whoever is signed in here, at this host. */
const ownName = ({ USERNAME, USER }: Environment): string =>
  `${USERNAME || USER || 'user'}@${hostname() || 'host'}`

/** `WEBRTC_CONNECT` and its companions. */
const iceServersOf = ({
  WEBRTC_CONNECT: urls,
  WEBRTC_TURN_USER: username = '',
  WEBRTC_TURN_PASSWORD: credential = ''
}: Environment): readonly RTCIceServer[] => (urls ? [{ urls, username, credential }] : [])

/** Whatever was typed, it takes one line to tell of it. */
const usageError = (sentence: string): Error => new Error(sentence.replaceAll(/[\p{C}\p{Z}]+/gu, ' '))

/** Node's own words for it are several sentences, and not meant for whoever has mistyped something. */
const unparsable = (error: unknown): Error => {
  const text = error instanceof Error ? error.message : String(error)
  const name = /'(?<name>-[^\s'=]*)/.exec(text)?.groups?.['name'] ?? ''
  if (text.startsWith('Unknown option')) return usageError(`${name}: there is no such option, see --help.`)
  if (text.includes('does not take')) return usageError(`${name}: no value is due.`)
  const isDashed = text.includes('ambiguous')
  return usageError(
    `${name}: a value is due${isDashed ? `, or ${name}=VALUE if it begins with a dash` : ''}.`
  )
}

const parse = (args: readonly string[]) => {
  const options = Object.fromEntries(
    flags.map((name) => [name, { type: isSwitch(name) ? 'boolean' : 'string' } as const])
  )
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    throw unparsable(error)
  }
}

/** What makes sense alone and not together. */
const checkTogether = (
  {
    loopback,
    headless,
    frames,
    autocall,
    server,
    port,
    source,
    stack,
    ...rest
  }: v.InferOutput<typeof schema>,
  positionals: readonly string[]
): void => {
  if (loopback && (positionals.length > 0 || autocall))
    throw new Error('--loopback calls itself, so there is nobody else to call.')
  if (frames === '-' && !headless) throw new Error('--frames - writes lines of JSON: add --headless.')
  if (port !== undefined && server.includes('://'))
    throw new Error('--server is a whole URL, so its port belongs there, and --port has no say.')
  if (source === '-' && rest['at-end'] === 'loop')
    throw new Error('--at-end loop: what has come through a pipe does not come again.')
  if (stack === 'wrtc' && rest.codecs !== undefined)
    throw new Error('--codecs goes with --stack werift: wrtc chooses for itself.')
}

/** Throws an `Error` with a sentence about what makes no sense. */
export const readOptions = (args: readonly string[], environment: Environment): CallOptions => {
  const { values, positionals } = parse(args)
  if (positionals.length > 1)
    throw usageError(`One peer can be called at a time, not ${positionals.join(' and ')}.`)
  const parsed = v.safeParse(schema, values)
  if (!parsed.success) {
    const [{ message, path }] = parsed.issues
    const name = flags.find((flag) => flag === path?.[0]?.key) ?? ''
    throw usageError(`--${name} ${String(values[name])}: ${message}.`)
  }
  const { name, port, codecs, ...rest } = parsed.output
  checkTogether(parsed.output, positionals)
  return {
    ...rest,
    peer: positionals[0] ?? null,
    name: name ?? ownName(environment),
    port: port ?? 8888,
    codecs: codecs ?? videoCodecs,
    iceServers: iceServersOf(environment)
  }
}
