import { describe, expect, test } from 'vitest'
import { type Candidate, type Description, bodyOf } from '../core/signal.ts'
import {
  type CallInput,
  type CallMessage,
  type CallOutput,
  type ForeignCalls,
  callDeadline,
  noCalls,
  stepForeignCalls
} from './foreign-calls.ts'
import { type ForeignSignal, foreignPeer } from './foreign.ts'

const bob = foreignPeer('bob', 'bob', 'mdn')
const cyd = foreignPeer('cyd', 'cyd', 'mdn')

/** The connection's user fragment makes the text: `a` is less than `b`. */
const described = (type: Description['type'], ufrag: string): Description => ({
  type,
  sdp: bodyOf(`a=ice-ufrag:${ufrag}\n`)
})
const offer = (ufrag: string) => described('offer', ufrag)
const answer = (ufrag: string) => described('answer', ufrag)
const candidate = (ufrag: string | null): Candidate => ({
  candidate: `candidate of ${ufrag}`,
  sdpMid: '0',
  sdpMLineIndex: 0,
  usernameFragment: ufrag
})

const said = (message: CallMessage, now = 0): CallInput => ({ type: 'said', message, now })
const heard = (
  from: typeof bob | null,
  signal: ForeignSignal | Description,
  { call = 'theirs', now = 0 } = {}
): CallInput => ({
  type: 'heard',
  from,
  signal: 'sdp' in signal ? { type: 'description', description: signal } : signal,
  call,
  now
})
const bye: ForeignSignal = { type: 'bye' }
const found = (ufrag: string | null): ForeignSignal => ({ type: 'candidate', candidate: candidate(ufrag) })

const invite = said({
  type: 'invite',
  call: 'ours',
  to: { by: 'id', id: 'bob' },
  description: offer('our offer')
})
const accept = (call: string) => said({ type: 'accept', call, description: answer('our answer') })
const hangUp = (call: string | null, reason: 'hung-up' | 'failed' = 'hung-up') =>
  said({ type: 'hang-up', call, reason })
const decline = (reason: 'declined' | 'busy' | 'failed', call = 'theirs') =>
  said({ type: 'decline', call, reason })
const sayCandidate = (call: string) =>
  said({ type: 'candidate', to: { by: 'call', call }, candidate: candidate('our') })
const sayOffer = (call: string) =>
  said({ type: 'description', to: { by: 'call', call }, description: offer('our next') })
const pass = (now: number): CallInput => ({ type: 'time-passed', now })

const calling = [invite]
const ringing = [heard(bob, offer('their offer'))]
const called = [...calling, heard(bob, answer('their answer'))]
const answered = [...ringing, accept('theirs')]

const crossed = (theirs: string) => [...calling, heard(bob, offer(theirs), { now: 100 })]

const after = (inputs: readonly CallInput[]): readonly [ForeignCalls, readonly CallOutput[]] =>
  inputs.reduce<readonly [ForeignCalls, readonly CallOutput[]]>(
    ([state], input) => stepForeignCalls(state, input),
    [noCalls, []]
  )

const wordsOf = (signal: ForeignSignal): string => {
  if (signal.type === 'bye') return 'bye'
  return signal.type === 'candidate'
    ? (signal.candidate.usernameFragment ?? 'a candidate')
    : `${signal.description.type} ${/ufrag:(.*)/.exec(signal.description.sdp.text())?.[1]}`
}

/** An output as few words: what goes out with `→` and to whom, what the line is told with the call's id. */
const short = (output: CallOutput): string => {
  if (output.type === 'signal') return `→ ${output.to}: ${wordsOf(output.signal)}`
  const { message } = output
  const { type, call } = message
  switch (type) {
    case 'ended':
      return `${call} ended: ${message.reason}`
    case 'refused':
      return `${call} refused: ${message.code}`
    case 'ice-servers':
      return `${call} ice-servers: ${message.iceServers.length}`
    case 'candidate':
      return `${call} candidate: ${message.candidate.usernameFragment ?? 'unnamed'}`
    default:
      return `${call} ${type}: ${wordsOf({ type: 'description', description: message.description })}`
  }
}

const outputs = (...inputs: readonly CallInput[]): readonly string[] => after(inputs)[1].map(short)

describe('what its own client says', () => {
  test.each<[string, readonly CallInput[], CallInput, readonly string[]]>([
    ['an invite is an offer', [], invite, ['→ bob: offer our offer']],
    ['an invite that is said again is the same offer', calling, invite, ['→ bob: offer our offer']],
    ['an invite in another call is refused', answered, invite, ['ours refused: already-in-call']],
    [
      'an invite to nobody is refused',
      [],
      said({ type: 'invite', call: 'ours', to: { by: 'partner' }, description: offer('our offer') }),
      ['ours refused: unknown-peer']
    ],
    ['an accept is an answer', ringing, accept('theirs'), ['→ bob: answer our answer']],
    ['an accept of another call goes nowhere', ringing, accept('ours'), []],
    ['an accept comes once', answered, accept('theirs'), []],
    [
      'an accept without an answer goes nowhere',
      ringing,
      said({ type: 'accept', call: 'theirs', description: null }),
      []
    ],
    ['there are no ICE servers', [], said({ type: 'ice-servers', call: 'ours' }), ['ours ice-servers: 0']],
    ['ringing has no word', ringing, said({ type: 'ringing', call: 'theirs' }), []],
    [
      'a prepared answer has no word',
      ringing,
      said({ type: 'prepare', call: 'theirs', description: answer('x') }),
      []
    ],
    ['a wish for another start of ICE has no word', called, said({ type: 'ice-restart', call: 'ours' }), []],
    ['an acknowledgement has no word', called, said({ type: 'received', call: 'ours', seq: 1 }), []],
    ['a candidate goes to the callee', calling, sayCandidate('ours'), ['→ bob: our']],
    ['a candidate goes to the partner', answered, sayCandidate('theirs'), ['→ bob: our']],
    ['a candidate of another call goes nowhere', answered, sayCandidate('ours'), []],
    ['a candidate without a call goes nowhere', [], sayCandidate('ours'), []],
    [
      'a candidate that names its target otherwise goes nowhere',
      called,
      said({ type: 'candidate', to: { by: 'partner' }, candidate: candidate('our') }),
      []
    ],
    ['a further offer goes to the partner', called, sayOffer('ours'), ['→ bob: offer our next']],
    ['a further offer waits for the first to be answered', calling, sayOffer('ours'), []],
    [
      'a hang-up while it rings there cancels',
      calling,
      hangUp('ours'),
      ['→ bob: bye', 'ours ended: cancelled']
    ],
    ['a hang-up in a call ends it', called, hangUp('ours'), ['→ bob: bye', 'ours ended: hung-up']],
    ['a hang-up of whichever call ends it', called, hangUp(null), ['→ bob: bye', 'ours ended: hung-up']],
    [
      'a hang-up while it rings here declines',
      ringing,
      hangUp('theirs'),
      ['→ bob: bye', 'theirs ended: declined']
    ],
    ['a hang-up may be a failure', called, hangUp('ours', 'failed'), ['→ bob: bye', 'ours ended: failed']],
    ['a hang-up of another call goes nowhere', called, hangUp('theirs'), []],
    ['a hang-up of no call goes nowhere', [], hangUp(null), []],
    ['a decline is a bye', ringing, decline('declined'), ['→ bob: bye', 'theirs ended: declined']],
    ['a decline keeps its reason', ringing, decline('busy'), ['→ bob: bye', 'theirs ended: busy']],
    ['a decline of another call goes nowhere', ringing, decline('busy', 'ours'), []],
    ['a decline after the accept goes nowhere', answered, decline('declined'), []],
    [
      'a call that is claimed again is over',
      called,
      said({ type: 'rejoin', call: 'ours', to: { by: 'id', id: 'bob' }, role: 'caller' }),
      ['→ bob: bye', 'ours ended: left']
    ],
    [
      'a call that is claimed again and not known is over',
      [],
      said({ type: 'rejoin', call: 'ours', to: { by: 'id', id: 'bob' }, role: 'caller' }),
      ['ours ended: left']
    ]
  ])('%s', (_promise, before, input, expected) => {
    expect(outputs(...before, input)).toEqual(expected)
  })
})

describe('what it hears', () => {
  const invited = ['theirs invite: offer their offer']

  test.each<[string, readonly CallInput[], CallInput, readonly string[]]>([
    ['an offer is an invite', [], heard(bob, offer('their offer')), invited],
    ['an offer of nobody is none', [], heard(null, offer('their offer')), []],
    ['an offer of a third party is answered with a bye', called, heard(cyd, offer('x')), ['→ cyd: bye']],
    ['an answer of a third party is ignored', calling, heard(cyd, answer('x')), []],
    [
      'an answer is the accept',
      calling,
      heard(bob, answer('their answer')),
      ['ours accept: answer their answer']
    ],
    ['an answer to nothing is ignored', [], heard(bob, answer('x')), []],
    ['an answer while it rings here is ignored', ringing, heard(bob, answer('x')), []],
    ['a further answer is a description', called, heard(bob, answer('y')), ['ours description: answer y']],
    ['a further offer is a description', called, heard(bob, offer('y')), ['ours description: offer y']],
    [
      'a further offer while it rings is, too',
      ringing,
      heard(bob, offer('y')),
      ['theirs description: offer y']
    ],
    ['a provisional answer is ignored', calling, heard(bob, described('pranswer', 'y')), []],
    ['a rollback is ignored', called, heard(bob, described('rollback', 'y')), []],
    ['a bye while it rings there declines', calling, heard(bob, bye), ['ours ended: declined']],
    ['a bye while it rings here cancels', ringing, heard(bob, bye), ['theirs ended: cancelled']],
    ['a bye in a call ends it', called, heard(bob, bye), ['ours ended: hung-up']],
    ['a bye of nobody in particular is the partner’s', answered, heard(null, bye), ['theirs ended: hung-up']],
    ['a bye of a third party is ignored', called, heard(cyd, bye), []],
    ['a bye without a call is ignored', [], heard(null, bye), []],
    ['the partner’s departure ends the call', called, { type: 'gone', peer: 'bob' }, ['ours ended: left']],
    ['the departure of others does not', called, { type: 'gone', peer: 'cyd' }, []],
    ['a departure without a call is nothing', [], { type: 'gone', peer: 'bob' }, []],
    ['a new line ends a call', called, { type: 'signed-in-anew' }, ['→ bob: bye', 'ours ended: left']],
    [
      'a new line stops the ringing',
      ringing,
      { type: 'signed-in-anew' },
      ['→ bob: bye', 'theirs ended: left']
    ],
    ['a new line leaves an invite to be said again', calling, { type: 'signed-in-anew' }, []],
    ['a new line without a call is nothing', [], { type: 'signed-in-anew' }, []]
  ])('%s', (_promise, before, input, expected) => {
    expect(outputs(...before, input)).toEqual(expected)
  })

  test('an offer of the connection that was has crossed the end, and is no new call', () => {
    const over = [...called, hangUp('ours')]
    expect(outputs(...over, heard(bob, offer('their answer')))).toEqual([])
    expect(outputs(...over, heard(bob, offer('another')))).toEqual(['theirs invite: offer another'])
    expect(outputs(...over, heard(cyd, offer('their answer')))).toEqual(['theirs invite: offer their answer'])
  })

  test('nor is one that follows an answer which has crossed a cancellation', () => {
    const cancelled = [...calling, hangUp('ours'), heard(bob, answer('their answer'))]
    expect(outputs(...cancelled, heard(bob, offer('their answer')))).toEqual([])
  })

  test('whoever was called may call back at once', () => {
    expect(outputs(...calling, heard(bob, bye), heard(bob, offer('x')))).toEqual(['theirs invite: offer x'])
  })
})

describe('candidates', () => {
  test('of the partner’s description are handed on', () => {
    expect(outputs(...called, heard(bob, found('their answer')))).toEqual(['ours candidate: their answer'])
    expect(outputs(...called, heard(null, found(null)))).toEqual(['ours candidate: unnamed'])
    expect(outputs(...ringing, heard(null, found('their offer')))).toEqual(['theirs candidate: their offer'])
  })

  test('that come before the offer follow it', () => {
    expect(outputs(heard(bob, found('x')), heard(null, found('x')), heard(bob, offer('x')))).toEqual([
      'theirs invite: offer x',
      'theirs candidate: x',
      'theirs candidate: x'
    ])
  })

  test('that come before the answer follow it, and those of a connection that was do not', () => {
    expect(
      outputs(...calling, heard(bob, found('x')), heard(bob, found('old')), heard(bob, answer('x')))
    ).toEqual(['ours accept: answer x', 'ours candidate: x'])
  })

  test('of a restart wait for its description', () => {
    expect(outputs(...called, heard(bob, found('next')))).toEqual([])
    expect(outputs(...called, heard(bob, found('next')), heard(bob, offer('next')))).toEqual([
      'ours description: offer next',
      'ours candidate: next'
    ])
  })

  test('of others are not taken for the partner’s', () => {
    expect(outputs(...called, heard(cyd, found('their answer')))).toEqual([])
    expect(outputs(heard(cyd, found('x')), heard(bob, offer('x')))).toEqual(['theirs invite: offer x'])
  })

  test('go with whoever sent them', () => {
    expect(outputs(heard(bob, found('x')), { type: 'gone', peer: 'bob' }, heard(bob, offer('x')))).toEqual([
      'theirs invite: offer x'
    ])
  })

  test('that are too old begin nothing', () => {
    expect(outputs(heard(bob, found('x')), heard(bob, offer('x'), { now: 5_001 }))).toEqual([
      'theirs invite: offer x'
    ])
  })

  test('are kept up to a bound, the latest ones', () => {
    const many = Array.from({ length: 100 }, () => heard(bob, found('x')))
    expect(outputs(...many, heard(bob, offer('x')))).toHaveLength(1 + 64)
  })
})

describe('time', () => {
  test('that nobody uses to answer ends a call at both ends', () => {
    expect(callDeadline(after(calling)[0])).toBe(45_000)
    expect([outputs(...calling, pass(44_999)), outputs(...ringing, pass(44_999))]).toEqual([[], []])
    expect(outputs(...calling, pass(45_000))).toEqual(['→ bob: bye', 'ours ended: no-answer'])
    expect(outputs(...ringing, pass(45_000))).toEqual(['→ bob: bye', 'theirs ended: no-answer'])
  })

  test('is of no consequence in a call, or without one', () => {
    expect([callDeadline(noCalls), callDeadline(after(called)[0])]).toEqual([Infinity, Infinity])
    expect([outputs(pass(99_999)), outputs(...called, pass(99_999))]).toEqual([[], []])
  })
})

describe('two who call each other', () => {
  test('keep their offers, for a page lets an offer win over its own', () => {
    expect(outputs(...crossed('their offer'))).toEqual([])
    expect(outputs(...crossed('their offer'), heard(bob, answer('their answer')))).toEqual([
      'ours accept: answer their answer'
    ])
  })

  test('leave it to the greater offer when no answer comes', () => {
    const lesser = crossed('zzz')
    expect(callDeadline(after(lesser)[0])).toBe(1_100)
    expect(outputs(...lesser, pass(1_099))).toEqual([])
    expect(outputs(...lesser, heard(bob, found('zzz')), pass(1_100))).toEqual([
      'theirs invite: offer zzz',
      'theirs candidate: zzz'
    ])
    const greater = crossed('aaa')
    expect(callDeadline(after(greater)[0])).toBe(45_000)
    expect(outputs(...greater, pass(1_100))).toEqual([])
  })

  test('wait no longer because the offer comes again', () => {
    expect(callDeadline(after([...crossed('zzz'), heard(bob, offer('zzzz'), { now: 900 })])[0])).toBe(1_100)
  })

  test('have one call then: the line hangs up its own, and accepts', () => {
    const yielded = [...crossed('zzz'), pass(1_100)]
    expect(outputs(...yielded, hangUp('ours'))).toEqual([])
    expect(outputs(...yielded, hangUp('ours'), accept('theirs'))).toEqual(['→ bob: answer our answer'])
  })

  test.each(['aaa', 'zzz'])('have one call when a server says bye, and the offer %s again', (theirs) => {
    const reset = [...crossed(theirs), heard(bob, found(theirs)), heard(bob, bye, { now: 1_000 })]
    expect(outputs(...reset)).toEqual([])
    expect(outputs(...reset, heard(bob, offer(theirs), { now: 1_999 }))).toEqual([
      `theirs invite: offer ${theirs}`,
      `theirs candidate: ${theirs}`
    ])
  })

  test('end it with one bye, if no offer follows', () => {
    const over = [...crossed('zzz'), heard(bob, bye, { now: 500 })]
    expect(callDeadline(after(over)[0])).toBe(1_500)
    expect(outputs(...over, pass(1_499))).toEqual([])
    expect(outputs(...over, pass(1_500))).toEqual(['ours ended: declined'])
    expect(callDeadline(after([...over, heard(bob, bye, { now: 900 })])[0])).toBe(1_500)
    expect(outputs(...over, { type: 'gone', peer: 'bob' })).toEqual(['ours ended: left'])
    expect(outputs(...over, hangUp('ours'))).toEqual(['→ bob: bye', 'ours ended: cancelled'])
    expect(outputs(...crossed('zzz'), hangUp('ours'))).toEqual(['→ bob: bye', 'ours ended: cancelled'])
  })
})

test.each([
  ['an input', '{ "type": "moved" }'],
  ['something said', '{ "type": "said", "message": { "type": "sang" } }'],
  ['a signal', '{ "type": "heard", "from": null, "signal": { "type": "smoke" } }'],
  [
    'a description',
    '{ "type": "heard", "from": { "id": "bob" }, "signal": { "type": "description", "description": { "type": "oath" } } }'
  ]
])('%s of a kind that there is not is a bug', (_what, input) => {
  expect(() => stepForeignCalls(after(called)[0], JSON.parse(input))).toThrow('unreachable')
})
