/** What a run of load can be told: the flags of `patchcord load`. */
import { parseArgs } from 'node:util'
import * as v from 'valibot'
import { flag, oneOf, protocols, whole } from '../options.ts'

const decimal = (min: number, max: number) =>
  v.pipe(
    v.string(),
    v.regex(/^\d+(?:\.\d+)?$/, 'a number is due'),
    v.transform(Number),
    v.minValue(min, `at least ${min} is due`),
    v.maxValue(max, `at most ${max} is possible`)
  )

const isServer = (server: string): boolean =>
  /^(?:http|ws)s?:\/\//.test(server) ? URL.canParse(server) : /^(?:[\w.-]+|\[[\da-f:.]+\])$/i.test(server)

const daySeconds = 86_400

const schema = v.strictObject({
  server: v.optional(
    v.pipe(v.string(), v.check(isServer, 'a host is due, or an address such as https://calls.example.org')),
    'localhost'
  ),
  port: v.optional(whole(1, 65_535)),
  protocol: v.optional(oneOf(protocols), 'native'),
  pairs: v.optional(whole(1, 100_000), '10'),
  rate: v.optional(decimal(0.001, 100_000)),
  talk: v.optional(decimal(0, daySeconds), '5'),
  'sign-ins': v.optional(decimal(0.01, 100_000), '100'),
  duration: v.optional(decimal(0.1, 30 * daySeconds)),
  calls: v.optional(whole(1, 1_000_000_000)),
  media: v.optional(whole(0, 1_000), '0'),
  'media-relay': flag,
  lobby: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[\w.-]{1,64}$/, '1 to 64 letters, digits, dots, dashes or underscores are due')
    )
  ),
  'lobby-per-pair': flag,
  json: v.optional(v.pipe(v.string(), v.nonEmpty('the name of a file is due'))),
  quiet: flag,
  help: flag
})

type Flags = v.InferOutput<typeof schema>
type Name = keyof Flags

/** `rate`: as many calls a second as keep half of the pairs busy, unless told. */
export type LoadOptions = Flags & { readonly url: string; readonly rate: number }

/** Something that keeps a run from being one, or from being told of; the message says what to do about it. */
export class LoadError extends Error {
  override readonly name = 'LoadError'
}

const names = v.parse(v.array(v.keyof(schema)), Object.keys(schema.entries))
const switches = new Set<Name>(['media-relay', 'lobby-per-pair', 'quiet', 'help'])

/** What a pair needs for a call besides talking, at the least. */
const setUpSeconds = 0.1

/** A call may take half as long again as the average. */
const rateOf = ({ rate, pairs, talk }: Flags): number => {
  if (rate === undefined) return Number((pairs / 2 / (talk + setUpSeconds)).toPrecision(2))
  const needed = Math.ceil(rate * (1.5 * talk + setUpSeconds))
  if (needed <= pairs) return rate
  throw new LoadError(
    `--rate ${rate}: so many calls a second, of ${talk} seconds each, need ${needed} pairs, and there are ${pairs}.`
  )
}

const urlOf = ({ server, port }: Flags): string => {
  if (!server.includes('://')) return `http://${server}:${port ?? 8888}`
  if (port === undefined) return server
  throw new LoadError(`--port ${port}: write it into the address, as in http://localhost:${port}.`)
}

/** Throws where flags contradict each other. */
const insistOnConsistency = (flags: Flags): void => {
  const { protocol, lobby, media, pairs } = flags
  const isApart = flags['lobby-per-pair']
  if (lobby !== undefined && isApart) {
    throw new LoadError(
      '--lobby is one lobby for all, and --lobby-per-pair one for each: choose one of them.'
    )
  }
  if (protocol !== 'native' && (lobby !== undefined || isApart)) {
    const where = protocol === 'rooms' ? 'each pair has a room of its own' : 'all meet in the lobby main'
    throw new LoadError(`--lobby: the protocol ${protocol} knows no lobbies; ${where}.`)
  }
  if (protocol !== 'native' && media > 0)
    throw new LoadError(`--media ${media}: pairs with media speak the native protocol only.`)
  if (media > pairs)
    throw new LoadError(`--media ${media}: there are ${pairs} pairs, and no more can have media.`)
  if (flags['media-relay'] && media === 0)
    throw new LoadError('--media-relay: say how many pairs have media, with --media.')
}

const parseFlags = (args: readonly string[]): object => {
  const options = Object.fromEntries(
    names.map((name) => [name, { type: switches.has(name) ? 'boolean' : 'string' } as const])
  )
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values
  } catch (error) {
    const [problem] = (error instanceof Error ? error.message : String(error)).split(/\.\s/)
    throw new LoadError(`${problem?.replace(/\.$/, '')}. See --help.`, { cause: error })
  }
}

/** Reads a command line, without the word `load`; `help` counts before all else. Throws `LoadError`. */
export const readLoadOptions = (args: readonly string[]): LoadOptions | 'help' => {
  const values = parseFlags(args)
  if ('help' in values) return 'help'
  const parsed = v.safeParse(schema, values)
  if (!parsed.success) {
    const [issue] = parsed.issues
    const name = v.getDotPath(issue) ?? ''
    throw new LoadError(`--${name} ${String(Reflect.get(values, name))}: ${issue.message}.`)
  }
  insistOnConsistency(parsed.output)
  return { ...parsed.output, url: urlOf(parsed.output), rate: rateOf(parsed.output) }
}

const help: Readonly<Record<Name, string>> = {
  server: 'HOST or URL: the server to call on',
  port: 'N: its port, where that is not in the URL',
  protocol: `NAME: what the clients speak: ${protocols.join(', ')}`,
  pairs: 'N: pairs of clients, of which one calls the other, again and again',
  rate: 'N: calls that are due in a second; as many as keep half of the pairs busy',
  talk: 'SECONDS: from the answer to the hang-up, on average',
  'sign-ins': 'N: clients that sign in in a second, before the first call',
  duration: 'SECONDS: from the first call to the end; 60, unless the calls are counted',
  calls: 'N: calls until the end',
  media: 'N: pairs with sound and picture, which cost this machine far more',
  'media-relay': 'sends them through the server’s relay alone',
  lobby: 'NAME: where they meet; a lobby of their own, with all of them in it, unless told',
  'lobby-per-pair': 'a lobby for each pair, as with links for two: nobody hears of the others',
  json: 'FILE: where to write what was measured',
  quiet: 'says nothing before the end',
  help: 'this text'
}

export const loadHelp = (): string => {
  const defaults = v.getDefaults(schema)
  const lines = names.map((name) => {
    const { [name]: initial } = defaults
    return `  --${name.padEnd(16)}${help[name]}${typeof initial === 'string' && initial !== '0' ? ` (${initial})` : ''}`
  })
  return [
    'patchcord load [options]',
    '',
    'Many calls at a time, to see what a server holds.',
    '',
    ...lines,
    '',
    'Ctrl-C ends a run early, with what was measured.',
    ''
  ].join('\n')
}
