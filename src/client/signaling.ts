/** What a line needs of the way to its server, whatever is spoken there: it knows of no wire, and no wire of it. */
import type { ClientMessage } from '../core/signal.ts'
import type { NativeServerMessage } from '../dialects/native-client.ts'
import type { CallError } from './errors.ts'

export type Welcome = Extract<NativeServerMessage, { type: 'welcome' }>
/** What a server says to who is signed in. */
export type LineMessage = Exclude<NativeServerMessage, Welcome>

export interface SignalingHandlers {
  /**
   * Signed in: for the first time, before anything else, or anew, to a server that knows nothing of what was, neither
   * what was told last nor of any call.
   */
  welcomed(welcome: Welcome): void
  message(message: LineMessage): void
  /** The way is lost, and is being sought; again with each attempt that fails. */
  lost(error: CallError): void
  /** It is back, and nothing that was said is missing on either side. */
  back(): void
  /** It is over. `null` when it was closed from here. */
  closed(error: CallError | null): void
}

export interface SignalingClient {
  /** While the way is lost it is kept, and said when it is back; what a call says, only to a server that may know the call. */
  send(message: ClientMessage): void
  /** In a call a loss is looked for more often. */
  setLively(lively: boolean): void
  /** Signs out. Resolves when all that was said has left, which may take a moment; it is the same for each call. */
  close(): Promise<void>
}

/** Opens the way, which does with what comes what it is told to. `name`: the one to ask for, whenever it signs in. */
export type OpenSignaling = (handlers: SignalingHandlers, name: () => string) => SignalingClient
