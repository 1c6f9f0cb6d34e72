/** The other side of a call with oneself: signs in beside the caller, answers whatever comes, and sends it back. */
import { randomBytes } from 'node:crypto'
import type { RtcStack } from '../rtc/stack.ts'
import type { Front } from './front.ts'
import type { CallOptions } from './options.ts'
import { Party } from './party.ts'
import { EchoSource } from './sources/echo-source.ts'

/** Shows nothing: what there is to see is seen by the caller. */
class SilentFront implements Front {
  begin(): void {}
  tell(): void {}

  end(): Promise<void> {
    return Promise.resolve()
  }

  switchToConnectUi(): void {}
  switchToPeerList(): void {}
  switchToStreamingUi(): void {}
  startLocalRenderer(): void {}
  stopLocalRenderer(): void {}
  startRemoteRenderer(): void {}
  stopRemoteRenderer(): void {}
  messageBox(): void {}
}

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
  const party = new Party({ options, stack, source, front: new SilentFront(), attended: false })
  return { name: options.name, party }
}
