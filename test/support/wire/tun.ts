/**
 * Linux's TUN interfaces: what the system sends into one is read from a file, and what is written there
 * arrives at the system as if from a network.
 */
import { constants, openSync } from 'node:fs'
import koffi from 'koffi'

const TUNSETIFF = 0x400454ca
const IFF_TUN = 0x0001
const IFF_NO_PI = 0x1000
const POLLIN = 1

type Foreign = (...given: readonly unknown[]) => number

const libc = koffi.load(null)
const ioctl: Foreign = libc.func('int ioctl(int file, unsigned long request, void *argument)')
const ppoll: Foreign = libc.func('int ppoll(void *files, unsigned long count, void *timeout, void *signals)')

/** Makes an interface of that name in the network namespace of this process, and answers with its file. */
export const openTun = (name: string): number => {
  const file = openSync('/dev/net/tun', constants.O_RDWR | constants.O_NONBLOCK)
  const request = Buffer.alloc(40)
  request.write(name)
  request.writeUInt16LE(IFF_TUN | IFF_NO_PI, 16)
  if (ioctl(file, TUNSETIFF, request) !== 0)
    throw new Error(`no TUN interface ${name}: error ${koffi.errno()}`)
  return file
}

/** Sleeps until one of the files can be read or the time is over, and answers with those that can. */
export const readable = (files: readonly number[], timeoutMs: number): number[] => {
  const entries = Buffer.alloc(files.length * 8)
  for (const [index, file] of files.entries()) {
    entries.writeInt32LE(file, index * 8)
    entries.writeInt16LE(POLLIN, index * 8 + 4)
  }
  const timeout = Buffer.alloc(16)
  timeout.writeBigInt64LE(BigInt(Math.floor(timeoutMs / 1_000)), 0)
  timeout.writeBigInt64LE(BigInt(Math.floor((timeoutMs % 1_000) * 1_000_000)), 8)
  ppoll(entries, files.length, timeout, null)
  // A file that was closed at its other end tells so without being asked.
  return files.filter((_file, index) => entries.readInt16LE(index * 8 + 6) !== 0)
}
