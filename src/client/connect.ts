/** The way into the SDK: from a server's address to a line. */
import { CallError } from './errors.ts'
import { ActiveLine, type LineSurroundings } from './line.ts'
import { type Platform, platformWith } from './platform.ts'
import { ServerConnection } from './server-connection.ts'
import { socketUrl } from './socket.ts'
import type { ConnectOptions, Line } from './types.ts'

const aborted = (signal: AbortSignal): CallError =>
  new CallError('aborted', 'The attempt to connect was aborted.', { cause: signal.reason })

/** `connect` on a platform of one's own. */
export const connectOn = (platform: Platform, url: string | URL, options: ConnectOptions): Promise<Line> => {
  const { lobby = 'main', iceServers = [], iceTransportPolicy = 'all', media = null, signal } = options
  let { name } = options
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted(signal))
    let line: ActiveLine | null = null
    const connection = new ServerConnection({
      url: socketUrl(url),
      platform,
      signIn: () => ({ type: 'sign-in', name, lobby }),
      handlers: {
        message(message) {
          if (line !== null) return line.hear(message)
          if (message.type !== 'welcome') return
          line = new ActiveLine(around, message)
          resolve(line)
        },
        lost(error) {
          if (line !== null) return line.lose(error)
          close()
          reject(error)
        }
      }
    })
    const abort = (): void => {
      if (line !== null) return line.close()
      close()
      if (signal) reject(aborted(signal))
    }
    const close = (): void => {
      signal?.removeEventListener('abort', abort)
      connection.close()
    }
    const around: LineSurroundings = {
      platform,
      iceServers,
      iceTransportPolicy,
      media,
      send: (message) => connection.send(message),
      rename(next) {
        name = next
      },
      close
    }
    signal?.addEventListener('abort', abort)
  })
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
