/** What the command says when the server is ready: where to open it, here and on other devices. */
import { isLoopbackHost } from './network.ts'
import type { Settings } from './settings.ts'

interface Ready {
  readonly url: string
  readonly elsewhere: readonly string[] | null
}

/** One screen has room for so many; people choose the first. */
const maxShown = 4

/** Lines for a person at a terminal. */
export const greeting = (
  { url, elsewhere }: Ready,
  { host, tlsCert }: Pick<Settings, 'host' | 'tlsCert'>
): string => {
  const lines = [`Patchcord is ready: open ${url}`]
  if (elsewhere === null) {
    if (!isLoopbackHost(host)) lines.push('For the camera of other devices, start it with --tls auto.')
  } else if (elsewhere.length > 0) {
    lines.push(`On other devices, open ${elsewhere.slice(0, maxShown).join(' or ')}`)
    if (tlsCert === '') {
      lines.push(
        'Their browsers warn of a certificate that they do not know: tap “Advanced”, then “Proceed” ' +
          '(in Safari “Show Details”, then “visit this website”).'
      )
    }
  }
  return `${lines.join('\n')}\n`
}
