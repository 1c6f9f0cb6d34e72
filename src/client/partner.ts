/**
 * What the two parties of a call have between them beside camera and microphone: their words and files, what
 * is muted, whose screen is shown, and a code to compare. Over two data channels that both sides open by
 * themselves, so only with partners that speak the native protocol.
 */
import { type VerificationRole, fingerprintOf } from '../core/verification.ts'
import { type ControlMessage, decodeControl } from '../dialects/channel.ts'
import { CallError } from './errors.ts'
import { Files, type IncomingFile, type SendFileOptions } from './files.ts'
import type { MediaPort } from './peer-connection.ts'
import { type DataChannel, dataOf } from './platform.ts'
import { type CallVerification, Verifier, unavailable } from './verification.ts'

/** True for what the other side does not get to hear or see. */
export interface Muted {
  readonly audio: boolean
  readonly video: boolean
}

/** What the partner says for the person, or for the screen. */
export type PartnerMessage = Extract<ControlMessage, { readonly type: 'muted' | 'screen' | 'text' }>

export interface PartnerHandlers {
  readonly hear: (message: PartnerMessage) => void
  readonly file: (file: IncomingFile) => void
  readonly verification: (verification: CallVerification) => void
}

/** How much may wait for the channel to open, and how much for the accept; beyond that, what is said is lost. */
const maxWaiting = 256
const maxEarly = 64

export const noWay = (): CallError =>
  new CallError('not-connected', 'Write while the call is connected, to one that can read it.')

/** From the first media on. */
export class Partner {
  readonly #connection: MediaPort['connection']
  readonly #role: VerificationRole
  readonly #handlers: PartnerHandlers
  readonly #control: DataChannel
  readonly #files: Files
  /** To be said once the channel is open. */
  readonly #waiting: string[] = []
  /** The accept comes by the server, and what the partner says after it may be faster. */
  readonly #early: ControlMessage[] = []
  #accepted = false
  #verifier: Verifier | null = null

  constructor(connection: MediaPort['connection'], role: VerificationRole, handlers: PartnerHandlers) {
    const open = (id: number, label: string): DataChannel =>
      connection.createDataChannel(label, { negotiated: true, id })
    const control = open(0, 'patchcord')
    this.#connection = connection
    this.#role = role
    this.#handlers = handlers
    this.#control = control
    this.#files = new Files(open(1, 'patchcord-files'), (file) => {
      if (this.#accepted) handlers.file(file)
      else file.decline()
    })
    control.addEventListener('open', () => {
      for (const text of this.#waiting.splice(0)) control.send(text)
      this.#verify()
    })
    // What a later version says in words of its own is not for this one.
    control.addEventListener('message', (event) => {
      const decoded = decodeControl(dataOf(event))
      if (decoded.ok) this.#hear(decoded.message)
    })
  }

  /** The call is accepted: from now on the two may speak. */
  accept(muted: Muted): void {
    if (this.#accepted) return
    this.#accepted = true
    this.tellMuted(muted)
    this.#verify()
    for (const message of this.#early.splice(0)) this.#hear(message)
  }

  tellMuted(muted: Muted): void {
    if (this.#accepted) this.say({ type: 'muted', ...muted })
  }

  /** At once, or when the channel is open. */
  say(message: ControlMessage): void {
    const text = JSON.stringify(message)
    const { readyState } = this.#control
    if (readyState === 'open') this.#control.send(text)
    else if (readyState === 'connecting' && this.#waiting.length < maxWaiting) this.#waiting.push(text)
  }

  sendText(text: string): void {
    if (!this.#accepted || this.#control.readyState !== 'open') throw noWay()
    this.say({ type: 'text', text })
  }

  async sendFile(blob: Blob, name: string, options: SendFileOptions): Promise<void> {
    if (!this.#accepted) throw noWay()
    return this.#files.send(blob, name, options)
  }

  close(): void {
    this.#files.close()
  }

  /** Needs both descriptions, which are there when a channel is open. */
  #verify(): void {
    if (!this.#accepted || this.#control.readyState !== 'open' || this.#verifier) return
    const { currentLocalDescription, currentRemoteDescription } = this.#connection
    const local = fingerprintOf(currentLocalDescription?.sdp ?? '')
    const remote = fingerprintOf(currentRemoteDescription?.sdp ?? '')
    const { verification } = this.#handlers
    if (!local || !remote) return verification(unavailable)
    const [caller, callee] = this.#role === 'caller' ? [local, remote] : [remote, local]
    this.#verifier = new Verifier(
      { send: (message) => this.say(message), changed: verification },
      this.#role,
      { caller, callee }
    )
  }

  #hear(message: ControlMessage): void {
    if (!this.#accepted) {
      if (this.#early.length < maxEarly) this.#early.push(message)
      return
    }
    switch (message.type) {
      case 'muted':
      case 'screen':
      case 'text':
        return this.#handlers.hear(message)
      default:
        return this.#verifier?.hear(message)
    }
  }
}
