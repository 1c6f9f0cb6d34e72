/** What the clients of every dialect can rely on, whichever dialect the other one speaks. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { SwitchboardHub } from '../../src/server/hub.ts'
import { hubLimits } from '../support/listening.ts'
import type { Client, ConformingDialect, Feat, Heard } from './dialect.ts'
import { mdnDialect } from './mdn.ts'
import { nativeDialect } from './native.ts'
import { peerconnectionDialect } from './peerconnection.ts'
import { roomsDialect } from './rooms.ts'

const dialects = [nativeDialect, mdnDialect, roomsDialect, peerconnectionDialect]

let hub: SwitchboardHub

beforeEach(() => {
  vi.useFakeTimers()
  hub = new SwitchboardHub({ limits: hubLimits })
})
afterEach(() => {
  hub.close()
  vi.useRealTimers()
})

/** Long enough for whatever the server waits for on behalf of a client. */
const settle = (): void => {
  vi.advanceTimersByTime(2_000)
}

const join = (dialect: ConformingDialect, name: string): Client => {
  const client = dialect.join(hub, name)
  settle()
  return client
}

const sdpOf = (ufrag: string): string => `v=0\r\na=ice-ufrag:${ufrag}\r\nx=a line that nobody knows\r\n`
const lineOf = (ufrag: string, component = 1): string =>
  `candidate:1 ${component} udp 1 192.0.2.1 9 typ host ufrag ${ufrag}`

const can = ({ cannot }: ConformingDialect, feat: Feat): boolean => cannot[feat] === undefined

/** What is about the call; lines for its person are not. */
const ofCall = (client: Client): readonly Heard[] =>
  client.heard().filter(({ type }) => type !== 'chat' && type !== 'notice')

/** Who cannot choose whom to call has to be asked by somebody who can ask. */
const canCall = (caller: ConformingDialect, callee: ConformingDialect): boolean =>
  can(caller, 'choose whom to call') || can(callee, 'ask to be called')

const place = (caller: Client, callee: Client, ufrag: string): void => {
  caller.call(callee.name, sdpOf(ufrag))
}

interface Meeting {
  readonly ada: Client
  readonly bob: Client
}

/** Both have joined, and the first has called the second. */
const ring = (caller: ConformingDialect, callee: ConformingDialect): Meeting => {
  const ada = join(caller, 'ada')
  const bob = join(callee, 'bob')
  if (!can(caller, 'choose whom to call')) bob.askToBeCalled()
  ada.heard()
  place(ada, bob, 'a')
  return { ada, bob }
}

/** And the second has answered. */
const connect = (caller: ConformingDialect, callee: ConformingDialect): Meeting => {
  const meeting = ring(caller, callee)
  meeting.bob.answer(sdpOf('b'))
  settle()
  meeting.ada.heard()
  meeting.bob.heard()
  return meeting
}

/** It knows that the call is over, as well as it can. */
const expectOver = (client: Client, dialect: ConformingDialect): void => {
  const heard = client.heard().map(({ type }) => type)
  expect(heard).toContain(can(dialect, 'hear of the end') ? 'over' : 'notice')
  expect(heard.filter((type) => type !== 'notice' && type !== 'over')).toEqual([])
  expect(heard.filter((type) => type === 'over').length).toBeLessThanOrEqual(1)
}

const pairs = dialects.flatMap((caller) => dialects.map((callee) => ({ caller, callee })))
const named = pairs.map(({ caller, callee }) => ({
  title: `${caller.name} and ${callee.name}`,
  caller,
  callee
}))
const calling = named.filter(({ caller, callee }) => canCall(caller, callee))
const notCalling = named.filter(({ caller, callee }) => !canCall(caller, callee))

describe.each(named)('$title', ({ caller, callee }) => {
  test('know of each other while they are there, as far as they show anybody', () => {
    const ada = join(caller, 'ada')
    const bob = join(callee, 'bob')
    if (can(caller, 'see the others')) expect(ada.sees()).toEqual([bob.name])
    if (can(callee, 'see the others')) expect(bob.sees()).toEqual([ada.name])
    ada.leave()
    settle()
    if (can(callee, 'see the others')) expect(bob.sees()).toEqual([])
    expect([...bob.heard(), ...ada.heard()]).toEqual([])
  })

  test('read what the other says to all, as far as they chat', () => {
    const ada = join(caller, 'ada')
    const bob = join(callee, 'bob')
    if (can(caller, 'chat')) ada.chat('hi bob')
    expect(bob.heard()).toEqual(
      can(caller, 'chat') && can(callee, 'chat') ? [{ type: 'chat', text: 'hi bob' }] : []
    )
  })
})

describe.each(calling)('$title: a call', ({ caller, callee }) => {
  test('reaches the callee with its SDP untouched, and so does the answer the caller', () => {
    const { ada, bob } = ring(caller, callee)
    expect(bob.heard()).toEqual([{ type: 'offer', sdp: sdpOf('a') }])
    bob.answer(sdpOf('b'))
    expect(ada.heard()).toEqual([{ type: 'answer', sdp: sdpOf('b') }])
    expect(bob.heard()).toEqual([])
  })

  test('brings all candidates, in order, and none before its description to who would lose it', () => {
    const { ada, bob } = ring(caller, callee)
    ada.findCandidate(lineOf('a'))
    expect(bob.heard().slice(1)).toEqual([{ type: 'candidate', line: lineOf('a') }])
    bob.findCandidate(lineOf('b'))
    bob.answer(sdpOf('b'))
    bob.findCandidate(lineOf('b', 2))
    const answer = { type: 'answer', sdp: sdpOf('b') }
    const first = { type: 'candidate', line: lineOf('b') }
    const second = { type: 'candidate', line: lineOf('b', 2) }
    expect(ada.heard()).toEqual(caller.knowsCalls ? [first, answer, second] : [answer, first, second])
  })

  test('goes through further rounds, from either side', () => {
    const { ada, bob } = connect(caller, callee)
    for (const [from, to] of [
      [bob, ada],
      [ada, bob]
    ] as const) {
      from.offer(sdpOf('again'))
      settle()
      expect(to.heard()).toEqual([{ type: 'offer', sdp: sdpOf('again') }])
      to.answer(sdpOf('yes'))
      settle()
      expect(from.heard()).toEqual([{ type: 'answer', sdp: sdpOf('yes') }])
    }
  })

  test('is over for the other when either leaves', () => {
    const first = connect(caller, callee)
    first.ada.leave()
    expectOver(first.bob, callee)
    first.bob.leave()
    const second = connect(caller, callee)
    second.bob.leave()
    expectOver(second.ada, caller)
  })

  test('is over for the other when either hangs up, as far as it can, and then there can be another', () => {
    const { ada, bob } = connect(caller, callee)
    const hangUps = [
      { dialect: caller, client: ada, other: bob, otherDialect: callee },
      { dialect: callee, client: bob, other: ada, otherDialect: caller }
    ].filter(({ dialect }) => can(dialect, 'hang up'))
    for (const [at, { dialect, client, other, otherDialect }] of hangUps.entries()) {
      client.hangUp()
      expectOver(other, otherDialect)
      // Who knows calls has the same word for the end from the server as the other side.
      expect(ofCall(client)).toEqual(dialect.knowsCalls ? [{ type: 'over' }] : [])
      settle()
      if (!can(caller, 'choose whom to call')) bob.askToBeCalled()
      ada.heard()
      place(ada, bob, `a${at}`)
      expect(bob.heard()).toEqual([{ type: 'offer', sdp: sdpOf(`a${at}`) }])
      bob.answer(sdpOf(`b${at}`))
      settle()
      expect(ada.heard()).toEqual([{ type: 'answer', sdp: sdpOf(`b${at}`) }])
    }
  })

  test('that is not answered is over for both', () => {
    const { ada, bob } = ring(caller, callee)
    bob.heard()
    vi.advanceTimersByTime(hubLimits.ringMs)
    expectOver(ada, caller)
    expectOver(bob, callee)
  })

  test('can be declined by who can', () => {
    const { ada, bob } = ring(caller, callee)
    bob.heard()
    if (can(callee, 'decline')) bob.decline()
    else if (can(callee, 'hang up')) bob.hangUp()
    else bob.leave()
    expectOver(ada, caller)
  })

  test('cannot be reached by a third, who is told so', () => {
    const { ada, bob } = connect(caller, callee)
    for (const third of dialects.filter((dialect) => can(dialect, 'choose whom to call'))) {
      const eve = join(third, 'eve')
      for (const callee of [ada, bob]) {
        place(eve, callee, 'e')
        expectOver(eve, third)
        eve.findCandidate(lineOf('e'))
        if (can(third, 'hang up')) eve.hangUp()
        settle()
      }
      eve.leave()
    }
    expect([...ofCall(ada), ...ofCall(bob)]).toEqual([])
    ada.findCandidate(lineOf('a', 2))
    expect(bob.heard()).toMatchObject([{ type: 'candidate' }])
  })
})

const choosing = calling.filter(
  ({ caller, callee }) => can(caller, 'choose whom to call') && can(callee, 'choose whom to call')
)

describe.each(choosing)('$title call each other', ({ caller, callee }) => {
  test('and are in one call when the second answers', () => {
    const { ada, bob } = ring(caller, callee)
    place(bob, ada, 'b')
    bob.heard()
    bob.answer(sdpOf('b2'))
    settle()
    expect(ofCall(ada)).toEqual([{ type: 'answer', sdp: sdpOf('b2') }])
    expect(ofCall(bob)).toEqual([])
  })

  test('and are in one call when the second has lost its way first', () => {
    const { ada, bob } = ring(caller, callee)
    place(bob, ada, 'b')
    settle()
    const types = ofCall(bob).map(({ type }) => type)
    expect(types).toEqual(callee.knowsCalls ? ['offer', 'over'] : ['offer', 'over', 'offer'])
    bob.answer(sdpOf('b2'))
    settle()
    expect(ofCall(ada)).toEqual([{ type: 'answer', sdp: sdpOf('b2') }])
  })
})

describe.each(notCalling)('$title: no call', ({ caller, callee }) => {
  test('comes about, for nobody asks to be called', () => {
    const ada = join(caller, 'ada')
    const bob = join(callee, 'bob')
    place(ada, bob, 'a')
    expect(bob.heard()).toEqual([])
    expect(ada.heard()).toMatchObject([{ type: 'notice' }])
  })
})

test('what a dialect cannot do has a reason, and is no more than this', () => {
  expect(dialects.map(({ name, cannot }) => [name, Object.keys(cannot).sort()])).toEqual([
    ['native', ['ask to be called']],
    ['mdn', ['ask to be called', 'decline']],
    ['rooms', ['choose whom to call', 'decline', 'hang up', 'hear of the end', 'see the others']],
    ['peerconnection', ['ask to be called', 'chat', 'decline']]
  ])
})
