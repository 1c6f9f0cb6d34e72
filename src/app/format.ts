/** How names, times and places are written on the page. */

const two = (n: number): string => String(n).padStart(2, '0')

/** `0:07`, `12:34`, `1:02:03`. */
export const clock = (ms: number): string => {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

/** `0 B`, `12 kB`, `3.4 MB`. */
export const bytesIn = (size: number): string => {
  const step = size < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(size) / 3))
  const amount = size / 1000 ** step
  return `${step > 0 && amount < 10 ? amount.toFixed(1) : Math.floor(amount)} ${['B', 'kB', 'MB', 'GB'][step]}`
}

export const timeOfDay = (at: number, language: string): string =>
  new Intl.DateTimeFormat(language, { hour: 'numeric', minute: '2-digit' }).format(at)

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

const lettersOf = (word: string): string[] => Array.from(graphemes.segment(word), ({ segment }) => segment)

/** What stands in a picture's place: `Ada Lovelace` gives `AL`, `김민수` gives `민수`, `🦊 Rey` gives `🦊`. */
export const initials = (name: string): string => {
  const words = name.trim().split(/\s+/)
  const letters = lettersOf(words[0] ?? '')
  const [first = '?'] = letters
  // A Korean name is its family name and a given name of mostly two syllables, which friends go by.
  if (words.length === 1 && /^\p{Script=Hangul}{2,4}$/u.test(name.trim())) return letters.slice(-2).join('')
  if (words.length === 1 || !/^\p{L}/u.test(first)) return first.toLocaleUpperCase()
  return (first + (lettersOf(words.at(-1) ?? '')[0] ?? '')).toLocaleUpperCase()
}

/** What one sees of a name: without spaces, and what takes no room. */
const visible = (name: string): string =>
  name.normalize('NFC').replace(/[\s\p{C}\p{Default_Ignorable_Code_Point}]/gu, '')

/** True when the name that was given is the one that was asked for with a number behind it: that one was taken. */
export const isNumbered = (asked: string, given: string): boolean => {
  const [wanted, got] = [visible(asked), visible(given)]
  return got.startsWith(wanted) && /^\d+$/.test(got.slice(wanted.length))
}

/** The same number for the same name, so that a face keeps its color. */
export const tint = (name: string): number => {
  let sum = 7
  for (const unit of name) sum = (sum * 31 + (unit.codePointAt(0) ?? 0)) % 9973
  return sum % 6
}

/** Where the address of the page leads: to a lobby, or to a link that two share and on which they call by themselves. */
export interface Place {
  readonly lobby: string
  readonly isLink: boolean
}

/** `/l/NAME` is a link for two, `/?lobby=NAME` a lobby, and everything else the main one. */
export const placeOf = ({ pathname, search }: Pick<Location, 'pathname' | 'search'>): Place => {
  const name = /^\/l\/([^/]+)\/?$/.exec(pathname)?.[1]
  if (name === undefined) return { lobby: new URLSearchParams(search).get('lobby') || 'main', isLink: false }
  const lobby = decoded(name)
  return { lobby, isLink: lobby !== 'main' }
}

const decoded = (name: string): string => {
  try {
    return decodeURIComponent(name)
  } catch {
    // Not a proper escape: the server will say what is wrong with the name as it stands.
    return name
  }
}

/** The path of a place, from whose address it is read. */
export const pathOf = ({ lobby, isLink }: Place): string => {
  if (lobby === 'main') return '/'
  return `${isLink ? '/l/' : '/?lobby='}${encodeURIComponent(lobby)}`
}

/** A name for a link that nobody guesses; wants 16 random bytes. */
export const linkName = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
