/** Draws into pictures: areas of one color. What is beyond the edges is left out. */
import type { I420, Plane, Rectangle } from './picture.ts'

/** In BT.601, limited range. */
export type Color = readonly [y: number, u: number, v: number]

export const black: Color = [16, 128, 128]
export const gray: Color = [60, 128, 128]
export const white: Color = [235, 128, 128]

const fillPlane = (
  { bytes, stride }: Plane,
  { left, top, right, bottom }: Rectangle,
  value: number
): void => {
  for (let y = top; y < bottom; y += 1) bytes.fill(value, y * stride + left, y * stride + right)
}

const within = (value: number, most: number): number => Math.max(0, Math.min(most, value))

const halved = ({ left, top, right, bottom }: Rectangle): Rectangle => ({
  left: left >> 1,
  top: top >> 1,
  right: (right + 1) >> 1,
  bottom: (bottom + 1) >> 1
})

/** Four pixels together have one color: with edges that are even, it is where the light is. */
export const fill = (picture: I420, area: Rectangle, [y, u, v]: Color): void => {
  const { width, height } = picture
  const [left, right] = [within(area.left, width), within(area.right, width)]
  const [top, bottom] = [within(area.top, height), within(area.bottom, height)]
  if (left >= right || top >= bottom) return
  const visible = { left, top, right, bottom }
  fillPlane(picture.y, visible, y)
  fillPlane(picture.u, halved(visible), u)
  fillPlane(picture.v, halved(visible), v)
}
