/** A worker's beginning: a file of its own in the built server. */
import { parentPort, workerData } from 'node:worker_threads'
import { relayThread } from './relay-thread.ts'

if (parentPort !== null) relayThread(parentPort, workerData)
