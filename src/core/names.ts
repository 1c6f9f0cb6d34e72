/**
 * Names of peers and lobbies as everybody may see them: cleaned of what could deceive or break a
 * display, and unique among those present.
 */

const maxNameLength = 64

/**
 * Control characters, line breaks, marks that turn the reading direction, and whatever takes no room;
 * but not the joiners and the variation selectors that emoji and some scripts are written with.
 */
const invisible =
  /(?![\p{Join_Control}\p{Variation_Selector}])[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/gu
/** Space, and joiners and selectors with nothing to join or to select. */
const margins = /^[\s\p{Join_Control}\p{Variation_Selector}]+|[\s\p{Join_Control}]+$/gu

/** `guest` when nothing is left of it. */
export const cleanName = (asked: string): string => {
  const visible = asked.replace(invisible, '').normalize('NFC').replace(/\s+/g, ' ').replace(margins, '')
  const cut = Array.from(visible).slice(0, maxNameLength).join('').replace(margins, '')
  return cut === '' ? 'guest' : cut
}

/** Where everybody is who asks for no other lobby: it has room for all, whoever comes first. */
export const mainLobby = 'main'

/** Under this name the server itself speaks where a wire has no other way to say something. */
export const serverName = 'Patchcord'

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
