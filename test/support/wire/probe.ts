/**
 * A program for two hosts: `echo PORT` sends back what comes in over UDP, and accepts over TCP;
 * `send ADDRESS PORT COUNT INTERVAL_MS BYTES` sends datagrams there and prints, as JSON, how many
 * milliseconds each took to come back; `reach ADDRESS PORT` says how a TCP connection fares.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'

/** For what is still on its way when the last has left: how long, and how often it is looked for. */
const patience = { timeMs: 2_000, stepMs: 20 }

const echo = async (port: number): Promise<void> => {
  const socket = createSocket('udp4', (message, from) => socket.send(message, from.port, from.address))
  socket.bind(port)
  const server = createServer((connection) => connection.end())
  server.listen(port)
  await Promise.all([once(socket, 'listening'), once(server, 'listening')])
  console.log('ready')
}

const send = async (address: string, [port = 0, count = 0, intervalMs = 0, bytes = 0]: number[]) => {
  const sentAt: number[] = []
  const took: number[] = []
  const socket = createSocket('udp4', (message) => {
    took.push(performance.now() - (sentAt[message.readUInt32BE()] ?? 0))
  })
  const first = performance.now()
  while (sentAt.length < count) {
    while (sentAt.length < count && first + sentAt.length * intervalMs <= performance.now()) {
      const message = Buffer.alloc(bytes)
      message.writeUInt32BE(sentAt.length)
      sentAt.push(performance.now())
      // Where there is no way at all, the system says so at once, which is as good as silence.
      socket.send(message, port, address, () => {})
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 1)
    })
  }
  for (let waitedMs = 0; took.length < count && waitedMs < patience.timeMs; waitedMs += patience.stepMs) {
    await new Promise((resolve) => {
      setTimeout(resolve, patience.stepMs)
    })
  }
  socket.close()
  console.log(JSON.stringify(took))
}

const say = (what: string) => () => {
  console.log(what)
  process.exit()
}

const reach = (address: string, port: number): void => {
  const connection = connect({ port, host: address })
  connection.setTimeout(5_000, say('silent')).on('error', say('refused')).on('connect', say('reached'))
}

const [mode, first = '', ...rest] = process.argv.slice(2)
if (mode === 'echo') await echo(Number(first))
else if (mode === 'send') await send(first, rest.map(Number))
else reach(first, Number(rest[0]))
