/** What a run says to people: a line now and then, and a table at its end. */
import type { Percentiles } from './histogram.ts'
import type { Summary } from './summary.ts'

const whole = (number: number): string => Math.round(number).toLocaleString('en-US')

/** Three digits that say something. */
const short = (number: number): string => {
  if (number >= 100) return whole(number)
  return number.toFixed(number >= 10 ? 1 : 2)
}

const bytes = (count: number): string => {
  if (count < 1e6) return `${short(count / 1e3)} kB`
  return count < 1e9 ? `${short(count / 1e6)} MB` : `${short(count / 1e9)} GB`
}

const duration = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`

/** What there is to say in mid-run. */
export interface Progress {
  readonly seconds: number
  readonly pairs: number
  /** Clients that are signed in. */
  readonly present: number
  readonly callsPerSecond: number
  readonly failed: number
  /** Refusals among them. */
  readonly errors: number
  readonly setUp: Pick<Percentiles, 'count' | 'p50' | 'p99'>
  /** Calls are being ended. */
  readonly ending: boolean
}

export const progressLine = (progress: Progress): string => {
  const { seconds, pairs, present, callsPerSecond, failed, errors, setUp, ending } = progress
  return [
    `${duration(seconds)}${ending ? ' ending' : ''}`,
    `${whole(Math.floor(present / 2))} of ${whole(pairs)} pairs`,
    `${short(callsPerSecond)} calls/s`,
    `${whole(failed)} failed, ${whole(errors)} errors`,
    setUp.count === 0
      ? 'no call answered yet'
      : `set-up p50 ${short(setUp.p50)} ms, p99 ${short(setUp.p99)} ms`
  ].join('  ')
}

const row = (label: string, count: string, cells: readonly string[]): string =>
  `  ${label.padEnd(22)}${count.padStart(11)}${cells.map((cell) => cell.padStart(9)).join('')}`

const line = (label: string, text: string): string => `${label.padEnd(12)}${text}`

const listed = (counts: Readonly<Record<string, number>>): string => {
  const entries = Object.entries(counts).map(([name, count]) => `${whole(count)} ${name}`)
  return entries.length === 0 ? 'none' : entries.join(', ')
}

const latencyRow = (label: string, read: Percentiles | undefined): readonly string[] => {
  if (read === undefined || read.count === 0) return []
  const { count, p50, p90, p95, p99, max } = read
  return [row(label, whole(count), [p50, p90, p95, p99, max].map(short))]
}

const labels: readonly (readonly [name: string, label: string])[] = [
  ['sign-in', 'connect and sign in'],
  ['ringing', 'invite → ringing'],
  ['accept', 'invite → accept'],
  ['first-frame', 'answer → first frames'],
  ['relay', 'one relayed message'],
  ['ended', 'hang-up → ended']
]

const latencyRows = (latencies: Readonly<Record<string, Percentiles>>): readonly string[] =>
  labels.flatMap(([name, label]) => latencyRow(label, latencies[name]))

const mediaLines = ({ media }: Summary): readonly string[] => {
  if (media === null) return []
  const { packetsSent, packetsReceived, packetsLost, bytesSent, bytesReceived } = media
  const due = packetsReceived + packetsLost
  const percent = due === 0 ? 0 : (packetsLost * 100) / due
  return [
    line('media', `sent ${whole(packetsSent)} packets, ${bytes(bytesSent)}`),
    line(
      '',
      `received ${whole(packetsReceived)} packets, ${bytes(bytesReceived)}; lost ${whole(packetsLost)} (${percent.toFixed(2)} %)`
    )
  ]
}

const endings = {
  finished: '',
  interrupted: ', interrupted',
  'nobody-there': ', given up, for nobody could sign in any more'
} as const

/** From where on numbers say as much about this process as about the server. In percent, and in milliseconds. */
const muchBusy = 80
const muchLate = 20

const doubt = ({ self: { busyPercent, lateness } }: Summary): readonly string[] =>
  busyPercent > muchBusy || lateness.p99 > muchLate
    ? [
        '',
        'This process was busy itself: what it measured is in part its own delay. Fewer pairs, or another machine, tell more.'
      ]
    : []

/** With the line break at its end. */
export const table = (summary: Summary): string => {
  const { settings, seconds, why, clients, calls, ends, refusals, errors, signaling, self } = summary
  const { mediaPairs } = settings
  return [
    `${settings.protocol}, ${whole(settings.pairs)} pairs${mediaPairs > 0 ? `, ${whole(mediaPairs)} with media` : ''}, ${settings.server}, ${short(seconds)} s, seed ${settings.seed}${endings[why]}`,
    '',
    line(
      'sign-ins',
      `${whole(clients.signedIn)}, kept out ${whole(clients.keptOut)}, lost ${whole(clients.lost)}`
    ),
    line(
      'calls',
      `begun ${whole(calls.begun)}, answered ${whole(calls.answered)} (${short(calls.answeredPerSecond)}/s), ended well ${whole(calls.well)}, failed ${whole(calls.failed)}, cut off ${whole(calls.cutOff)}`
    ),
    line('ends', listed(ends)),
    line('refusals', listed(refusals)),
    line('errors', listed(errors)),
    line(
      'signaling',
      `sent ${whole(signaling.sentMessages)} messages, ${bytes(signaling.sentBytes)}; received ${whole(signaling.receivedMessages)}, ${bytes(signaling.receivedBytes)}`
    ),
    ...mediaLines(summary),
    '',
    row('milliseconds', 'count', ['p50', 'p90', 'p95', 'p99', 'max']),
    ...latencyRows(summary.latencies),
    ...latencyRow('delay of this process', self.lateness),
    ...(summary.media === null ? [] : ['', '  with media', ...latencyRows(summary.media.latencies)]),
    ...doubt(summary),
    ''
  ].join('\n')
}
