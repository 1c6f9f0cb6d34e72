import { expect, test, vi } from 'vitest'
import type { VerificationMessage, VerificationRole } from '../core/verification.ts'
import { type CallVerification, Verifier } from './verification.ts'

const fingerprints = { caller: 'sha-256 AA', callee: 'sha-256 BB' }

/** Two sides that hear each other, unless somebody between them says otherwise. */
const compare = async (calleeSees = fingerprints): Promise<readonly CallVerification[]> => {
  const shown: Record<VerificationRole, CallVerification[]> = { caller: [], callee: [] }
  const side = (role: VerificationRole, sees: typeof fingerprints, to: () => Verifier): Verifier =>
    new Verifier(
      {
        send: (message: VerificationMessage) => to().hear(message),
        changed: (verification) => shown[role].push(verification)
      },
      role,
      sees
    )
  const callee: Verifier = side('callee', calleeSees, () => caller)
  const caller: Verifier = side('caller', fingerprints, () => callee)
  await vi.waitFor(() => expect([shown.caller.length, shown.callee.length]).toEqual([1, 1]))
  return [...shown.caller, ...shown.callee]
}

test('both people are shown the same four signs', async () => {
  const [caller, callee] = await compare()
  expect(caller).toMatchObject({ state: 'ready', code: { length: 4 } })
  expect(callee).toEqual(caller)
})

test('somebody who swapped a fingerprint makes them differ', async () => {
  const [caller, callee] = await compare({ caller: 'sha-256 EE', callee: 'sha-256 BB' })
  expect(callee).not.toEqual(caller)
})

test('a partner that does not keep to the order leaves the call unverified', async () => {
  const changed = vi.fn()
  const verifier = new Verifier({ send: () => {}, changed }, 'callee', fingerprints)
  verifier.hear({ type: 'reveal', nonce: 'ab' })
  await vi.waitFor(() => expect(changed).toHaveBeenCalledWith({ state: 'unavailable' }))
})

test('a page without cryptography leaves the call unverified', async () => {
  const digest = vi.spyOn(crypto.subtle, 'digest').mockRejectedValue(new Error('insecure'))
  const changed = vi.fn()
  const verifier = new Verifier({ send: () => {}, changed }, 'caller', fingerprints)
  await vi.waitFor(() => expect(changed).toHaveBeenCalledWith({ state: 'unavailable' }))
  verifier.hear({ type: 'nonce', nonce: 'ab' })
  digest.mockRestore()
})
