/** Runs the verification of a call: its hashes, its nonce, and what of it is shown. */
import {
  type Fingerprints,
  type Sign,
  type Verification,
  type VerificationEffect,
  type VerificationMessage,
  type VerificationRole,
  signsFor,
  startVerification,
  verify
} from '../core/verification.ts'

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

const hexadecimal = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

export interface VerificationSurroundings {
  send(message: VerificationMessage): void
  changed(verification: CallVerification): void
}

export class Verifier {
  readonly #around: VerificationSurroundings
  #state: Verification
  /** Messages and hashes are taken one after the other. */
  #work: Promise<void> = Promise.resolve()

  constructor(around: VerificationSurroundings, role: VerificationRole, fingerprints: Fingerprints) {
    this.#around = around
    const nonce = hexadecimal(crypto.getRandomValues(new Uint8Array(32)))
    const [state, effects] = startVerification({ role, fingerprints, nonce })
    this.#state = state
    this.#enqueue(() => this.#perform(effects))
  }

  hear(message: VerificationMessage): void {
    this.#enqueue(() => this.#step({ type: 'received', message }))
  }

  #enqueue(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch(() => this.#around.changed(unavailable))
  }

  async #step(event: Parameters<typeof verify>[1]): Promise<void> {
    const [state, effects] = verify(this.#state, event)
    const before = this.#state.phase
    this.#state = state
    await this.#perform(effects)
    if (this.#state.phase === before) return
    if (state.phase === 'ready') this.#around.changed({ state: 'ready', code: signsFor(state.code) })
    if (state.phase === 'failed') this.#around.changed(unavailable)
  }

  async #perform(effects: readonly VerificationEffect[]): Promise<void> {
    for (const effect of effects) {
      if (effect.type === 'send') this.#around.send(effect.message)
      else await this.#step({ type: 'hashed', hash: await sha256(effect.text) })
    }
  }
}

/** Rejects where there is no cryptography: pages that came over plain HTTP have none. */
const sha256 = async (text: string): Promise<string> =>
  hexadecimal(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))))
