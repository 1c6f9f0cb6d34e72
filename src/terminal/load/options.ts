/** What a run of load can be told: the flags of `patchcord load`. */
import { parseArgs } from 'node:util'
import * as v from 'valibot'

/** A word that a number is, and its bounds. */
const number = (form: RegExp, due: string, [min, max]: readonly [number, number]) =>
  v.pipe(
    v.string(),
    v.regex(form, due),
    v.transform(Number),
    v.minValue(min, `at least ${min} is due`),
    v.maxValue(max, `at most ${max} is possible`)
  )
const whole = (min: number, max: number) => number(/^\d+$/, 'a whole number is due', [min, max])
const decimal = (min: number, max: number) => number(/^\d+(?:\.\d+)?$/, 'a number is due', [min, max])

const isServer = (url: string): boolean => URL.canParse(url) && /^(?:http|ws)s?:$/.test(new URL(url).protocol)

const address = v.pipe(
  v.string(),
  v.check(isServer, 'the address of a server is due, such as http://localhost:8888')
)

const protocols = ['native', 'peerconnection', 'mdn'] as const
export type Protocol = (typeof protocols)[number]

/** A day: whoever wants more wants no number at all. */
const daySeconds = 86_400

const schema = v.strictObject({
  server: v.optional(address, 'http://localhost:8888'),
  protocol: v.optional(v.picklist(protocols, 'native, peerconnection or mdn is due'), 'native'),
  pairs: v.optional(whole(1, 100_000), '10'),
  rate: v.optional(decimal(0.01, 10_000), '10'),
  talk: v.optional(decimal(0, daySeconds), '5'),
  pause: v.optional(decimal(0, daySeconds), '5'),
  duration: v.optional(decimal(0.1, 30 * daySeconds)),
  calls: v.optional(whole(1, 1_000_000_000)),
  media: v.optional(whole(0, 1_000), '0'),
  mediaRelay: v.optional(v.boolean(), false),
  lobby: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[\w.-]{1,64}$/, '1 to 64 letters, digits, dots, dashes or underscores are due')
    )
  ),
  lobbyPerPair: v.optional(v.boolean(), false),
  json: v.optional(v.pipe(v.string(), v.nonEmpty('the name of a file is due'))),
  seed: v.optional(whole(0, 0xffff_ffff)),
  quiet: v.optional(v.boolean(), false)
})

export type LoadOptions = v.InferOutput<typeof schema>
type Key = keyof LoadOptions

const help: Readonly<Record<Key, string>> = {
  server: 'the server to call on',
  protocol: `what the clients speak: ${protocols.join(', ')}`,
  pairs: 'pairs of clients, of which one calls the other, again and again',
  rate: 'how many of them begin in a second, on average',
  talk: 'seconds from the answer to the hang-up, on average',
  pause: 'seconds from there to the next call, on average',
  duration: 'seconds until the end; 60, unless the number of calls is given',
  calls: 'calls until the end',
  media: 'pairs with sound and pictures, which cost this machine far more',
  mediaRelay: 'sends them through the server’s relay alone',
  lobby: 'where they meet; a lobby of their own, with all of them in it, unless told',
  lobbyPerPair: 'a lobby for each pair, as with links for two: nobody hears of the others',
  json: 'a file for what was measured',
  seed: 'a number: the same one has the same pairs begin and hang up at the same times',
  quiet: 'says nothing before the end'
}

const placeholders: Partial<Record<Key, string>> = {
  server: 'URL',
  protocol: 'NAME',
  pairs: 'N',
  rate: 'N',
  talk: 'SECONDS',
  pause: 'SECONDS',
  duration: 'SECONDS',
  calls: 'N',
  media: 'N',
  lobby: 'NAME',
  json: 'FILE',
  seed: 'N'
}

/** Something that keeps a run from being one; the message says what to do about it. */
export class LoadError extends Error {
  override readonly name = 'LoadError'
}

const keys = v.parse(v.array(v.keyof(schema)), Object.keys(schema.entries))
const flagOf = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
const isSwitch = (key: Key): boolean => placeholders[key] === undefined

const parseFlags = (args: readonly string[]) => {
  const options = Object.fromEntries(
    keys.map((key) => [flagOf(key), { type: isSwitch(key) ? 'boolean' : 'string' } as const])
  )
  const extra = { help: { type: 'boolean', short: 'h' } } as const
  try {
    return parseArgs({ args: [...args], options: { ...options, ...extra }, allowPositionals: true })
  } catch (error) {
    const [problem] = (error instanceof Error ? error.message : String(error)).split(/\.\s/)
    throw new LoadError(`${problem}. See --help.`, { cause: error })
  }
}

/** Throws where flags contradict each other. */
const consistent = (options: LoadOptions): LoadOptions => {
  const { protocol, lobby, lobbyPerPair, media, mediaRelay, pairs } = options
  if (lobby !== undefined && lobbyPerPair) {
    throw new LoadError(
      '--lobby is one lobby for all, and --lobby-per-pair one for each: choose one of them.'
    )
  }
  if (protocol !== 'native' && (lobby !== undefined || lobbyPerPair)) {
    throw new LoadError(
      `--lobby: the protocol ${protocol} has no lobbies; its clients meet in the lobby main.`
    )
  }
  if (protocol !== 'native' && media > 0) {
    throw new LoadError('--media: pairs with media speak the native protocol only.')
  }
  if (media > pairs) throw new LoadError(`--media: there are ${pairs} pairs, so at most ${pairs} have media.`)
  if (mediaRelay && media === 0)
    throw new LoadError('--media-relay: say how many pairs have media, with --media.')
  return options
}

export type LoadCommand = { readonly type: 'load'; readonly options: LoadOptions } | { readonly type: 'help' }

/** Reads a command line, without the word `load`. Throws `LoadError`. */
export const readLoadCommand = (args: readonly string[]): LoadCommand => {
  const { values: parsed, positionals } = parseFlags(args)
  const values: Readonly<Record<string, unknown>> = parsed
  if (values['help'] === true) return { type: 'help' }
  const [word] = positionals
  if (word !== undefined) throw new LoadError(`“${word}” is no flag of load. See --help.`)
  const given = keys.flatMap((key) => {
    const value = values[flagOf(key)]
    return value === undefined ? [] : [[key, value] as const]
  })
  const read = v.safeParse(schema, Object.fromEntries(given))
  if (read.success) return { type: 'load', options: consistent(read.output) }
  const [issue] = read.issues
  throw new LoadError(`--${flagOf(v.getDotPath(issue) ?? '')}: ${issue.message}.`)
}

export const loadUsage = (): string => {
  const defaults = v.getDefaults(schema)
  const lines = keys.map((key) => {
    const { [key]: initial } = defaults
    const flag = `--${flagOf(key)} ${placeholders[key] ?? ''}`
    return `  ${flag.padEnd(24)}${help[key]}${typeof initial === 'string' ? ` (${initial})` : ''}`
  })
  return [
    'patchcord load [flags]: many calls at a time, to see what a server holds.',
    '',
    ...lines,
    '',
    'Ctrl-C ends a run early, with what was measured; once more, and it does not wait for calls to end.',
    'The exit code is 0 when all went well, 1 when there was no run, and 2 when something in it failed.'
  ].join('\n')
}
