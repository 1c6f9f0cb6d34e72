import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { certificateFor } from '../../test/support/certificates.ts'
import { SettingsError } from './settings.ts'
import type { CertificatePair } from './tls-certificate.ts'
import { tlsFrom } from './tls.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** What is found, look by look; an error is thrown. */
const world = async (...finds: readonly (CertificatePair | Error | null)[]) => {
  const lines: string[] = []
  const left = [...finds]
  const tls = await tlsFrom({
    source: {
      async look() {
        const next = left.shift() ?? null
        if (next instanceof Error) throw next
        return next
      }
    },
    log: pino({ level: 'warn' }, { write: (line) => lines.push(line) }),
    lookMs: 1_000
  })
  return { tls, lines, left, look: () => vi.advanceTimersByTimeAsync(1_000) }
}

test('a new certificate is shown to the next client', async () => {
  const { tls, look } = await world(
    await certificateFor(['one.example']),
    null,
    await certificateFor(['two.example'])
  )
  const first = tls.context()
  await look()
  expect(tls.context()).toBe(first)
  await look()
  expect(tls.context()).not.toBe(first)
  expect(tls.namesElsewhere()).toEqual(['two.example'])
  tls.close()
})

test('a broken one leaves the one before, and is told once', async () => {
  const broken = new SettingsError('--tls-cert: it is broken.')
  const unusable = { ...(await certificateFor()), key: 'no key' }
  const { tls, lines, look } = await world(await certificateFor(['one.example']), broken, broken, unusable)
  const first = tls.context()
  await look()
  await look()
  expect(lines).toHaveLength(1)
  expect(lines[0]).toContain('The certificate from before stays. --tls-cert: it is broken.')
  await look()
  expect(lines[1]).toContain('cannot be used')
  expect(tls.context()).toBe(first)
  tls.close()
})

test('what is broken again after it was whole is told again', async () => {
  const broken = new SettingsError('--tls-cert: it is broken.')
  const { tls, lines, look } = await world(await certificateFor(), broken, await certificateFor(), broken)
  for (let looks = 0; looks < 3; looks += 1) await look()
  expect(lines).toHaveLength(2)
  tls.close()
})

test('one that has ended is shown, and told', async () => {
  const { tls, lines } = await world(await certificateFor(['one.example'], Date.UTC(2001, 0, 1)))
  expect(lines.join('')).toContain('has ended')
  expect(tls.context()).toBeDefined()
  tls.close()
})

test('without one to begin with there is no TLS', async () => {
  await expect(world(new SettingsError('--tls-cert: there is no file x.'))).rejects.toThrow(
    'there is no file x'
  )
  expect(vi.getTimerCount()).toBe(0)
})

test('after its end nobody looks any more', async () => {
  const { tls, left, look } = await world(await certificateFor(), await certificateFor())
  tls.close()
  await look()
  expect(left).toHaveLength(1)
})
