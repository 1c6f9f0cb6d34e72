/** What runs in a page of the browser tests of foreign wires: the SDK's clients for other people's servers. */
import { connect as mdn } from '../../src/client/foreign/mdn.ts'
import { connect as peerconnection } from '../../src/client/foreign/peerconnection.ts'
import { connect as rooms } from '../../src/client/foreign/rooms.ts'
import type { Call, Line } from '../../src/client/index.ts'

const connects = { mdn, peerconnection, rooms }
export type ForeignWire = keyof typeof connects

class ForeignClient {
  readonly problems: string[] = []
  line: Line | null = null
  call: Call | null = null

  async signIn(wire: ForeignWire, url: string): Promise<void> {
    const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: true })
    this.line = await connects[wire](url, { name: 'ada', media })
    this.line.addEventListener('call', ({ detail }) => {
      this.#follow(detail.call)
      void detail.call.accept()
    })
    this.line.addEventListener('refused', ({ detail }) => this.problems.push(detail.reason))
  }

  dial(name: string): void {
    const peer = this.line?.roster.find((other) => other.name === name)
    if (peer && this.line) this.#follow(this.line.call(peer.id))
  }

  #follow(call: Call): void {
    this.call = call
    call.addEventListener('problem', ({ detail }) => this.problems.push(detail.error.message))
  }
}

declare global {
  interface Window {
    foreign: ForeignClient
  }
}

window.foreign = new ForeignClient()
