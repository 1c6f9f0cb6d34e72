/** Runs the verification of a call: its hashes, its nonce, and what of it is shown. */
import {
  type Fingerprints,
  type Sign,
  type VerificationMessage,
  type VerificationRole,
  signsFor,
  verify
} from '../core/verification.ts'
import { hexadecimal, randomHex } from './hexadecimal.ts'

/**
 * `ready`: compare the signs with the other person, by voice or by eye. `unavailable`: the other side cannot
 * do it, did not keep to it, or this page has no cryptography (it came over plain HTTP). The call is unverified.
 */
export type CallVerification =
  | { readonly state: 'pending' }
  | { readonly state: 'ready'; readonly code: readonly Sign[] }
  | { readonly state: 'unavailable' }

export const pending: CallVerification = { state: 'pending' }
export const unavailable: CallVerification = { state: 'unavailable' }

export interface VerificationSurroundings {
  readonly send: (message: VerificationMessage) => void
  readonly changed: (verification: CallVerification) => void
}

/** No partner has so much to say. */
const maxHeard = 4

export class Verifier {
  readonly #heard: VerificationMessage[] = []
  #wake = (): void => {}

  constructor(
    { send, changed }: VerificationSurroundings,
    role: VerificationRole,
    fingerprints: Fingerprints
  ) {
    const nonce = randomHex(32)
    const way = { send, sha256, receive: () => this.#receive() }
    void verify({ role, fingerprints, nonce }, way)
      .catch(() => null)
      .then((code) => changed(code ? { state: 'ready', code: signsFor(code) } : unavailable))
  }

  hear(message: VerificationMessage): void {
    if (this.#heard.length < maxHeard) this.#heard.push(message)
    this.#wake()
  }

  async #receive(): Promise<VerificationMessage> {
    for (;;) {
      const message = this.#heard.shift()
      if (message) return message
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

/** Rejects where there is no cryptography: pages that came over plain HTTP have none. */
const sha256 = async (text: string): Promise<string> =>
  hexadecimal(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))))
