// oxlint-disable unicorn/consistent-function-scoping -- what runs in the page has to bring all that it needs
/**
 * Somebody between two clients: a server that is not to be trusted, and a page with a connection to each of the
 * two, which decrypts all that they send and hands it on. The server is our own behind a proxy that gives
 * either client the page's descriptions in place of the other's.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { BrowserContext, Page } from 'playwright-core'
import { WebSocket, WebSocketServer } from 'ws'
import { listening } from './listening.ts'

interface Middle {
  /** Takes the caller's offer, and answers with one of its own for the callee. */
  offer(sdp: string): Promise<string>
  /** Takes the callee's answer, and answers with one of its own for the caller. */
  answer(sdp: string): Promise<string>
}

declare global {
  interface Window {
    middle: Middle
    /** What the two have said to each other, word by word. */
    overheard: string[]
  }
}

/** Runs in the page. */
const standBetween = (): void => {
  const caller = new RTCPeerConnection()
  const callee = new RTCPeerConnection()
  window.overheard = []
  const handOn = (from: RTCDataChannel, to: RTCDataChannel): void => {
    const waiting: string[] = []
    const pour = (): void => {
      if (to.readyState === 'open') for (const text of waiting.splice(0)) to.send(text)
    }
    to.addEventListener('open', pour)
    from.addEventListener('message', ({ data }) => {
      window.overheard.push(String(data))
      waiting.push(String(data))
      pour()
    })
  }
  for (const [id, label] of ['patchcord', 'patchcord-files'].entries()) {
    const [near, far] = [caller, callee].map((one) => one.createDataChannel(label, { negotiated: true, id }))
    if (!near || !far) continue
    handOn(near, far)
    handOn(far, near)
  }
  /** Chromium brings sound along only where somebody plays it. */
  const play = (track: MediaStreamTrack): void => {
    const player = document.createElement('audio')
    player.muted = true
    player.srcObject = new MediaStream([track])
    document.body.append(player)
    void player.play()
  }
  caller.addEventListener('track', ({ track }) => play(track))
  callee.addEventListener('track', ({ track }) => play(track))
  /** With all its candidates. */
  const described = async (connection: RTCPeerConnection): Promise<string> => {
    await connection.setLocalDescription()
    while (connection.iceGatheringState !== 'complete')
      await new Promise((resolve) => {
        connection.addEventListener('icegatheringstatechange', resolve, { once: true })
      })
    return connection.localDescription?.sdp ?? ''
  }
  window.middle = {
    async offer(sdp) {
      await caller.setRemoteDescription({ type: 'offer', sdp })
      for (const { receiver } of caller.getTransceivers())
        callee.addTransceiver(receiver.track, { streams: [new MediaStream()] })
      return described(callee)
    },
    async answer(sdp) {
      await callee.setRemoteDescription({ type: 'answer', sdp })
      const from = callee.getTransceivers()
      for (const [at, transceiver] of caller.getTransceivers().entries()) {
        await transceiver.sender.replaceTrack(from[at]?.receiver.track ?? null)
        transceiver.direction = 'sendrecv'
      }
      return described(caller)
    }
  }
}

/** What the middle makes of a message from the server: the header stays, the description is another. */
const swapped = async (page: Page, text: string): Promise<string> => {
  const [header = '', ...lines] = text.split('\n')
  const body = lines.join('\n')
  const type = /"type":"([a-z-]+)"/.exec(header)?.[1]
  if (type === 'invite') return `${header}\n${await page.evaluate((sdp) => window.middle.offer(sdp), body)}`
  if (type === 'accept') return `${header}\n${await page.evaluate((sdp) => window.middle.answer(sdp), body)}`
  return text
}

/**
 * Has one middle, for one call. The clients' own candidates need not reach it: those in its descriptions do for both,
 * since whoever checks them is seen by that. What the clients hear of each other's belongs to descriptions that
 * they never had.
 */
export const middleMan = async (context: BrowserContext, port: number) => {
  const page = await context.newPage()
  await page.goto('about:blank')
  await page.evaluate(standBetween)
  const front = createServer()
  const sockets = new WebSocketServer({ server: front })
  const clients: WebSocket[] = []
  sockets.on('connection', (client, { url = '/' }) => {
    clients.push(client)
    const server = new WebSocket(`ws://127.0.0.1:${port}${url}`, client.protocol)
    const opened = once(server, 'open')
    // In its order, however long the middle takes for one.
    let told: Promise<unknown> = Promise.resolve()
    client.on('message', (data: Buffer) => {
      void opened.then(() => server.send(String(data)))
    })
    server.on('message', (data: Buffer) => {
      told = told.then(async () => client.send(await swapped(page, String(data))))
    })
    client.on('close', () => server.close())
    server.on('close', () => client.close())
  })
  return {
    page,
    url: `http://localhost:${await listening(front)}`,
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.terminate()
      sockets.close()
      front.closeAllConnections()
      await new Promise((resolve) => {
        front.close(resolve)
      })
    }
  }
}
