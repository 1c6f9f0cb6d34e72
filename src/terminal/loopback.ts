/** The other side of a call with oneself: signs in beside the caller, answers whatever comes, and sends it back. */
import { randomBytes } from 'node:crypto'
import { Writable } from 'node:stream'
import type { RtcStack } from '../rtc/stack.ts'
import { HeadlessFront } from './headless.ts'
import type { CallOptions } from './options.ts'
import { Party } from './party.ts'
import { EchoSource } from './sources/echo-source.ts'

/** What there is to see is seen by the caller. */
const nowhere = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() })

export const newEcho = (
  caller: CallOptions,
  stack: RtcStack
): { readonly name: string; readonly party: Party } => {
  const options: CallOptions = {
    ...caller,
    // Nobody else's: several may be at one server.
    name: `echo-${randomBytes(2).toString('hex')}`,
    peer: null,
    autoconnect: true,
    autocall: false,
    'auto-answer': true,
    record: undefined,
    frames: undefined,
    stats: 0,
    trace: false,
    calls: undefined,
    duration: undefined
  }
  const source = new EchoSource()
  const party = new Party({
    options,
    stack,
    source,
    front: new HeadlessFront({ input: null, output: nowhere() }),
    attended: false
  })
  return { name: options.name, party }
}
