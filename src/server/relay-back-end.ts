/**
 * Which of the ways to run a relay is taken: a thread of its own with many datagrams to each call of the
 * system, where there is that, and else Node's own sockets.
 */
import type { Logger } from 'pino'
import { relayApart } from './mmsg/relay-apart.ts'
import { type RelayRunner, type RunnerOptions, relayHere } from './relay-runner.ts'
import { SettingsError } from './settings.ts'

export type RelayUdp = 'auto' | 'mmsg' | 'dgram'

interface Wanted {
  readonly relayUdp: RelayUdp
  readonly log: Logger
  /** The thread's program, unless it is the built server's. */
  readonly worker?: URL
}

/** Of an error that lists on further lines where it has looked. */
const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n', 1).join('')

/** Throws a `SettingsError` when what is wanted cannot be had. */
export const relayRunner = (options: RunnerOptions, { relayUdp, log, worker }: Wanted): RelayRunner => {
  if (relayUdp === 'dgram') return relayHere(options)
  try {
    return relayApart(options, worker)
  } catch (error) {
    const reason = reasonOf(error)
    if (relayUdp === 'mmsg')
      throw new SettingsError(`--relay-udp mmsg is not possible here: ${reason}.`, { cause: error })
    log.info({ reason }, 'the relay takes one datagram at a time: its faster way is not possible here')
    return relayHere(options)
  }
}
