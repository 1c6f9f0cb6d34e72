/**
 * The system calls of Linux that take many datagrams at a time, through `koffi`. Memory is handed over by
 * its address, so that nothing is converted or made for a call. Each answers below zero with the negative of
 * the system's error, and else as its manual page says.
 */
import { createRequire } from 'node:module'
import { getSystemErrorName } from 'node:util'

export interface Syscalls {
  /** Where bytes are in memory; they stay there as long as somebody holds them. */
  addressOf(bytes: Uint8Array): number
  socket(family: number): number
  setOption(socket: number, option: SocketOption, value: number): number
  bind(socket: number, name: Uint8Array): number
  /** Takes what is there now, at most so many. */
  receive(socket: number, headers: number, count: number): number
  /** Sends what it can without waiting, at most so many. */
  send(socket: number, headers: number, count: number): number
  poll(entries: number, count: number, timeoutMs: number): number
  sleep(microseconds: number): number
  eventfd(): number
  read(file: number, address: number, length: number): number
  write(file: number, address: number, length: number): number
  close(file: number): number
  /** 0 when there is no network interface of this name. */
  interfaceIndex(name: string): number
}

/** As setsockopt(2) has them. */
export type SocketOption = readonly [level: number, name: number]

export const AF_INET = 2
export const AF_INET6 = 10
export const POLLIN = 1
export const SO_SNDBUF: SocketOption = [1, 7]
export const SO_RCVBUF: SocketOption = [1, 8]
/** For the privileged, who may have more. */
export const SO_SNDBUFFORCE: SocketOption = [1, 32]
export const SO_RCVBUFFORCE: SocketOption = [1, 33]
export const IPV6_V6ONLY: SocketOption = [41, 26]
export const UDP_SEGMENT: SocketOption = [17, 103]
export const EINTR = -4
export const EAGAIN = -11

const SOCK_DGRAM = 2
const SOCK_CLOEXEC = 0o2000000
const SOCK_NONBLOCK = 0o4000
const MSG_DONTWAIT = 0x40

/** Called by their numbers, since musl's functions of these names go one by one. */
const numbers: Readonly<Record<string, { readonly recvmmsg: number; readonly sendmmsg: number }>> = {
  x64: { recvmmsg: 299, sendmmsg: 307 },
  arm64: { recvmmsg: 243, sendmmsg: 269 }
}

/** In the form that Node's own sockets give it. */
export const systemError = (call: string, error: number): Error => {
  const code = getSystemErrorName(error)
  return Object.assign(new Error(`${call} ${code}`), { code, errno: error, syscall: call })
}

type Foreign = (...given: readonly unknown[]) => number

/** Throws an error that says why, where there are none of these. */
export const loadSyscalls = ({
  platform,
  arch
}: Pick<NodeJS.Process, 'platform' | 'arch'> = process): Syscalls => {
  const own = numbers[arch]
  if (platform !== 'linux' || own === undefined) throw new Error(`not made for ${platform} on ${arch}`)
  const koffi: typeof import('koffi') = createRequire(import.meta.url)('koffi')
  const libc = koffi.load(null)
  const { errno } = koffi
  const define = (name: string, answers: 'int' | 'long', takes: string[]): Foreign => {
    const call: Foreign = libc.func(name, answers, takes)
    return (...given) => {
      const answer = call(...given)
      return answer === -1 ? -errno() : answer
    }
  }
  const syscall: Foreign = libc.func('syscall', 'long', [
    'long',
    'int',
    'uintptr_t',
    'uint',
    'uint',
    'uintptr_t'
  ])
  const batch =
    (number: number) =>
    (socket: number, headers: number, count: number): number => {
      const answer = syscall(number, socket, headers, count, MSG_DONTWAIT, 0)
      return answer === -1 ? -errno() : answer
    }
  const socket = define('socket', 'int', ['int', 'int', 'int'])
  const setsockopt = define('setsockopt', 'int', ['int', 'int', 'int', 'void *', 'uint'])
  const bind = define('bind', 'int', ['int', 'void *', 'uint'])
  const eventfd = define('eventfd', 'int', ['uint', 'int'])
  return {
    addressOf: (bytes) => Number(koffi.address(bytes)),
    socket: (family) => socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
    setOption: (socket, [level, name], value) => setsockopt(socket, level, name, Int32Array.of(value), 4),
    bind: (socket, name) => bind(socket, name, name.length),
    receive: batch(own.recvmmsg),
    send: batch(own.sendmmsg),
    poll: define('poll', 'int', ['uintptr_t', 'ulong', 'int']),
    sleep: define('usleep', 'int', ['uint']),
    eventfd: () => eventfd(0, SOCK_CLOEXEC | SOCK_NONBLOCK),
    read: define('read', 'long', ['int', 'uintptr_t', 'size_t']),
    write: define('write', 'long', ['int', 'uintptr_t', 'size_t']),
    close: define('close', 'int', ['int']),
    interfaceIndex: define('if_nametoindex', 'int', ['const char *'])
  }
}
