/** The way into the SDK: from a server's address to a line. */
import { CallError } from './errors.ts'
import { ActiveLine, type LineSurroundings } from './line.ts'
import { type Platform, platformWith } from './platform.ts'
import { ServerConnection } from './server-connection.ts'
import type { SignalingClient, SignalingHandlers } from './signaling.ts'
import { socketUrl } from './socket.ts'
import type { ConnectOptions, Line } from './types.ts'

const aborted = (signal: AbortSignal): CallError =>
  new CallError('aborted', 'The attempt to connect was aborted.', { cause: signal.reason })

const tracing = (to: SignalingClient, trace: ConnectOptions['trace']): SignalingClient =>
  trace === undefined
    ? to
    : {
        send(message) {
          trace({ direction: 'sent', message })
          to.send(message)
        },
        setLively: (lively) => to.setLively(lively),
        close: () => to.close()
      }

/** A line over any way to a server: `open` is given what the line does with what comes. */
export const lineOver = (
  platform: Platform,
  options: ConnectOptions,
  open: (handlers: SignalingHandlers, name: () => string) => SignalingClient
): Promise<Line> => {
  const { iceServers = [], iceTransportPolicy = 'all', media = null, signal } = options
  const { instantAnswer = 'relay', previewCaller = false, trace } = options
  let { name } = options
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted(signal))
    let line: ActiveLine | null = null
    const abort = (): void => {
      if (line !== null) return line.close()
      void connection.close()
      if (signal) reject(aborted(signal))
    }
    const connection = open(
      {
        signedIn(welcome) {
          line = new ActiveLine(around, welcome)
          resolve(line)
        },
        message(message) {
          trace?.({ direction: 'received', message })
          line?.hear(message)
        },
        lost: (error) => line?.lose(error),
        back: () => line?.resume(),
        signedInAnew: (welcome) => line?.startAnew(welcome),
        closed(error) {
          signal?.removeEventListener('abort', abort)
          line?.end(error)
          if (error !== null) reject(error)
        }
      },
      () => name
    )
    const around: LineSurroundings = {
      platform,
      iceServers,
      iceTransportPolicy,
      instantAnswer,
      previewCaller,
      media,
      signaling: tracing(connection, trace),
      rename(next) {
        name = next
      }
    }
    signal?.addEventListener('abort', abort)
  })
}

/** `connect` on a platform of one's own. */
export const connectOn = (platform: Platform, url: string | URL, options: ConnectOptions): Promise<Line> => {
  const { lobby = 'main', size, secret = platform.newSecret() } = options
  return lineOver(
    platform,
    options,
    (handlers, name) =>
      new ServerConnection({
        url: socketUrl(url),
        platform,
        secret,
        signIn: () => ({ type: 'sign-in', name: name(), lobby, size }),
        handlers
      })
  )
}

/**
 * Signs in to the server that serves `url`. Rejects with a `CallError` when it cannot be reached, or
 * refuses; once there is a line, it comes back by itself after every loss.
 *
 * @example
 * const line = await connect('https://calls.example.org', { name: 'Ada' })
 * line.addEventListener('call', ({ detail: { call } }) => call.accept())
 */
export const connect = async (url: string | URL, options: ConnectOptions): Promise<Line> =>
  connectOn(platformWith(options.rtc), url, options)
