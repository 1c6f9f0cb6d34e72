/** A pair of data channels in memory: ordered, reliable, and with a way that can be filled. */
import type { DataChannel } from '../../src/client/platform.ts'

class FakeChannel extends EventTarget implements DataChannel {
  binaryType: BinaryType = 'blob'
  bufferedAmountLowThreshold = 0
  readyState: RTCDataChannelState
  bufferedAmount = 0
  partner: FakeChannel | null = null
  readonly #underWay: (string | ArrayBuffer)[] = []

  constructor(readyState: RTCDataChannelState) {
    super()
    this.readyState = readyState
  }

  send(data: string | ArrayBuffer): void {
    if (this.readyState !== 'open') throw new Error('The channel is not open.')
    this.#underWay.push(data)
    this.bufferedAmount += typeof data === 'string' ? data.length : data.byteLength
    queueMicrotask(() => this.#deliver())
  }

  open(): void {
    this.readyState = 'open'
    this.dispatchEvent(new Event('open'))
  }

  close(): void {
    if (this.readyState === 'closed') return
    this.readyState = 'closed'
    this.dispatchEvent(new Event('close'))
    this.partner?.close()
  }

  #deliver(): void {
    const data = this.#underWay.shift()
    if (data === undefined) return
    const wasAbove = this.bufferedAmount > this.bufferedAmountLowThreshold
    this.bufferedAmount -= typeof data === 'string' ? data.length : data.byteLength
    if (this.partner?.readyState === 'open') this.partner.dispatchEvent(new MessageEvent('message', { data }))
    if (wasAbove && this.bufferedAmount <= this.bufferedAmountLowThreshold)
      this.dispatchEvent(new Event('bufferedamountlow'))
  }
}

export type { FakeChannel }

export const channelPair = (
  readyState: RTCDataChannelState = 'open'
): readonly [FakeChannel, FakeChannel] => {
  const [one, other] = [new FakeChannel(readyState), new FakeChannel(readyState)]
  one.partner = other
  other.partner = one
  return [one, other]
}
