/** A drawn person in a drawn room, in place of a camera: for work on the design without one. */

export interface Look {
  readonly wall: readonly [string, string]
  readonly light: string
  readonly leaf: string
  readonly skin: string
  readonly shade: string
  readonly cheek: string
  readonly hair: string
  readonly shirt: string
  readonly collar: string
  readonly longHair: boolean
}

export const looks = {
  ada: {
    wall: ['#d9c7ae', '#a98f74'],
    light: '#f7ead2',
    leaf: '#4e7a5a',
    skin: '#e3b08f',
    shade: '#c98f6f',
    cheek: '#d9725a',
    hair: '#3a2420',
    shirt: '#2f5d62',
    collar: '#3f7a7f',
    longHair: true
  },
  me: {
    wall: ['#8fa6b2', '#54697a'],
    light: '#c9dbe2',
    leaf: '#38604f',
    skin: '#d79f7b',
    shade: '#b97f5c',
    cheek: '#c4614a',
    hair: '#1d1b1f',
    shirt: '#d8d2c4',
    collar: '#bfb7a5',
    longHair: false
  }
} as const satisfies Record<string, Look>

type Pen = CanvasRenderingContext2D

/** Draws the look at a time in milliseconds, into 1280 by 720. */
export const drawPortrait = (pen: Pen, look: Look, at: number): void => {
  const sway = Math.sin(at / 1400)
  pen.drawImage(roomOf(look), 0, 0)
  pen.save()
  pen.translate(640 + sway * 10, 400 + Math.sin(at / 900) * 4)
  pen.rotate(sway * 0.015)
  if (look.longHair) shape(pen, look.hair, longHair)
  drawBody(pen, look)
  drawHead(pen, look, at)
  pen.restore()
}

const blob = (pen: Pen, color: string, [x, y, rx, ry]: readonly [number, number, number, number]): void => {
  pen.fillStyle = color
  pen.beginPath()
  pen.ellipse(x, y, rx, ry, 0, 0, Math.PI * 2)
  pen.fill()
}

const outlineOf = (path: string): Path2D => new Path2D(path)

const shape = (pen: Pen, color: string, path: string): void => {
  pen.fillStyle = color
  pen.fill(outlineOf(path))
}

const rooms = new Map<Look, HTMLCanvasElement>()

/** Drawn once: the blur costs more than everything else together. */
const roomOf = (look: Look): HTMLCanvasElement => {
  const drawn = rooms.get(look)
  if (drawn) return drawn
  const [room, pen] = canvasAndPen()
  drawRoom(pen, look)
  rooms.set(look, room)
  return room
}

const canvasAndPen = (): readonly [HTMLCanvasElement, Pen] => {
  const canvas = document.createElement('canvas')
  canvas.width = 1280
  canvas.height = 720
  const pen = canvas.getContext('2d')
  if (!pen) throw new Error('this browser draws nothing')
  return [canvas, pen]
}

const drawRoom = (pen: Pen, look: Look): void => {
  const wall = pen.createLinearGradient(0, 0, 1280, 720)
  wall.addColorStop(0, look.wall[0])
  wall.addColorStop(1, look.wall[1])
  pen.fillStyle = wall
  pen.fillRect(0, 0, 1280, 720)
  pen.filter = 'blur(7px)'
  pen.globalAlpha = 0.9
  pen.fillStyle = look.light
  pen.fillRect(90, 40, 240, 360)
  pen.globalAlpha = 1
  pen.fillStyle = look.wall[1]
  pen.fillRect(204, 40, 12, 360)
  pen.fillRect(90, 206, 240, 10)
  pen.fillStyle = '#0000001c'
  pen.fillRect(930, 210, 300, 12)
  pen.fillRect(930, 392, 300, 12)
  for (const [index, color] of [
    look.shirt,
    look.leaf,
    look.light,
    look.hair,
    look.collar,
    look.wall[0]
  ].entries()) {
    pen.fillStyle = color
    pen.fillRect(950 + index * 30, 114 + (index % 3) * 14, 24, 96 - (index % 3) * 14)
    pen.fillRect(1030 + index * 28, 300 + (index % 2) * 12, 22, 92 - (index % 2) * 12)
  }
  for (const turn of [-0.9, -0.45, 0, 0.5, 0.95]) {
    pen.save()
    pen.translate(200, 640)
    pen.rotate(turn)
    blob(pen, look.leaf, [0, -120, 28, 120])
    pen.restore()
  }
  pen.filter = 'none'
}

const longHair =
  'M0 -246C-130 -246 -160 -130 -158 -20C-156 70 -190 150 -176 220L176 220C190 150 156 70 158 -20C160 -130 130 -246 0 -246Z'

const drawBody = (pen: Pen, look: Look): void => {
  shape(pen, look.shirt, 'M-330 400C-330 190 -180 150 -80 128L80 128C180 150 330 190 330 400Z')
  shape(pen, look.shade, 'M-62 40L-66 142Q0 206 66 142L62 40Z')
  shape(pen, look.collar, 'M-84 126L-30 196L0 178L-62 108ZM84 126L30 196L0 178L62 108Z')
}

const drawHead = (pen: Pen, look: Look, at: number): void => {
  blob(pen, look.skin, [0, -70, 118, 148])
  if (!look.longHair) for (const x of [-118, 118]) blob(pen, look.skin, [x, -62, 18, 32])
  const fringe = look.longHair
    ? 'M-128 -20C-176 -310 176 -310 128 -20C126 -96 96 -150 34 -176C-30 -150 -112 -120 -128 -20Z'
    : 'M-124 -66C-146 -248 -40 -248 10 -238C110 -246 142 -170 122 -66C112 -116 96 -136 60 -146C0 -128 -70 -130 -100 -142C-112 -120 -118 -96 -124 -66Z'
  shape(pen, look.hair, fringe)
  for (const x of [-70, 70]) blob(pen, `${look.cheek}2e`, [x, -18, 26, 18])
  drawEyes(pen, look, at)
  shape(pen, look.shade, 'M-3 -56L-13 -18Q0 -7 13 -18Q4 -18 4 -56Z')
  // Talks for a while, and smiles in between.
  const talk = Math.abs(Math.sin(at / 150)) * Math.max(0, Math.sin(at / 1500)) * 14
  shape(pen, '#8c3f3a', `M-32 12Q0 ${36 + talk} 32 12Q0 ${25 - talk * 0.3} -32 12Z`)
}

const drawEyes = (pen: Pen, look: Look, at: number): void => {
  const open = at % 4200 > 140 ? 1 : 0.12
  for (const x of [-44, 44]) {
    blob(pen, '#fdf8f2', [x, -64, 15, 10 * open])
    blob(pen, '#2b1d18', [x + Math.sin(at / 2100) * 3, -64, 8, 8.5 * open])
    // The lid, so that the look is a calm one.
    blob(pen, look.skin, [x, -76, 20, 7])
    shape(pen, look.hair, `M${x - 22} -92Q${x} -104 ${x + 22} -92Q${x} -97 ${x - 22} -92Z`)
  }
}

/** A video track that shows the portrait. */
export const portraitStream = (look: Look): MediaStream => {
  const [canvas, pen] = canvasAndPen()
  const draw = (): void => drawPortrait(pen, look, performance.now())
  draw()
  const timer = setInterval(draw, 40)
  const stream = canvas.captureStream(25)
  stream.getVideoTracks()[0]?.addEventListener('ended', () => clearInterval(timer))
  return stream
}
