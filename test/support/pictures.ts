/** Pictures to look at, and what cables and encoders do to them. */
import { type I420, type Plane, type Size, colorSizeOf, newPicture } from '../../src/media/picture.ts'

/** What is asked for each pixel: its light, and the two of its color. */
type Paint = (x: number, y: number) => readonly [y: number, u: number, v: number]

const eachOf = (
  { bytes, stride }: Plane,
  { width, height }: Size,
  value: (x: number, y: number) => number
): void => {
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) bytes[y * stride + x] = value(x, y)
}

/** The color is that of the first of each four pixels. */
export const painted = (size: Size, paint: Paint): I420 => {
  const picture = newPicture(size)
  eachOf(picture.y, size, (x, y) => paint(x, y)[0])
  eachOf(picture.u, colorSizeOf(size), (x, y) => paint(2 * x, 2 * y)[1])
  eachOf(picture.v, colorSizeOf(size), (x, y) => paint(2 * x, 2 * y)[2])
  return picture
}

/** The same, with something behind each row that is not part of it, as decoders have it. */
export const padded = (picture: I420, padding = 7): I420 => {
  const wide = ({ bytes, stride }: Plane, { width, height }: Size): Plane => {
    const copy = { bytes: new Uint8Array((width + padding) * height).fill(0xaa), stride: width + padding }
    eachOf(copy, { width, height }, (x, y) => bytes[y * stride + x] ?? 0)
    return copy
  }
  const colorSize = colorSizeOf(picture)
  return {
    ...picture,
    y: wide(picture.y, picture),
    u: wide(picture.u, colorSize),
    v: wide(picture.v, colorSize)
  }
}

const clamp = (value: number, max: number): number => Math.max(0, Math.min(max, value))

/** Each pixel mixed with its neighbors, and then wrong by up to so much. */
export const worn = (picture: I420, noise: number, random: () => number): I420 => {
  const { bytes, stride } = picture.y
  const mixed = (y: Plane, down: number, across: number): Plane => {
    const mix = { bytes: new Uint8Array(bytes.length), stride }
    const light = (x: number, row: number): number =>
      y.bytes[clamp(row, picture.height - 1) * stride + clamp(x, picture.width - 1)] ?? 0
    eachOf(mix, picture, (x, row) =>
      Math.round((light(x - across, row - down) + light(x, row) + light(x + across, row + down)) / 3)
    )
    return mix
  }
  const blurred = mixed(mixed(picture.y, 1, 0), 0, 1)
  const noisy = blurred.bytes.map((light) => clamp(Math.round(light + noise * (2 * random() - 1)), 255))
  return { ...picture, y: { bytes: noisy, stride } }
}
