/**
 * Every order of events between two clients that make calls of a wire without call control: each calls the
 * other once, and accepts, hangs up or waits whenever it can.
 */
import { expect, test } from 'vitest'
import { Violation, type World, walk } from '../../test/support/interleavings.ts'
import { plainJson } from '../../test/support/plain.ts'
import { type Description, bodyOf } from '../core/signal.ts'
import {
  type CallInput,
  type CallMessage,
  type CallNews,
  type ForeignCalls,
  callDeadline,
  noCalls,
  stepForeignCalls
} from './foreign-calls.ts'
import { type ForeignSignal, foreignPeer } from './foreign.ts'

type Name = 'ada' | 'bob'
const other = (name: Name): Name => (name === 'ada' ? 'bob' : 'ada')

/** What the client above knows of its call; `placing`: it has an id, and no offer yet. */
type Line =
  | { readonly phase: 'idle' }
  | {
      readonly phase: 'placing' | 'calling' | 'ringing'
      readonly call: string
      readonly local: string
      readonly remote: string
    }
  | { readonly phase: 'talking'; readonly call: string; readonly local: string; readonly remote: string }

interface Side {
  readonly calls: ForeignCalls
  readonly line: Line
  readonly placed: number
  /** Ids given to calls that were heard. */
  readonly given: number
}
interface State {
  readonly ada: Side
  readonly bob: Side
  /** On their way to each, in order. */
  readonly toAda: readonly ForeignSignal[]
  readonly toBob: readonly ForeignSignal[]
  readonly now: number
}

const idle: Line = { phase: 'idle' }
const fresh: Side = { calls: noCalls, line: idle, placed: 0, given: 0 }
const start: State = { ada: fresh, bob: fresh, toAda: [], toBob: [], now: 0 }

const described = (type: Description['type'], name: string): Description => ({
  type,
  sdp: bodyOf(`a=ice-ufrag:${name}\n`)
})
const ufragIn = ({ sdp }: Description): string => sdp.text().slice('a=ice-ufrag:'.length).trim()
const candidateOf = (name: string) => ({
  candidate: `of ${name}`,
  sdpMid: null,
  sdpMLineIndex: null,
  usernameFragment: name
})

const withSide = (state: State, name: Name, change: Partial<Side>): State => ({
  ...state,
  [name]: { ...state[name], ...change }
})

const post = (state: State, to: Name, signal: ForeignSignal): State =>
  to === 'ada' ? { ...state, toAda: [...state.toAda, signal] } : { ...state, toBob: [...state.toBob, signal] }

const step = (state: State, name: Name, input: CallInput): State => {
  const [calls, outputs] = stepForeignCalls(state[name].calls, input)
  return outputs.reduce(
    (state, output) =>
      output.type === 'signal' ? post(state, other(name), output.signal) : tell(state, name, output.message),
    withSide(state, name, { calls })
  )
}

const say = (state: State, name: Name, message: CallMessage): State =>
  step(state, name, { type: 'said', message, now: state.now })

/** Accepts, which takes an answer and a candidate. */
const accept = (state: State, name: Name, call: string, remote: string): State => {
  const local = `answer of ${name} to ${remote}`
  const talking = withSide(state, name, { line: { phase: 'talking', call, local, remote } })
  const answered = say(talking, name, { type: 'accept', call, description: described('answer', local) })
  return say(answered, name, {
    type: 'candidate',
    to: { by: 'call', call },
    candidate: candidateOf(local)
  })
}

/** As a line takes it. */
const tell = (state: State, name: Name, news: CallNews): State => {
  const { line } = state[name]
  if (news.type === 'invite') {
    const remote = ufragIn(news.description)
    const { call } = news
    if (line.phase === 'idle')
      return withSide(state, name, { line: { phase: 'ringing', call, local: '', remote } })
    if (line.phase === 'ringing' || line.phase === 'talking') throw new Violation('a second call')
    const hungUp = say(state, name, { type: 'hang-up', call: line.call, reason: 'hung-up' })
    return accept(hungUp, name, call, remote)
  }
  if (line.phase === 'idle' || news.call !== line.call) {
    if (news.type === 'ended') return state
    throw new Violation(`${news.type} for a call that is not`)
  }
  switch (news.type) {
    case 'ended':
      return withSide(state, name, { line: idle })
    case 'accept': {
      if (line.phase !== 'calling') throw new Violation('accepted twice')
      return withSide(state, name, { line: { ...line, phase: 'talking', remote: ufragIn(news.description) } })
    }
    case 'candidate':
      if (news.candidate.usernameFragment !== line.remote)
        throw new Violation('a candidate of another connection')
      return state
    default:
      throw new Violation(`${news.type} was not asked for`)
  }
}

/** Two who talk have the two ends of one connection. */
const checkTalk = ({ ada, bob, toAda, toBob }: State): void => {
  if (ada.line.phase !== 'talking' || bob.line.phase !== 'talking') return
  if (toAda.length + toBob.length > 0) return
  if (ada.line.local !== bob.line.remote || ada.line.remote !== bob.line.local) {
    throw new Violation('two ends of different connections')
  }
}

const lineMoves = (state: State, name: Name) => {
  const { line, placed } = state[name]
  const by = (what: string, next: () => State) => ({ name: `${name} ${what}`, next })
  switch (line.phase) {
    case 'idle':
      return placed > 0
        ? []
        : [
            by('places a call', () =>
              withSide(state, name, {
                placed: 1,
                line: { phase: 'placing', call: `call of ${name}`, local: `offer of ${name}`, remote: '' }
              })
            )
          ]
    case 'placing':
      return [
        by('offers', () => {
          const { call, local } = line
          const calling = withSide(state, name, { line: { ...line, phase: 'calling' } })
          const to = { by: 'id', id: other(name) } as const
          const offered = say(calling, name, {
            type: 'invite',
            call,
            to,
            description: described('offer', local)
          })
          return say(offered, name, {
            type: 'candidate',
            to: { by: 'call', call },
            candidate: candidateOf(local)
          })
        })
      ]
    default:
      return [
        by('hangs up', () => say(state, name, { type: 'hang-up', call: line.call, reason: 'hung-up' })),
        ...(line.phase === 'ringing'
          ? [by('accepts', () => accept(state, name, line.call, line.remote))]
          : [])
      ]
  }
}

const arrival = (state: State, name: Name) => {
  const [signal, ...rest] = name === 'ada' ? state.toAda : state.toBob
  if (signal === undefined) return []
  const next = (): State => {
    const left = name === 'ada' ? { ...state, toAda: rest } : { ...state, toBob: rest }
    const given = state[name].given + 1
    const from = foreignPeer(other(name), other(name), 'mdn')
    return step(withSide(left, name, { given }), name, {
      type: 'heard',
      from,
      signal,
      call: `heard by ${name} ${given}`,
      now: state.now
    })
  }
  return [{ name: `${name} hears ${signal.type}`, next }]
}

/** Time goes on to the next moment at which it matters; meanwhile all that is said has come. */
const passing = (state: State) => {
  const deadline = Math.min(callDeadline(state.ada.calls), callDeadline(state.bob.calls))
  if (deadline === Infinity || state.toAda.length + state.toBob.length > 0) return []
  const next = (): State => {
    const input: CallInput = { type: 'time-passed', now: deadline }
    return step(step({ ...state, now: deadline }, 'ada', input), 'bob', input)
  }
  return [{ name: 'time passes', next }]
}

const world: World<State> = {
  start,
  moves(state) {
    checkTalk(state)
    return [
      ...lineMoves(state, 'ada'),
      ...lineMoves(state, 'bob'),
      ...arrival(state, 'ada'),
      ...arrival(state, 'bob'),
      ...passing(state)
    ]
  },
  checkEnd({ ada, bob }) {
    if (ada.line.phase !== 'idle' || bob.line.phase !== 'idle') throw new Violation('a call without an end')
    if (ada.calls.current !== null || bob.calls.current !== null)
      throw new Violation('a call that nobody is in')
  },
  key: plainJson
}

test('in whatever order two call, accept and hang up, there is one call at a time, and it ends at both ends', () => {
  const { violation, ends, states } = walk(world)
  expect(violation).toBeNull()
  expect(ends).toBeGreaterThan(5)
  expect(states).toBeGreaterThan(500)
})
