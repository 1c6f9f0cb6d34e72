/** The way into the SDK: from a server's address to a line. */
import { CallError } from './errors.ts'
import { ActiveLine } from './line.ts'
import { type Platform, platformWith } from './platform.ts'
import { ServerConnection } from './server-connection.ts'
import type { OpenSignaling } from './signaling.ts'
import { socketUrl } from './socket.ts'
import type { ConnectOptions, Line } from './types.ts'

/** A line over any way to a server. */
export const lineOver = (platform: Platform, options: ConnectOptions, open: OpenSignaling): Promise<Line> =>
  new Promise((resolve, reject) => {
    const { signal } = options
    const giveUp = (): void =>
      reject(new CallError('aborted', 'Connecting was aborted.', { cause: signal?.reason }))
    if (signal?.aborted) return giveUp()
    const line = new ActiveLine(platform, options, open)
    const abort = (): void => {
      line.close()
      giveUp()
    }
    line.addEventListener('state', ({ detail: { state, error } }) => {
      if (state === 'open') resolve(line)
      if (state !== 'closed') return
      signal?.removeEventListener('abort', abort)
      if (error) reject(error)
    })
    signal?.addEventListener('abort', abort)
  })

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
