/**
 * What the server can be told: the same names as flags (`--ring-ms 30000`), as environment variables
 * (`PATCHCORD_RING_MS`) and as keys of a JSON file (`--config FILE`, `"ringMs": 30000`). A flag beats
 * a variable, a variable beats the file.
 */
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { parseArgs } from 'node:util'
import * as v from 'valibot'
import { isTurnUrl } from './external-turn.ts'
import { reachOf } from './public-address.ts'

const whole = (min: number, max: number) =>
  v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number))], 'a whole number is due'),
    v.integer('a whole number is due'),
    v.minValue(min, `at least ${min} is due`),
    v.maxValue(max, `at most ${max} is possible`)
  )
const count = (min: number, max: number, initial: number) => v.optional(whole(min, max), initial)

/** Several of a kind, or a line with commas between them. */
const texts = v.union([
  v.array(v.union([v.string(), v.number()])),
  v.pipe(
    v.string(),
    v.transform((line) => line.split(','))
  )
])

/** As a browser spells it, or it would match none. */
const origin = v.pipe(
  v.string('an origin is due'),
  v.regex(
    /^(?:\*|null|[a-z][a-z\d+.-]*:\/\/[^/?#@\s]+)$/,
    'an origin is due: *, null, or scheme://host[:port], such as https://calls.example'
  )
)

const turnUrls = v.pipe(
  v.array(
    v.pipe(
      v.string('a TURN URL is due'),
      v.check(isTurnUrl, 'a TURN URL is due, such as turn:turn.example:3478?transport=udp')
    )
  ),
  v.maxLength(8, 'at most 8 are possible')
)

const publicIps = v.pipe(
  v.array(
    v.pipe(
      v.string('an address is due'),
      v.check(
        (address) => reachOf(address) !== 'none',
        'an IPv4 or IPv6 address is due at which others reach this machine'
      )
    )
  ),
  v.check(
    (addresses) => new Set(addresses.map(isIP)).size === addresses.length,
    'one IPv4 and one IPv6 address are possible'
  )
)

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const

const schema = v.strictObject({
  port: count(0, 65_535, 8_888),
  host: v.optional(v.string(), ''),
  also: v.pipe(v.optional(texts, []), v.array(whole(1, 65_535))),
  static: v.optional(v.string(), ''),
  tls: v.optional(v.picklist(['off', 'auto'], 'off or auto is due'), 'off'),
  tlsCert: v.optional(v.string(), ''),
  tlsKey: v.optional(v.string(), ''),
  stateDir: v.optional(v.string(), ''),
  allowOrigin: v.pipe(v.optional(texts, []), v.array(origin)),
  logLevel: v.optional(v.picklist(levels, `one of ${levels.join(', ')} is due`), 'warn'),
  relay: v.optional(v.picklist(['auto', 'on', 'off'], 'auto, on or off is due'), 'auto'),
  relayUdp: v.optional(v.picklist(['auto', 'mmsg', 'dgram'], 'auto, mmsg or dgram is due'), 'auto'),
  relayAllocations: count(1, 1_000_000, 50_000),
  relayAllocationsPerAddress: count(1, 1_000_000, 1_000),
  relayCallBytesPerSecond: count(1_000, 1_000_000_000, 5_000_000),
  relayAddressBytesPerSecond: count(1_000, 1_000_000_000_000, 100_000_000),
  turnUrl: v.pipe(v.optional(texts, []), turnUrls),
  // Valibot's own sentence would name what it has found.
  turnSecret: v.optional(v.string('a text is due'), ''),
  publicIp: v.pipe(v.optional(texts, []), publicIps),
  ringMs: count(1_000, 600_000, 45_000),
  lobbySize: count(2, 1_000_000, 25_000),
  rosterSize: count(1, 100_000, 1_000),
  maxConnections: count(1, 10_000_000, 100_000),
  maxConnectionsPerAddress: count(1, 10_000_000, 1_000),
  messageBurst: count(10, 10_000_000, 500),
  messagesPerSecond: count(1, 10_000_000, 100),
  maxFrameBytes: count(16_384, 16_777_216, 262_144),
  maxQueuedBytes: count(65_536, 1_073_741_824, 4_194_304),
  headerMs: count(100, 600_000, 10_000),
  waitGraceMs: count(1_000, 600_000, 30_000),
  resumeMs: count(0, 600_000, 60_000),
  pingMs: count(100, 600_000, 20_000)
})

export type Settings = v.InferOutput<typeof schema>

const help: Readonly<Record<keyof Settings, string>> = {
  port: 'the one port of everything; 0 for any that is free',
  host: 'the address to listen on; all of this machine unless told',
  also: 'a further port with the same on it, such as the 6503 of MDN’s sample; the relay’s UDP is on the main port alone; may be repeated',
  static: 'a folder of your own pages, served from the same origin',
  tls: 'off, or auto: https on the same port, with a certificate that the server makes for this machine',
  tlsCert: 'https on the same port: the certificate and its chain, a PEM file; read anew when it changes',
  tlsKey: 'the private key of --tls-cert, a PEM file',
  stateDir: 'where the certificate of --tls auto is kept; ~/.local/state/patchcord unless told',
  allowOrigin:
    'an origin whose pages may connect, or * for all; pages of the same host always may; may be repeated',
  logLevel: levels.join(', '),
  relay:
    'on, off, or auto, which is on unless there is a --turn-url: a STUN and TURN server for the calls of this server, on the same port',
  relayUdp:
    'mmsg: many datagrams at a time, in a thread of its own, on Linux; dgram: one at a time; or auto, the first that is possible',
  relayAllocations: 'relayed addresses in all',
  relayAllocationsPerAddress: 'relayed addresses for the clients of one address',
  relayCallBytesPerSecond: 'what the relay passes on for one call; a packet counts for at least 100',
  relayAddressBytesPerSecond: 'what the relay passes on for the clients of one address',
  turnUrl:
    'another TURN server, such as turn:turn.example:3478?transport=udp, for which credentials are handed out; may be repeated',
  turnSecret:
    'the secret that it makes credentials with, too; a flag can be seen by others on this machine, PATCHCORD_TURN_SECRET cannot',
  publicIp:
    'an address at which others reach this machine behind a NAT or a proxy; only one that it has itself is found, for no service is asked; may be repeated',
  ringMs: 'how long a callee rings',
  lobbySize: 'peers in a lobby',
  rosterSize: 'peers that a roster names, the newest',
  maxConnections: 'connections in all',
  maxConnectionsPerAddress: 'connections from one address, loopback excepted',
  messageBurst: 'messages a client may send at once',
  messagesPerSecond: 'and how many a second from then on',
  maxFrameBytes: 'the largest message of a client',
  maxQueuedBytes: 'what may wait for a slow reader before it is closed',
  headerMs: 'how long a connection may be silent, or take for TLS, and then for the head of an HTTP request',
  waitGraceMs: 'how long a hanging-GET client may be without a /wait',
  resumeMs: 'how long a native client that has lost its connection may take to come back to its call',
  pingMs: 'how often a WebSocket is pinged; silent for one more such time, it is closed'
}

/** Something in the settings that its user has to change; the message says what. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

const keys = v.parse(v.array(v.keyof(schema)), Object.keys(schema.entries))
const flagOf = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
const variableOf = (key: string): string => `PATCHCORD_${flagOf(key).replaceAll('-', '_').toUpperCase()}`
const isRepeatable = (key: string): boolean => ['also', 'allowOrigin', 'turnUrl', 'publicIp'].includes(key)

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const parseFlags = (args: readonly string[]) => {
  const options = Object.fromEntries(
    keys.map((key) => [flagOf(key), { type: 'string', multiple: isRepeatable(key) } as const])
  )
  const extra = {
    config: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean' }
  } as const
  try {
    return parseArgs({ args: [...args], options: { ...options, ...extra }, allowPositionals: true })
  } catch (error) {
    const [problem] = messageOf(error).split(/\.\s/)
    throw new SettingsError(`${problem}. See --help.`, { cause: error })
  }
}

const configFile = v.pipe(
  v.unknown(),
  v.check((content) => !Array.isArray(content), 'a list is no object'),
  v.record(v.string(), v.unknown())
)

const readConfig = (file: string): Record<string, unknown> => {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return v.parse(configFile, content)
  } catch (error) {
    throw new SettingsError(`The settings file ${file} cannot be used: ${messageOf(error)}`, { cause: error })
  }
}

/** Throws where one setting is nothing without another. */
const complete = (settings: Settings): Settings => {
  if (settings.turnUrl.length > 0 === (settings.turnSecret !== '')) return settings
  throw new SettingsError(
    settings.turnSecret === ''
      ? '--turn-url needs the secret of that server: set PATCHCORD_TURN_SECRET.'
      : '--turn-secret is for another TURN server: say which with --turn-url.'
  )
}

/** Fills in what is not given. Throws `SettingsError` with the name of what is wrong. */
export const settingsFrom = (given: Readonly<Record<string, unknown>>): Settings => {
  const parsed = v.safeParse(schema, given)
  if (parsed.success) return complete(parsed.output)
  const [issue] = parsed.issues
  const [key = ''] = (v.getDotPath(issue) ?? '').split('.')
  throw new SettingsError(
    key in schema.entries ? `--${flagOf(key)}: ${issue.message}.` : `There is no setting of the name ${key}.`
  )
}

export type Command =
  | { readonly type: 'serve'; readonly settings: Settings }
  | { readonly type: 'help' }
  | { readonly type: 'version' }

/** Reads a command line and an environment. Throws `SettingsError`. */
export const readCommand = (args: readonly string[], env: NodeJS.ProcessEnv): Command => {
  const { values: parsed, positionals } = parseFlags(args)
  const values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>> = parsed
  if (values['help'] === true) return { type: 'help' }
  if (values.version === true) return { type: 'version' }
  const [command = 'serve', ...rest] = positionals
  if (command !== 'serve' || rest.length > 0) {
    throw new SettingsError(`There is no command “${positionals.join(' ')}”. See --help.`)
  }
  const flags = keys.flatMap((key) => {
    const value = values[flagOf(key)] ?? env[variableOf(key)]
    return value === undefined ? [] : [[key, Array.isArray(value) ? value.join(',') : value] as const]
  })
  const config = typeof values.config === 'string' ? readConfig(values.config) : {}
  return { type: 'serve', settings: settingsFrom({ ...config, ...Object.fromEntries(flags) }) }
}

export const usage = (): string => {
  const defaults = v.getDefaults(schema)
  const lines = keys.map((key) => {
    const initial = defaults[key]
    const note =
      initial === undefined || initial === '' || Array.isArray(initial) ? '' : ` (${String(initial)})`
    return `  --${flagOf(key).padEnd(32)}${help[key]}${note}`
  })
  return [
    'patchcord [serve] [flags]: 1:1 video calls from any WebRTC client to any other, on one port.',
    'patchcord call [PEER]: a call from this terminal. See patchcord call --help.',
    'patchcord load: many calls, to see what a server takes. See patchcord load --help.',
    '',
    ...lines,
    `  --${'config FILE'.padEnd(32)}a JSON file with the same names, as in "ringMs"`,
    `  --${'version'.padEnd(32)}the version`,
    '',
    'Each flag can also be an environment variable: PATCHCORD_RING_MS for --ring-ms.'
  ].join('\n')
}
