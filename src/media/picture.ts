/** Pictures as decoders give them and encoders take them, and how they are made smaller. */
import { byteAt } from './bytes.ts'

/** One component of a picture, row by row. */
export interface Plane {
  readonly bytes: Uint8Array
  /** From the beginning of a row to that of the next; what is more than the width is padding. */
  readonly stride: number
}

/** Y'CbCr of ITU-R BT.601 in limited range: `u` and `v` have half the width and half the height, rounded up. */
export interface I420 {
  readonly width: number
  readonly height: number
  readonly y: Plane
  readonly u: Plane
  readonly v: Plane
}

export interface Size {
  readonly width: number
  readonly height: number
}

/** In pixels; `right` and `bottom` are the first that do not belong to it. */
export interface Rectangle {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

export const colorSizeOf = ({ width, height }: Size): Size => ({
  width: (width + 1) >> 1,
  height: (height + 1) >> 1
})

const planeOf = ({ width, height }: Size, value: number): Plane => ({
  bytes: new Uint8Array(width * height).fill(value),
  stride: width
})

/** Black. */
export const newPicture = (size: Size): I420 => {
  const colorSize = colorSizeOf(size)
  return {
    width: size.width,
    height: size.height,
    y: planeOf(size, 16),
    u: planeOf(colorSize, 128),
    v: planeOf(colorSize, 128)
  }
}

/** All of it in one piece: the planes one after the other, and no padding in them. */
export const packed = (picture: I420): Uint8Array<ArrayBuffer> => {
  const color = colorSizeOf(picture)
  const bytes = new Uint8Array(picture.width * picture.height + 2 * color.width * color.height)
  let at = 0
  for (const plane of [picture.y, picture.u, picture.v]) {
    const { width, height } = plane === picture.y ? picture : color
    for (let row = 0; row < height; row += 1) {
      bytes.set(plane.bytes.subarray(row * plane.stride, row * plane.stride + width), at)
      at += width
    }
  }
  return bytes
}

/** A picture whose planes lie one after the other, without padding; `null` if these are not as many bytes as it has. */
export const unpacked = (bytes: Uint8Array, { width, height }: Size): I420 | null => {
  const color = colorSizeOf({ width, height })
  const [luma, chroma] = [width * height, color.width * color.height]
  if (bytes.length !== luma + 2 * chroma) return null
  const plane = (from: number, length: number, stride: number): Plane => ({
    bytes: bytes.subarray(from, from + length),
    stride
  })
  return {
    width,
    height,
    y: plane(0, luma, width),
    u: plane(luma, chroma, color.width),
    v: plane(luma + chroma, chroma, color.width)
  }
}

/** Turned clockwise by a quarter, a half or three quarters. */
const turnedPlane = ({ bytes, stride }: Plane, { width, height }: Size, degrees: 90 | 180 | 270): Plane => {
  const made = new Uint8Array(width * height)
  const newStride = degrees === 180 ? width : height
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const [x, y] =
        degrees === 90
          ? [height - 1 - row, column]
          : degrees === 180
            ? [width - 1 - column, height - 1 - row]
            : [row, width - 1 - column]
      made[y * newStride + x] = byteAt(bytes, row * stride + column)
    }
  }
  return { bytes: made, stride: newStride }
}

/** As it is to be looked at, when it says by how many degrees clockwise it has to be turned for that. */
export const turned = (picture: I420, degrees: unknown): I420 => {
  if (degrees !== 90 && degrees !== 180 && degrees !== 270) return picture
  const { width, height } = picture
  const color = colorSizeOf(picture)
  return {
    ...(degrees === 180 ? { width, height } : { width: height, height: width }),
    y: turnedPlane(picture.y, picture, degrees),
    u: turnedPlane(picture.u, color, degrees),
    v: turnedPlane(picture.v, color, degrees)
  }
}

/** The average of a part of a plane: of all its pixels, or of some fifty that are spread over it. */
export const averageOf = ({ bytes, stride }: Plane, { left, top, right, bottom }: Rectangle): number => {
  const [across, down] = [Math.max(1, (right - left) >> 2), Math.max(1, (bottom - top) >> 2)]
  let [sum, count] = [0, 0]
  for (let y = top; y < bottom; y += down) {
    for (let at = y * stride + left; at < y * stride + right; at += across) {
      sum += byteAt(bytes, at)
      count += 1
    }
  }
  return sum / count
}

/** Every pixel is the average of those that it stands for; where there are too few, the one that is there. */
export const scaledPlane = (plane: Plane, from: Size, to: Size): Plane => {
  const bytes = new Uint8Array(to.width * to.height)
  for (let row = 0; row < to.height; row += 1) {
    const top = Math.floor((row * from.height) / to.height)
    const bottom = Math.max(top + 1, Math.floor(((row + 1) * from.height) / to.height))
    for (let column = 0; column < to.width; column += 1) {
      const left = Math.floor((column * from.width) / to.width)
      const right = Math.max(left + 1, Math.floor(((column + 1) * from.width) / to.width))
      bytes[row * to.width + column] = Math.round(averageOf(plane, { left, top, right, bottom }))
    }
  }
  return { bytes, stride: to.width }
}

export const scaledDown = (picture: I420, size: Size): I420 => {
  const [from, to] = [colorSizeOf(picture), colorSizeOf(size)]
  return {
    ...size,
    y: scaledPlane(picture.y, picture, size),
    u: scaledPlane(picture.u, from, to),
    v: scaledPlane(picture.v, from, to)
  }
}
