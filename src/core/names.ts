/**
 * Names of peers and lobbies as everybody may see them: cleaned of what could deceive or break a
 * display, and unique among those present.
 */

const maxNameLength = 64

/** Control characters, line breaks, and marks that turn the reading direction or hide themselves. */
const invisible = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u200b\u2060\ufeff]/gu

/** `guest` when nothing is left of it. */
export const cleanName = (asked: string): string => {
  const visible = asked.normalize('NFC').replace(invisible, '').replace(/\s+/g, ' ').trim()
  const cut = Array.from(visible).slice(0, maxNameLength).join('').trim()
  return cut === '' ? 'guest' : cut
}

/**
 * The name itself, or with a number behind it that makes it free: `alice`, `alice1`, … A gap is found
 * by doubling and halving, so that ten thousand of one name cost no more than a few looks each.
 */
export const freeName = (name: string, isTaken: (name: string) => boolean): string => {
  if (!isTaken(name)) return name
  let taken = 0
  let free = 1
  while (isTaken(`${name}${free}`)) {
    taken = free
    free *= 2
  }
  while (free - taken > 1) {
    const middle = Math.floor((taken + free) / 2)
    if (isTaken(`${name}${middle}`)) taken = middle
    else free = middle
  }
  return `${name}${free}`
}

/** Letters, digits, `-`, `_` and `.`, up to 64: what can stand in a URL and be read aloud. */
export const isLobbyName = (name: string): boolean => /^[\p{L}\p{N}_.-]{1,64}$/u.test(name)
