/** Letters of five by seven pixels, for pictures that have to say something. */
import { type Color, fill } from './paint.ts'
import type { I420 } from './picture.ts'

const glyphWidth = 5
const glyphHeight = 7
/** From one letter to the next. */
const advance = glyphWidth + 1

/** Each letter, and then its rows from the top: five bits each, the left one the highest, in base 32. */
const table =
  '0ehjlphe14c4444e2eh1248v3eh161he426aiv225vgu11he668guhhe7v1248888ehhehhe9ehhf12c' +
  'AehhvhhhBuhhuhhuCehgggheDuhhhhhuEvgguggvFvggugggGehgnhheHhhhvhhhIe44444eJ72222ic' +
  'KhikokihLggggggvMhrllhhhNhpljhhhOehhhhhePuhhugggQehhhlidRuhhukihSfgge11uTv444444' +
  'UhhhhhheVhhhhaa4WhhhllrhXhha4ahhYhha4444Zv1248gv_000000v.00000cc,0000c48:0cc0cc0' +
  '-000v000+044v440/11248gg(2488842)8422248!4444404?eh12404#aavavaa@ehnlnge&cik8lid' +
  "'4480000 0000000"

const glyphs: ReadonlyMap<string, readonly number[]> = new Map(
  Array.from({ length: table.length / (1 + glyphHeight) }, (_, at) => {
    const start = at * (1 + glyphHeight)
    const rows = table.slice(start + 1, start + 1 + glyphHeight)
    return [table.charAt(start), Array.from(rows, (row) => parseInt(row, 32))] as const
  })
)

/** A box, for a letter that is not there. */
const unknown = [31, 17, 17, 17, 17, 17, 31]

/** Capitals, without accents. */
const lettersOf = (text: string): readonly string[] =>
  Array.from(text.normalize('NFD').replace(/\p{M}/gu, '').normalize('NFC').toUpperCase())

/** In pixels, of letters whose pixels are one pixel. */
export const textSize = (text: string) => ({
  width: Math.max(0, lettersOf(text).length * advance - 1),
  height: glyphHeight
})

export interface TextStyle {
  readonly left: number
  readonly top: number
  /** How many pixels a pixel of a letter is wide and high. */
  readonly scale: number
  readonly color: Color
}

export const drawText = (picture: I420, text: string, { left, top, scale, color }: TextStyle): void => {
  for (const [index, letter] of lettersOf(text).entries()) {
    for (const [row, bits] of (glyphs.get(letter) ?? unknown).entries()) {
      for (let column = 0; column < glyphWidth; column += 1) {
        if (((bits >> (glyphWidth - 1 - column)) & 1) === 0) continue
        const [x, y] = [left + (index * advance + column) * scale, top + row * scale]
        fill(picture, { left: x, top: y, right: x + scale, bottom: y + scale }, color)
      }
    }
  }
}
