/** For what comes over a socket: looks again and again, and with patience, for the machine may be busy. */
import { expect } from 'vitest'

export const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 10_000, interval: 10 })
