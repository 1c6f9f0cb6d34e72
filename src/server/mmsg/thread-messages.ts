/**
 * What the server and the thread that relays say to each other, in order and both ways. What is said in
 * one go travels together: to hand over a message costs more than what most of them are about.
 */
import type { TransportAddress } from '../../stun/address.ts'
import type { RelayOptions } from '../../turn/relay.ts'
import type { RelayFigures } from '../relay-runner.ts'

/** With what the thread begins. */
export interface ThreadData {
  readonly options: Pick<RelayOptions, 'realm' | 'secrets' | 'limits'>
  /** An eventfd that is written to after each message, for the thread waits for datagrams. */
  readonly wakeFile: number
  /** Its only number is not 0 when the process ends. */
  readonly stopped: Int32Array
}

export type ToThread =
  | { readonly type: 'listen'; readonly port: number; readonly host: string }
  | { readonly type: 'stream-opened'; readonly stream: number; readonly remote: TransportAddress }
  | { readonly type: 'stream-received'; readonly stream: number; readonly message: Uint8Array }
  | { readonly type: 'stream-closed'; readonly stream: number }
  | { readonly type: 'end-call'; readonly call: string }
  | { readonly type: 'count' }
  | { readonly type: 'close' }

export type FromThread =
  | { readonly type: 'listening' }
  /** The sockets that are open from now on: they do not end with the thread, should it end by a fault. */
  | { readonly type: 'opened'; readonly files: readonly number[] }
  | { readonly type: 'refused'; readonly error: Problem }
  | { readonly type: 'stream-send'; readonly stream: number; readonly message: Uint8Array }
  | { readonly type: 'stream-holds'; readonly stream: number; readonly holds: boolean }
  | { readonly type: 'counted'; readonly figures: RelayFigures }
  | { readonly type: 'relayed'; readonly id: string; readonly packets: number; readonly bytes: number }
  | { readonly type: 'failed'; readonly error: Problem }

/** An error, which loses its code on the way otherwise. */
export interface Problem {
  readonly message: string
  readonly code: string
}

export const problemOf = (error: unknown): Problem => {
  if (!(error instanceof Error)) return { message: String(error), code: '' }
  return { message: error.message, code: 'code' in error ? String(error.code) : '' }
}

export const errorOf = ({ message, code }: Problem): Error => Object.assign(new Error(message), { code })
