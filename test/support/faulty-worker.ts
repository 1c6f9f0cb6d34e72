/** The thread that relays, with a fault in it: it throws when it is told that this call has ended. */
import { parentPort, workerData } from 'node:worker_threads'
import type { ToThread } from '../../src/server/mmsg/thread-messages.ts'
import { relayThread } from '../../src/server/mmsg/relay-thread.ts'

if (parentPort !== null) {
  relayThread(parentPort, workerData)
  parentPort.on('message', (messages: readonly ToThread[]) => {
    const isTheOne = messages.some((message) => message.type === 'end-call' && message.call === 'a fault')
    if (isTheOne) throw new Error('a fault')
  })
}
