/**
 * Addresses and ports as Linux writes them: `sockaddr_in` and `sockaddr_in6`, in 32-bit words as in
 * `layout.ts`.
 */
import { isIPv4 } from 'node:net'
import type { TransportAddress } from '../../stun/address.ts'
import { addressBytes } from '../local-addresses.ts'
import { AF_INET, AF_INET6, type Syscalls } from './syscalls.ts'

/** From one name to the next where there are many. */
export const NAME_WORDS = 8
export const NAME_BYTES = NAME_WORDS * 4
const v4 = { bytes: 16, address: 4, addressBytes: 4 } as const
const v6 = { bytes: 28, address: 8, addressBytes: 16, scope: 24 } as const

/** For bind(2). A link-local address says behind its % on which network it is. */
export const socketName = (address: string, port: number, syscalls: Syscalls): Uint8Array => {
  const isV4 = isIPv4(address)
  const form = isV4 ? v4 : v6
  const name = new Uint8Array(form.bytes)
  const view = new DataView(name.buffer)
  view.setUint16(0, isV4 ? AF_INET : AF_INET6, true)
  view.setUint16(2, port)
  name.set(addressBytes(address), form.address)
  const [, scope] = address.split('%')
  if (scope !== undefined) view.setUint32(v6.scope, syscalls.interfaceIndex(scope), true)
  return name
}

/** Names of datagrams in one piece of memory, by their number. */
export class SocketNames {
  readonly bytes: Buffer
  readonly words: Uint32Array

  constructor(count: number) {
    this.bytes = Buffer.alloc(count * NAME_BYTES)
    this.words = new Uint32Array(this.bytes.buffer, this.bytes.byteOffset, count * NAME_WORDS)
  }

  /** The same for the same name, and for no other. Of IPv4 it is a number of 48 bits, which is quickly found in a map. */
  key(at: number): number | string {
    const first = this.words[at * NAME_WORDS] ?? 0
    if ((first & 0xffff) === AF_INET)
      return (first >>> 16) * 0x1_0000_0000 + (this.words[at * NAME_WORDS + 1] ?? 0)
    return this.bytes.toString('latin1', at * NAME_BYTES, at * NAME_BYTES + v6.bytes)
  }

  address(at: number): TransportAddress {
    const name = this.bytes.subarray(at * NAME_BYTES, (at + 1) * NAME_BYTES)
    const { address, addressBytes } = name.readUInt16LE(0) === AF_INET ? v4 : v6
    return {
      address: Uint8Array.from(name.subarray(address, address + addressBytes)),
      port: name.readUInt16BE(2)
    }
  }

  /** A name of its own. */
  copy(at: number): Uint32Array {
    const [first = 0] = this.words.subarray(at * NAME_WORDS)
    const { bytes } = (first & 0xffff) === AF_INET ? v4 : v6
    return this.words.slice(at * NAME_WORDS, at * NAME_WORDS + bytes / 4)
  }
}
