/**
 * Candidates as werift takes them: it agrees on none whose `generation` is not its own. That is libwebrtc's count of how
 * often a side has started ICE over, which no RFC has; and offers that crossed and were taken back count, too, so that
 * from then on the two sides differ.
 */

/** Of a candidate, or of all in a description. */
export const withoutGeneration = (text: string): string =>
  text.replaceAll(/^((?:a=)?candidate:.*?) generation \d+/gm, '$1')
