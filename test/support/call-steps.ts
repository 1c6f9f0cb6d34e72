/** A call in words: what two clients do, one after the other, and what is said to which side of it. */
import {
  type Call,
  type CallEffect,
  type CallEvent,
  type CallStep,
  startCall,
  stepCall
} from '../../src/core/call.ts'
import { type Abilities, type Candidate, type Description, type Side, bodyOf } from '../../src/core/signal.ts'

/** Knows calls, like a native client. */
export const knowing: Abilities = { callControl: true, namesCallee: true, settleMs: 0, echoesText: false }
export const simple: Abilities = { ...knowing, callControl: false }
/** Is confused by an offer that comes while it is busy with an answer. */
export const slow: Abilities = { ...simple, settleMs: 400 }

export const describedAs =
  (type: Description['type']) =>
  (ufrag: string): Description => ({ type, sdp: bodyOf(`v=0\r\na=ice-ufrag:${ufrag}\r\n`) })
export const offer = describedAs('offer')
export const answer = describedAs('answer')

export const candidate = (usernameFragment: string | null, candidate = 'candidate:1'): Candidate => ({
  candidate,
  sdpMid: '0',
  sdpMLineIndex: 0,
  usernameFragment
})

const wordOf = (effect: CallEffect): string => {
  switch (effect.type) {
    case 'invite':
    case 'prepare':
    case 'accept':
    case 'description': {
      if (effect.description === null) return effect.type
      const { type, sdp } = effect.description
      return `${effect.type} ${type} ${/ufrag:(\S+)/.exec(sdp.text())?.[1]}`
    }
    case 'candidate':
      return `candidate ${effect.candidate.usernameFragment}`
    case 'received':
      return `received ${effect.seq}`
    case 'ended':
      return `ended ${effect.reason}`
    case 'refused':
      return `refused: ${effect.reason}`
    default:
      return effect.type
  }
}

/** What is said, in order: `callee: invite offer a`. */
export const said = (effects: readonly CallEffect[]): readonly string[] =>
  effects.map((effect) => `${effect.to}: ${wordOf(effect)}`)

export const ringMs = 45_000

/** The caller's user fragment is `a`, the callee's `b`. */
export const ring = (caller: Abilities, callee: Abilities, early: readonly Candidate[] = []): CallStep =>
  startCall({ caller, callee }, offer('a'), { early, now: 0, deadline: ringMs })

/** The state after these, and all that was said on the way. */
export const after = ([call, effects]: CallStep, ...events: readonly CallEvent[]): CallStep =>
  events.reduce<CallStep>(
    ([call, effects], event) => {
      const [next, more] = stepCall(call, event)
      return [next, [...effects, ...more]]
    },
    [call, effects]
  )

export const accepted = (now = 0): CallEvent => ({
  type: 'accepted',
  by: 'callee',
  description: answer('b'),
  now
})
export const described = (by: Side, description: Description, now = 0): CallEvent => ({
  type: 'described',
  by,
  description,
  now
})
export const found = (by: Side, candidate: Candidate): CallEvent => ({
  type: 'candidate-found',
  by,
  candidate
})
export const timePassed = (now: number): CallEvent => ({ type: 'time-passed', now })

export const stateAfter = (start: CallStep, ...events: readonly CallEvent[]): Call =>
  after(start, ...events)[0]
