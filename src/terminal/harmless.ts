/** What a terminal would obey, and what turns or hides what stands beside it; but not the joiners of emoji and scripts. */
const invisible =
  /(?![\p{Join_Control}\p{Variation_Selector}])[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/gu

/** What somebody else has written, as one line that does nothing but stand there. */
export const harmless = (text: string, max: number): string => {
  const visible = Array.from(text.replaceAll(/\s+/g, ' ').replaceAll(invisible, ''))
  return visible.length > max ? `${visible.slice(0, max - 1).join('')}…` : visible.join('')
}
