/**
 * The process between the hosts of a network. It is root in a user namespace of its own, where it makes
 * a network namespace for each host and carries packets between them, so that nothing of it is seen
 * outside, and nothing is left of it whatever happens. One loop, without Node's own: a packet waits for
 * nothing but its time. It ends when the one who started it does.
 */
import { execFileSync } from 'node:child_process'
import { readSync, writeFileSync, writeSync } from 'node:fs'
import * as v from 'valibot'
import { obey } from './commands.ts'
import { openTun, readable } from './tun.ts'
import { Wire } from './wire.ts'

const stdin = 0
const stdout = 1

const run = (command: string, ...args: readonly string[]): string =>
  execFileSync(command, [...args], { encoding: 'utf8' })

/** Makes a host, and answers with the file of its cable. */
const makeHost = (host: string, address: string): number => {
  const file = openTun('cable')
  run('ip', 'netns', 'add', host)
  run('ip', 'link', 'set', 'cable', 'netns', host)
  const link = (...words: readonly string[]) => run('ip', '-n', host, 'link', 'set', ...words)
  link('lo', 'up')
  link('cable', 'name', 'eth0')
  link('eth0', 'txqueuelen', '5000', 'up')
  run('ip', '-n', host, 'address', 'add', `${address}/24`, 'dev', 'eth0')
  run('ip', '-n', host, 'route', 'add', 'default', 'dev', 'eth0')
  return file
}

/**
 * `ip netns` keeps its names in /run, and these hosts find each other by names of their own: in this mount
 * namespace, all that is ours. There is no other name server, which is said at once and not after a while.
 */
const furnish = (addresses: Readonly<Record<string, string>>): void => {
  run('mount', '-t', 'tmpfs', 'tmpfs', '/run')
  // Browsers ask for the hosts of relays with the dot at the end that ends every name.
  const lines = Object.entries(addresses).map(([host, address]) => `${address} ${host}.test ${host}.test.\n`)
  const files = { hosts: `127.0.0.1 localhost\n${lines.join('')}`, 'resolv.conf': 'nameserver 127.0.0.1\n' }
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(`/run/${name}`, content)
    run('mount', '--bind', `/run/${name}`, `/etc/${name}`)
  }
}

/** Nobody outlives the network that it is in. */
const killAll = (hosts: Iterable<string>): void => {
  for (const host of hosts) {
    for (const pid of run('ip', 'netns', 'pids', host).split('\n').filter(Boolean)) {
      try {
        process.kill(Number(pid), 'SIGKILL')
      } catch {
        // Gone by itself.
      }
    }
  }
}

const say = (answer: object): void => {
  writeSync(stdout, `${JSON.stringify(answer)}\n`)
}

/** Reads lines; `null` once there will be no more. */
const lineReader = (): (() => readonly string[] | null) => {
  const bytes = Buffer.alloc(65_536)
  let rest = ''
  return () => {
    const count = readSync(stdin, bytes)
    if (count === 0) return null
    const lines = `${rest}${bytes.toString('utf8', 0, count)}`.split('\n')
    rest = lines.pop() ?? ''
    return lines
  }
}

const packetReader = (): ((file: number) => Buffer) => {
  const bytes = Buffer.alloc(65_536)
  return (file) => Buffer.from(bytes.subarray(0, readSync(file, bytes)))
}

/** Whether it was taken: an interface that is down takes nothing. */
const write = (file: number, packet: Buffer): boolean => {
  try {
    return writeSync(file, packet) === packet.length
  } catch {
    return false
  }
}

const carry = (wire: Wire, cables: ReadonlyMap<string, number>): void => {
  const hosts = new Map([...cables].map(([host, file]) => [file, host]))
  const files = [stdin, ...hosts.keys()]
  const read = packetReader()
  const readLines = lineReader()
  for (;;) {
    const nextAt = wire.nextAt
    for (const file of readable(files, nextAt === null ? 1_000 : Math.max(0, nextAt - performance.now()))) {
      const host = hosts.get(file)
      if (host !== undefined) wire.send(host, read(file), performance.now())
      else {
        const lines = readLines()
        if (lines === null) return
        for (const line of lines) say(obey(wire, line))
      }
    }
    for (const { host, packet } of wire.arrivals(performance.now())) write(cables.get(host) ?? -1, packet)
  }
}

const argument = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.pipe(v.string(), v.ipv4())))

const main = (): void => {
  const addresses = v.parse(argument, process.argv[2])
  furnish(addresses)
  const wire = new Wire(Math.random)
  const cables = new Map<string, number>()
  try {
    for (const [host, address] of Object.entries(addresses)) {
      wire.setAddress(host, address)
      cables.set(host, makeHost(host, address))
    }
    say({ counts: wire.counts })
    carry(wire, cables)
  } finally {
    killAll(cables.keys())
  }
}

main()
