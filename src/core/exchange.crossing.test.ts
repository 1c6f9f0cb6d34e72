/** What crosses on its way: candidates before their offer, two that call each other, words after the end. */
import { describe, expect, test } from 'vitest'
import {
  type TestClient,
  type TestSwitchboard,
  accepts,
  answer,
  answersTo,
  candidate,
  hangsUp,
  invites,
  offer,
  offersTo,
  testSwitchboard,
  to,
  toCall,
  toPartner
} from '../../test/support/switchboard.ts'

const pages = (board: TestSwitchboard): [TestClient, TestClient] => [
  board.join('ada', 'page'),
  board.join('bob', 'page')
]

const findsCandidateFor = (from: TestClient, target: TestClient, ufrag: string): void =>
  from.say({ type: 'candidate', to: to(target), candidate: candidate(ufrag) })

describe('candidates that come before their offer', () => {
  test('follow it', () => {
    const board = testSwitchboard()
    const [ada, bob] = pages(board)
    findsCandidateFor(ada, bob, 'a')
    findsCandidateFor(ada, bob, 'a')
    offersTo(ada, bob)
    expect(bob.heardTypes()).toEqual(['invite', 'candidate', 'candidate'])
    expect(ada.heard()).toEqual([])
  })

  test('follow no other offer: not that of an earlier call, nor one to somebody else, nor one much later', () => {
    const board = testSwitchboard()
    const [ada, bob] = pages(board)
    const cyd = board.join('cyd')
    findsCandidateFor(ada, bob, 'old')
    offersTo(ada, bob)
    expect(bob.heardTypes()).toEqual(['invite'])
    hangsUp(ada, null)
    findsCandidateFor(ada, bob, 'a2')
    offersTo(ada, cyd, 'a2')
    expect(cyd.heardTypes()).toEqual(['invite'])
    hangsUp(ada, null)
    findsCandidateFor(ada, cyd, 'a3')
    board.pass(5_000)
    offersTo(ada, cyd, 'a3')
    expect(cyd.heardTypes()).toEqual(['ended', 'invite'])
  })

  test('are for the peer that was named last', () => {
    const board = testSwitchboard()
    const [ada, bob] = pages(board)
    const cyd = board.join('cyd', 'page')
    findsCandidateFor(ada, bob, 'a')
    findsCandidateFor(ada, cyd, 'a')
    offersTo(ada, cyd)
    expect(cyd.heardTypes()).toEqual(['invite', 'candidate'])
    expect(bob.heard()).toEqual([])
  })

  test('are kept a few at most', () => {
    const board = testSwitchboard({ burst: 1_000 })
    const [ada, bob] = pages(board)
    for (let count = 0; count < 100; count += 1) findsCandidateFor(ada, bob, 'a')
    offersTo(ada, bob)
    expect(bob.heard()).toHaveLength(1 + 32)
  })

  test('are refused when they are for nobody', () => {
    const board = testSwitchboard()
    const ada = board.join('ada', 'page')
    ada.say({ type: 'candidate', to: { by: 'name', name: 'nobody' }, candidate: candidate('a') })
    ada.say({ type: 'candidate', to: toCall('x'), candidate: candidate('a') })
    expect(ada.heard()).toMatchObject([
      { type: 'refused', code: 'unknown-peer', about: 'candidate' },
      { type: 'refused', code: 'unknown-call', about: 'candidate', call: 'x' }
    ])
  })
})

describe('two that call each other', () => {
  test('are in the call that came first: a native one is told that its own is replaced', () => {
    const board = testSwitchboard()
    const [ada, bob] = [board.join('ada'), board.join('bob')]
    invites(ada, bob)
    invites(bob, ada, 'd')
    expect(bob.heard()).toMatchObject([
      { type: 'invite', call: 'c' },
      { type: 'ended', call: 'd', from: { id: ada.id }, reason: 'replaced' }
    ])
    accepts(bob)
    expect(ada.heardTypes()).toEqual(['accept'])
  })

  test('are in it when a page cannot settle that: it is invited afresh', () => {
    const board = testSwitchboard()
    const [ada, bob] = [board.join('ada'), board.join('bob', 'page')]
    invites(ada, bob)
    offersTo(bob, ada, 'b1')
    board.pass(2_000)
    expect(bob.heardTypes()).toEqual(['invite', 'ended', 'invite'])
    answersTo(bob, ada, 'b2')
    expect(ada.heardTypes()).toEqual(['accept'])
  })

  test('once the call stands are refused another', () => {
    const board = testSwitchboard()
    const [ada, bob] = [board.join('ada'), board.join('bob')]
    invites(ada, bob)
    accepts(bob)
    invites(bob, ada, 'd')
    expect(bob.heard().at(-1)).toMatchObject({ type: 'refused', code: 'already-in-call', call: 'd' })
  })
})

describe('what comes after the end', () => {
  test('is no new call: an offer of the old connection is the tail of the old call', () => {
    const board = testSwitchboard()
    const [ada, bob] = [board.join('ada'), board.join('bob', 'page')]
    invites(ada, bob)
    answersTo(bob, ada, 'b1')
    hangsUp(ada)
    ada.heard()
    offersTo(bob, ada, 'b1')
    expect(ada.heard()).toEqual([])
    expect(bob.heardTypes()).toEqual(['invite', 'ended'])
    offersTo(bob, ada, 'b2')
    expect(ada.heardTypes()).toEqual(['invite'])
  })

  test('is a new call when it comes later, or from the one that hung up', () => {
    const board = testSwitchboard()
    const [ada, bob] = pages(board)
    for (const pause of [1_000, 0]) {
      offersTo(ada, bob, 'a1')
      answersTo(bob, ada, 'b1')
      hangsUp(pause > 0 ? bob : ada, null)
      board.pass(pause)
      bob.heard()
      offersTo(ada, bob, 'a1')
      expect(bob.heardTypes()).toEqual(['invite'])
      hangsUp(ada, null)
    }
  })

  test('is no new call from the caller either', () => {
    const board = testSwitchboard()
    const [ada, bob] = pages(board)
    offersTo(ada, bob, 'a1')
    answersTo(bob, ada, 'b1')
    hangsUp(bob, null)
    bob.heard()
    offersTo(ada, bob, 'a1')
    expect(bob.heard()).toEqual([])
    offersTo(ada, bob, 'a2')
    expect(bob.heardTypes()).toEqual(['invite'])
  })

  test('harms nobody: candidates of pages are dropped, those of a native client are refused', () => {
    const board = testSwitchboard()
    const [ada, bob] = [board.join('ada'), board.join('bob', 'page')]
    invites(ada, bob)
    answersTo(bob, ada)
    board.pass(45_000)
    hangsUp(bob, null)
    ada.heard()
    bob.heard()
    findsCandidateFor(bob, ada, 'b')
    ada.say({ type: 'candidate', to: toCall('c'), candidate: candidate('a') })
    expect(bob.heard()).toEqual([])
    expect(ada.heard()).toMatchObject([
      { type: 'refused', code: 'unknown-call', about: 'candidate', call: 'c' }
    ])
  })
})

const offersToPartner = (room: TestClient): void =>
  room.say({ type: 'description', to: toPartner, description: offer('r') })

test('who knows its partner by a name reaches it under that name all through the call', () => {
  const board = testSwitchboard()
  const [ada, bob] = [board.join('ada', 'page'), board.join('bob')]
  const toBob = { by: 'name', name: 'bob' } as const
  ada.say({ type: 'description', to: toBob, description: offer('a') })
  bob.say({ type: 'rename', name: 'rob' }, { type: 'accept', call: 'call-1', description: answer('b') })
  const other = board.join('bob')
  ada.say({ type: 'candidate', to: toBob, candidate: candidate('a') })
  ada.say({ type: 'description', to: toBob, description: offer('a') })
  expect(bob.heardTypes()).toEqual(['invite', 'renamed', 'candidate', 'description'])
  hangsUp(ada, null)
  ada.say({ type: 'description', to: toBob, description: offer('a2') })
  expect(other.heardTypes()).toEqual(['invite'])
  expect(ada.heardTypes()).toEqual(['accept'])
})

describe('a room page, which cannot choose whom to call', () => {
  test('is told who is ready, and calls that one', () => {
    const board = testSwitchboard()
    const [room, bob] = [board.join('room', 'room'), board.join('bob', 'room')]
    bob.say({ type: 'ready' })
    expect(room.heard()).toMatchObject([{ type: 'ready', from: { id: bob.id, name: 'bob' } }])
    room.say({ type: 'candidate', to: toPartner, candidate: candidate('r') })
    offersToPartner(room)
    expect(bob.heardTypes()).toEqual(['invite', 'candidate'])
  })

  test('reaches in a call whoever that is with', () => {
    const board = testSwitchboard()
    const [room, bob] = [board.join('room', 'room'), board.join('bob')]
    invites(bob, room)
    room.say({ type: 'description', to: toPartner, description: answer('r') })
    offersToPartner(room)
    expect(bob.heardTypes()).toEqual(['accept', 'description'])
  })

  test('is asked only by one at a time, the longest waiting first', () => {
    const board = testSwitchboard()
    const [first, second] = [board.join('first', 'room'), board.join('second', 'room')]
    const [cyd, dan, eve] = [board.join('cyd', 'page'), board.join('dan', 'page'), board.join('eve', 'page')]
    for (const ready of [cyd, dan, eve]) ready.say({ type: 'ready' })
    expect(first.heard()).toMatchObject([{ type: 'ready', from: { name: 'cyd' } }])
    expect(second.heard()).toMatchObject([{ type: 'ready', from: { name: 'dan' } }])
    cyd.vanish()
    eve.say({ type: 'ready' })
    expect(first.heard()).toMatchObject([{ type: 'ready', from: { name: 'eve' } }])
    expect(second.heard()).toEqual([])
  })

  test('is not asked while it is in a call, nor by somebody who is', () => {
    const board = testSwitchboard()
    const [room, bob, cyd] = [board.join('room', 'room'), board.join('bob'), board.join('cyd', 'page')]
    invites(bob, room)
    room.heard()
    cyd.say({ type: 'ready' })
    expect(room.heard()).toEqual([])
    hangsUp(bob)
    room.heard()
    invites(bob, cyd, 'd')
    cyd.say({ type: 'ready' })
    expect(room.heard()).toEqual([])
  })

  test('that calls somebody who has gone meanwhile is told so, and nobody comes back', () => {
    const board = testSwitchboard()
    const [room, bob, cyd] = [board.join('room', 'room'), board.join('bob', 'page'), board.join('cyd')]
    bob.say({ type: 'ready' })
    room.heard()
    bob.vanish()
    room.say({ type: 'candidate', to: toPartner, candidate: candidate('r') })
    offersToPartner(room)
    expect(room.heard()).toMatchObject([
      { type: 'refused', code: 'unknown-peer', about: 'candidate' },
      { type: 'refused', code: 'unknown-peer', about: 'invite' }
    ])
    expect(cyd.sees()).toEqual(['room'])
    expect(board.waits).toBe(false)
  })
})
