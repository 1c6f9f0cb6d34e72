/** What a run says to people at its end. */
import type { Percentiles } from './histogram.ts'
import { bytes, short, whole } from './numbers.ts'
import type { Summary } from './summary.ts'

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
  ['sign-in', 'due → signed in'],
  ['wait', 'due → a pair is free'],
  ['ringing', 'due → ringing'],
  ['accept', 'due → accepted'],
  ['first-frame', 'answer → first frames'],
  ['relay', 'one relayed message'],
  ['ended', 'hang-up → ended']
]

const latencyRows = (latencies: Readonly<Record<string, Percentiles>>): readonly string[] =>
  labels.flatMap(([name, label]) => latencyRow(label, latencies[name]))

/** Pairs with media are not counted in it, for the SDK does not say. */
const signalingLines = ({ signaling }: Summary): readonly string[] => {
  const { sentMessages, sentBytes, receivedMessages, receivedBytes } = signaling
  if (sentMessages === 0) return []
  return [
    line(
      'signaling',
      `sent ${whole(sentMessages)} messages, ${bytes(sentBytes)}; received ${whole(receivedMessages)}, ${bytes(receivedBytes)}`
    )
  ]
}

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
  finished: [],
  interrupted: ['It was interrupted.'],
  'nobody-there': ['It was given up, for nobody could sign in any more.']
} as const

/** From where on numbers say as much about this process as about the server. In percent, and in milliseconds. */
const muchBusy = 80
const muchLate = 20

const doubt = ({ self: { busyPercent, latenessMs } }: Summary): readonly string[] =>
  busyPercent > muchBusy || latenessMs.p99 > muchLate
    ? [
        '',
        'This process was busy itself: what it measured is in part its own delay.',
        'Fewer calls, or another machine, tell more.'
      ]
    : []

const heading = ({ settings, callingSeconds, why }: Summary): readonly string[] => {
  const { server, protocol, pairs, mediaPairs, callsPerSecond, talkSeconds } = settings
  const media = mediaPairs > 0 ? ` (${whole(mediaPairs)} with media)` : ''
  return [
    `${protocol} at ${server}: ${whole(pairs)} pairs${media}, ${callsPerSecond} calls/s of ${talkSeconds} s due for ${short(callingSeconds)} s`,
    ...endings[why]
  ]
}

/** With the line break at its end. */
export const table = (summary: Summary): string => {
  const { clients, calls, ends, refusals, errors, self } = summary
  return [
    ...heading(summary),
    '',
    line(
      'sign-ins',
      `${whole(clients.signedIn)}, kept out ${whole(clients.keptOut)}, lost ${whole(clients.lost)}`
    ),
    line(
      'calls',
      `begun ${whole(calls.begun)}, missed ${whole(calls.missed)}, answered ${whole(calls.answered)} (${short(calls.answeredPerSecond)}/s)`
    ),
    line(
      '',
      `ended well ${whole(calls.well)}, failed ${whole(calls.failed)}, cut off ${whole(calls.cutOff)}`
    ),
    line('ends', listed(ends)),
    line('refusals', listed(refusals)),
    line('errors', listed(errors)),
    ...signalingLines(summary),
    ...mediaLines(summary),
    '',
    row('milliseconds', 'count', ['p50', 'p90', 'p95', 'p99', 'max']),
    ...latencyRows(summary.latenciesMs),
    ...latencyRow('delay of this process', self.latenessMs),
    ...(summary.media === null ? [] : ['', '  with media', ...latencyRows(summary.media.latenciesMs)]),
    ...doubt(summary),
    ''
  ].join('\n')
}
