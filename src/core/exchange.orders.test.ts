/**
 * Every order in which two clients in a call and a server that is lost can act. What the clients are like
 * stands in test/support/restart-parties.ts.
 */
import { describe, expect, test } from 'vitest'
import { walk } from '../../test/support/interleavings.ts'
import type { ScriptStep } from '../../test/support/restart-parties.ts'
import { type Handle, handle, restartWorld } from '../../test/support/restart-world.ts'
import type { ServerMessage } from './signal.ts'
import type { Input, Output } from './switchboard.ts'

type Steps = readonly ScriptStep[]
type Scripts = Readonly<Record<'ada' | 'bob', Steps>>

const calls = (ada: Steps, bob: Steps): Scripts => ({ ada: ['call', ...ada], bob })
const textOf = ({ ada, bob }: Scripts): string => `${ada.join(', ')} | ${bob.join(', ')}`

describe('whenever the server is lost, both are in the call with all that was said, or both know that it is over', () => {
  test.each<[string, Scripts]>(
    [
      calls([], ['accept']),
      calls(['candidate'], ['accept']),
      calls([], ['accept', 'candidate']),
      calls([], ['prepare', 'accept']),
      calls([], ['prepare', 'candidate', 'accept']),
      calls(['hang-up'], ['accept']),
      calls([], ['accept', 'hang-up']),
      calls([], ['decline']),
      calls(['hang-up'], ['decline'])
    ].map((scripts) => [textOf(scripts), scripts])
  )('%s', (_text, scripts) => {
    const { ends, violation } = walk(restartWorld(handle, scripts))
    expect(violation).toBeNull()
    expect(ends).toBeGreaterThan(0)
  })

  test('and twice', () => {
    expect(walk(restartWorld(handle, calls([], ['accept']), 2)).violation).toBeNull()
  })
})

// Broken on purpose

type Change = (outputs: readonly Output[], inputs: readonly Input[]) => readonly Output[]

const broken =
  (change: Change): Handle =>
  (inputs) =>
    change(handle(inputs), inputs)

/** What is delivered, each as something else or not at all. */
const delivering = (change: (message: ServerMessage, to: string) => ServerMessage | null): Handle =>
  broken((outputs) =>
    outputs.flatMap((output): readonly Output[] => {
      if (output.type !== 'deliver') return [output]
      const message = change(output.message, output.to)
      return message === null ? [] : [{ ...output, message }]
    })
  )

const without = (type: ServerMessage['type'], only?: string): Handle =>
  delivering((message, to) => (message.type === type && to === (only ?? to) ? null : message))

describe('the walker catches an exchange', () => {
  test.each<[string, Handle, Scripts]>([
    [
      'that tells one party alone that the call is known again',
      without('rejoined', 'bob'),
      calls([], ['accept'])
    ],
    [
      'that believes one party alone',
      broken((outputs, inputs) => {
        const last = inputs.at(-1)
        if (last?.type !== 'received' || last.message.type !== 'rejoin') return outputs
        return [{ type: 'deliver', to: last.peer, message: { type: 'rejoined', call: 'c' } }]
      }),
      calls(['hang-up'], ['accept'])
    ],
    [
      'that waits for the other party for ever',
      broken((outputs, inputs) => (inputs.at(-1)?.type === 'time-passed' ? [] : outputs)),
      calls(['hang-up'], ['accept'])
    ],
    [
      'that lets nobody be asked again whose accept was lost',
      broken((outputs, inputs) => {
        const isClaimed = inputs.some((input) => input.type === 'received' && input.message.type === 'rejoin')
        const last = inputs.at(-1)
        if (!isClaimed || last?.type !== 'received' || last.message.type !== 'invite') return outputs
        const refused = { type: 'refused', about: 'invite', code: 'not-allowed', reason: 'Taken.' } as const
        return [{ type: 'deliver', to: last.peer, message: refused }]
      }),
      calls([], ['accept'])
    ],
    ['that keeps an answer to itself', without('prepare'), calls([], ['prepare', 'accept'])],
    [
      'that hands nothing on under its number',
      delivering((message) =>
        'seq' in message && message.type !== 'received' ? { ...message, seq: undefined } : message
      ),
      calls([], ['accept'])
    ],
    ['that keeps to itself what was received', without('received'), calls([], ['accept', 'candidate'])],
    [
      'that has a word for each side',
      delivering((message, to) =>
        message.type === 'ended' && to === 'ada' ? { ...message, reason: 'failed' } : message
      ),
      calls(['hang-up'], ['accept'])
    ]
  ])('%s', (_fault, faulty, scripts) => {
    expect(walk(restartWorld(faulty, scripts)).violation).not.toBeNull()
  })
})
