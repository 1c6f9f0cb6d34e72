import { describe, expect, test } from 'vitest'
import {
  type Negotiation,
  type NegotiationEffect,
  type NegotiationEvent,
  maxFailures,
  maxStrays,
  maxWaiting,
  negotiate,
  startNegotiation
} from './negotiation.ts'
import { type Candidate, type Description, bodyOf } from './signal.ts'

const describedAs = (type: Description['type'], ufrag: string): Description => ({
  type,
  sdp: bodyOf(`v=0\r\na=ice-ufrag:${ufrag}\r\n`)
})
const offer = describedAs('offer', 'theirs')
const answer = describedAs('answer', 'theirs')
const received = (description: Description): NegotiationEvent => ({
  type: 'description',
  description
})
const candidateOf = (usernameFragment: string | null): Candidate => ({
  candidate: 'candidate:1 1 udp 1 192.0.2.1 9 typ host',
  sdpMid: '0',
  sdpMLineIndex: 0,
  usernameFragment
})
const candidateReceived = (usernameFragment: string | null): NegotiationEvent => ({
  type: 'candidate',
  candidate: candidateOf(usernameFragment)
})

const polite = startNegotiation(true)
const impolite = startNegotiation(false)
const offering = { phase: 'have-local-offer' } as const
const established = { remoteUfrags: ['theirs'] } as const
const failed: NegotiationEvent = { type: 'operation-failed', reason: 'bad SDP' }

describe('a negotiation', () => {
  test.each<[string, Negotiation, NegotiationEvent, Partial<Negotiation>, NegotiationEffect['type'][]]>([
    [
      'stable -> negotiation-needed -> making-offer',
      impolite,
      { type: 'negotiation-needed' },
      { phase: 'making-offer' },
      ['set-local-description']
    ],
    [
      'making-offer -> local-description-set -> have-local-offer',
      { ...impolite, phase: 'making-offer' },
      { type: 'local-description-set', description: offer },
      { phase: 'have-local-offer' },
      ['send-description']
    ],
    [
      'have-local-offer -> answer -> setting-remote-answer',
      { ...impolite, ...offering },
      received(answer),
      { phase: 'setting-remote-answer' },
      ['set-remote-description']
    ],
    [
      'setting-remote-answer -> remote-description-set -> stable',
      { ...impolite, phase: 'setting-remote-answer' },
      { type: 'remote-description-set', description: answer },
      { phase: 'stable', remoteUfrags: ['theirs'] },
      []
    ],
    [
      'stable -> offer -> setting-remote-offer',
      impolite,
      received(offer),
      { phase: 'setting-remote-offer' },
      ['set-remote-description']
    ],
    [
      'setting-remote-offer -> remote-description-set -> making-answer',
      { ...polite, phase: 'setting-remote-offer' },
      { type: 'remote-description-set', description: offer },
      { phase: 'making-answer', remoteUfrags: ['theirs'] },
      ['set-local-description']
    ],
    [
      'making-answer -> local-description-set -> stable',
      { ...polite, phase: 'making-answer' },
      { type: 'local-description-set', description: answer },
      { phase: 'stable' },
      ['send-description']
    ],
    [
      'glare, polite yields',
      { ...polite, ...offering },
      received(offer),
      { phase: 'setting-remote-offer' },
      ['set-remote-description']
    ],
    ['glare, impolite holds', { ...impolite, ...offering }, received(offer), {}, []],
    ['an answer that nobody waits for is dropped', polite, received(answer), {}, []],
    [
      'a provisional answer is left out',
      { ...polite, ...offering },
      received(describedAs('pranswer', 'x')),
      {},
      []
    ],
    [
      'a remote rollback is left out',
      { ...polite, ...offering },
      received(describedAs('rollback', 'x')),
      {},
      []
    ],
    [
      'negotiation needed while an offer is out waits for its answer',
      { ...polite, ...offering },
      { type: 'negotiation-needed' },
      { negotiationNeeded: true },
      []
    ],
    [
      'what waited for the answer is offered right after it',
      { ...polite, phase: 'setting-remote-answer', negotiationNeeded: true },
      { type: 'remote-description-set', description: answer },
      { phase: 'making-offer', negotiationNeeded: false, remoteUfrags: ['theirs'] },
      ['set-local-description']
    ],
    [
      'a candidate of the applied description is added',
      { ...polite, remoteUfrags: ['theirs'] },
      candidateReceived('theirs'),
      {},
      ['add-candidate']
    ],
    [
      'a candidate that names no user fragment is added',
      { ...polite, remoteUfrags: ['theirs'] },
      candidateReceived(null),
      {},
      ['add-candidate']
    ],
    [
      'a candidate of an ignored offer is kept for one that may follow',
      { ...impolite, ...offering, remoteUfrags: ['theirs'] },
      candidateReceived('ignored'),
      { strays: [candidateOf('ignored')] },
      []
    ],
    ['an ICE restart is passed on', polite, { type: 'ice-restart-wanted' }, {}, ['restart-ice']],
    [
      'a candidate that fails is reported, and no more',
      polite,
      { type: 'candidate-failed', reason: 'odd' },
      {},
      ['report']
    ],
    [
      'a first operation that fails is the end',
      { ...polite, phase: 'making-offer' },
      failed,
      { phase: 'failed' },
      ['give-up']
    ],
    [
      'an offer that cannot be made is made once more',
      { ...polite, ...established, phase: 'making-offer' },
      failed,
      { phase: 'making-offer', failures: 1 },
      ['report', 'set-local-description']
    ],
    [
      'an answer that cannot be set is rolled back with its offer',
      { ...polite, ...established, phase: 'setting-remote-answer' },
      failed,
      { phase: 'rolling-back', negotiationNeeded: true, failures: 1 },
      ['report', 'roll-back']
    ],
    [
      'rolling-back -> rolled-back -> making-offer',
      { ...polite, ...established, phase: 'rolling-back', negotiationNeeded: true },
      { type: 'rolled-back' },
      { phase: 'making-offer', negotiationNeeded: false },
      ['set-local-description']
    ],
    [
      'an answer that cannot be made, impolite offers instead',
      { ...impolite, ...established, phase: 'making-answer', formerUfrags: ['before'] },
      failed,
      { phase: 'rolling-back', remoteUfrags: ['before'], negotiationNeeded: true, failures: 1 },
      ['report', 'roll-back']
    ],
    [
      'an offer that cannot be set, impolite offers instead',
      { ...impolite, ...established, phase: 'setting-remote-offer' },
      failed,
      { phase: 'making-offer', failures: 1 },
      ['report', 'set-local-description']
    ],
    [
      'an offer that cannot be set, polite gives up: the other side waits',
      { ...polite, ...established, phase: 'setting-remote-offer' },
      failed,
      { phase: 'failed' },
      ['give-up']
    ],
    [
      'a rollback that fails is the end',
      { ...impolite, ...established, phase: 'rolling-back' },
      failed,
      { phase: 'failed' },
      ['give-up']
    ],
    [
      'what has failed too often is beyond help',
      { ...impolite, ...established, phase: 'making-offer', failures: maxFailures },
      failed,
      { phase: 'failed' },
      ['give-up']
    ],
    ['after the end nothing is done', { ...polite, phase: 'failed' }, received(offer), {}, []]
  ])('%s', (_name, ...[before, event, change, effects]) => {
    const [after, effected] = negotiate(before, event)
    expect(after).toEqual({ ...before, ...change })
    expect(effected.map(({ type }) => type)).toEqual(effects)
  })

  test('candidates that came too early are added, in their order, once the description is there', () => {
    const first = candidateReceived('theirs')
    const second = candidateReceived(null)
    const [kept, nothing] = negotiate(negotiate(polite, first)[0], second)
    expect(nothing).toEqual([])
    const [taking] = negotiate(kept, received(offer))
    const [answering] = negotiate(taking, { type: 'remote-description-set', description: offer })
    const [after, effects] = negotiate(answering, { type: 'local-description-set', description: answer })
    expect(effects).toEqual([
      { type: 'send-description', description: answer },
      { type: 'add-candidate', candidate: candidateOf('theirs') },
      { type: 'add-candidate', candidate: candidateOf(null) }
    ])
    expect(after.waiting).toEqual([])
  })

  test('gives up on a peer that sends more than can be kept', () => {
    let now = polite
    for (let sent = 0; sent < maxWaiting; sent += 1) [now] = negotiate(now, candidateReceived('early'))
    expect(now.waiting).toHaveLength(maxWaiting)
    const [after, effects] = negotiate(now, candidateReceived('early'))
    expect(after).toMatchObject({ phase: 'failed', waiting: [] })
    expect(effects).toEqual([{ type: 'give-up', reason: 'The other side sent too much.' }])
  })

  test('keeps of the candidates that nobody may ever describe the latest', () => {
    let now: Negotiation = { ...impolite, ...established }
    for (let sent = 0; sent <= maxStrays; sent += 1) [now] = negotiate(now, candidateReceived(`${sent}`))
    expect(now.strays.map(({ usernameFragment }) => usernameFragment)).toEqual(
      Array.from({ length: maxStrays }, (_, at) => `${at + 1}`)
    )
  })

  test('an event that there is not is a bug, and no step', () => {
    expect(() => negotiate(polite, JSON.parse('{ "type": "wished-for" }'))).toThrow('unreachable')
  })
})
