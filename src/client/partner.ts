/**
 * What the two parties of a call have between them beside camera and microphone: their words and files, what
 * is muted, whose screen is shown, and a code to compare. Over data channels, so only with partners that speak
 * the native protocol; with others it is there, and silent.
 */
import { unreachable } from '../core/codec.ts'
import { type VerificationRole, fingerprintOf } from '../core/verification.ts'
import type { ControlMessage } from '../dialects/channel.ts'
import { CONTROL_CHANNEL, ControlChannel, FILE_CHANNEL } from './channel.ts'
import { CallError } from './errors.ts'
import { Files, type IncomingFile, type SendFileOptions } from './files.ts'
import type { MediaPort } from './peer-connection.ts'
import { type CallVerification, Verifier, pending, unavailable } from './verification.ts'

/** True for what the other side does not get to hear or see. */
export interface Muted {
  readonly audio: boolean
  readonly video: boolean
}

export interface PartnerHandlers {
  muted(muted: Muted): void
  /** In which section of the descriptions the partner shows its screen; `null` when it does not. */
  screen(mid: string | null): void
  text(text: string): void
  file(file: IncomingFile): void
  verification(verification: CallVerification): void
}

const maxEarly = 64

const noWay = (): CallError =>
  new CallError(
    'not-connected',
    'There is no way to the other side now: speak to it while the call is connected, and only to one that can.'
  )

/** From the first media on; `null` stands for a partner that has no channels. */
export class Partner {
  readonly #port: MediaPort | null
  readonly #role: VerificationRole
  readonly #handlers: PartnerHandlers
  readonly #control: ControlChannel | null
  readonly #files: Files | null
  #open = false
  #accepted = false
  #verifier: Verifier | null = null
  /** The accept comes by the server, and what the partner says after it may be faster. */
  readonly #early: ControlMessage[] = []

  constructor(port: MediaPort | null, role: VerificationRole, handlers: PartnerHandlers) {
    this.#port = port
    this.#role = role
    this.#handlers = handlers
    this.#control =
      port &&
      new ControlChannel(
        port.openChannel(CONTROL_CHANNEL.id, CONTROL_CHANNEL.label),
        (message) => this.#hear(message),
        () => this.#opened()
      )
    this.#files =
      port &&
      new Files(port.openChannel(FILE_CHANNEL.id, FILE_CHANNEL.label), (file) => {
        if (this.#accepted) handlers.file(file)
        else file.decline()
      })
  }

  /** What a call shows before anything is known. */
  get verification(): CallVerification {
    return this.#port === null ? unavailable : pending
  }

  /** The call is accepted: from now on the two may speak. */
  accept(muted: Muted): void {
    if (this.#accepted) return
    this.#accepted = true
    this.tellMuted(muted)
    this.#verify()
    for (const message of this.#early.splice(0)) this.#hear(message)
  }

  tellMuted({ audio, video }: Muted): void {
    if (this.#accepted) this.#control?.send({ type: 'muted', audio, video })
  }

  tellScreen(mid: string | null): void {
    this.#control?.send({ type: 'screen', mid })
  }

  sendText(text: string): void {
    if (!this.#open || !this.#accepted) throw noWay()
    this.#control?.send({ type: 'text', text })
  }

  sendFile(blob: Blob, name: string, options: SendFileOptions): Promise<void> {
    return this.#files === null || !this.#accepted
      ? Promise.reject(noWay())
      : this.#files.send(blob, name, options)
  }

  close(): void {
    this.#files?.close()
  }

  #opened(): void {
    this.#open = true
    this.#verify()
  }

  /** Needs both descriptions, which are there when a channel is open. */
  #verify(): void {
    if (!this.#open || !this.#accepted || this.#verifier !== null) return
    const descriptions = this.#port?.descriptions()
    const local = descriptions ? fingerprintOf(descriptions.local) : null
    const remote = descriptions ? fingerprintOf(descriptions.remote) : null
    if (local === null || remote === null) return this.#handlers.verification(unavailable)
    const fingerprints =
      this.#role === 'caller' ? { caller: local, callee: remote } : { caller: remote, callee: local }
    this.#verifier = new Verifier(
      {
        send: (message) => this.#control?.send(message),
        changed: (verification) => this.#handlers.verification(verification)
      },
      this.#role,
      fingerprints
    )
  }

  #hear(message: ControlMessage): void {
    if (!this.#accepted) {
      if (this.#early.length < maxEarly) this.#early.push(message)
      return
    }
    switch (message.type) {
      case 'muted':
        return this.#handlers.muted({ audio: message.audio, video: message.video })
      case 'screen':
        return this.#handlers.screen(message.mid)
      case 'text':
        return this.#handlers.text(message.text)
      case 'commit':
      case 'nonce':
      case 'reveal':
        return this.#verifier?.hear(message)
      default:
        return unreachable(message)
    }
  }
}
