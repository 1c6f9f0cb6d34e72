/** Calls that their parties know and the switchboard does not: to it, both come out of nowhere. */
import { describe, expect, test } from 'vitest'
import {
  type TestClient,
  accepts,
  answer,
  candidate,
  hangsUp,
  invites,
  testSwitchboard,
  toCall
} from '../../test/support/switchboard.ts'

const rejoins = (
  client: TestClient,
  other: Pick<TestClient, 'id'>,
  role: 'caller' | 'callee',
  call = 'c'
): void => client.say({ type: 'rejoin', call, to: { by: 'id', id: other.id }, role })

const setUp = () => {
  const board = testSwitchboard()
  return { board, ada: board.join('ada'), bob: board.join('bob') }
}

describe('a call that both parties claim', () => {
  test.each(['caller', 'callee'] as const)('is known again, whoever claims it first: the %s', (first) => {
    const { board, ada, bob } = setUp()
    if (first === 'callee') rejoins(bob, ada, 'callee')
    rejoins(ada, bob, 'caller')
    if (first === 'caller') rejoins(bob, ada, 'callee')
    for (const client of [ada, bob]) expect(client.heard()).toEqual([{ type: 'rejoined', call: 'c' }])
    expect([ada.sees(), bob.sees(), board.waits]).toEqual([['BOB'], ['ADA'], false])
    ada.say({ type: 'candidate', to: toCall('c'), candidate: candidate('a'), seq: 3 })
    expect(bob.heard()).toMatchObject([{ type: 'candidate', call: 'c', from: { name: 'ada' }, seq: 3 }])
    hangsUp(bob)
    for (const client of [ada, bob])
      expect(client.heard()).toMatchObject([{ type: 'ended', reason: 'hung-up' }])
    expect([ada.sees(), bob.sees()]).toEqual([['bob'], ['ada']])
  })

  test('is confirmed to a party that asks once more', () => {
    const { ada, bob } = setUp()
    rejoins(ada, bob, 'caller')
    rejoins(ada, bob, 'caller')
    expect(ada.heard()).toEqual([])
    rejoins(bob, ada, 'callee')
    ada.heard()
    rejoins(ada, bob, 'caller')
    expect(ada.heard()).toEqual([{ type: 'rejoined', call: 'c' }])
  })

  test('may wait for a party that is not here yet', () => {
    const { board, ada } = setUp()
    rejoins(ada, { id: 'peer-9' }, 'caller')
    const cyd = board.return({ ...ada, id: 'peer-9' }, 'cyd')
    rejoins(cyd, ada, 'callee')
    expect(ada.heard()).toEqual([{ type: 'rejoined', call: 'c' }])
  })
})

describe('a party that waits for the other', () => {
  test('is busy, and for nobody to be rung', () => {
    const { board, ada, bob } = setUp()
    const cyd = board.join('cyd')
    rejoins(ada, bob, 'caller')
    expect(cyd.sees()).toEqual(['ADA', 'bob'])
    invites(cyd, ada, 'd')
    expect(cyd.heard()).toMatchObject([{ type: 'ended', call: 'd', reason: 'busy' }])
    invites(ada, cyd, 'e')
    expect(ada.heard()).toMatchObject([{ type: 'refused', code: 'already-in-call', about: 'invite' }])
    expect(cyd.heard()).toEqual([])
  })

  test.each([
    ['who is here', 'peer-2', 'bob'],
    ['who never came', 'peer-9', '']
  ])('for one %s is told after 30 s that it has left, and is free', (_who, id, name) => {
    const { board, ada, bob } = setUp()
    rejoins(ada, { id }, 'caller')
    board.pass(29_000)
    expect(ada.heard()).toEqual([])
    board.pass(1_000)
    expect(ada.heard()).toMatchObject([{ type: 'ended', call: 'c', from: { id, name }, reason: 'left' }])
    expect([bob.sees(), board.waits]).toEqual([['ada'], false])
  })

  test('is told at once when the other has hung up, before or after', () => {
    for (const before of [true, false]) {
      const { ada, bob } = setUp()
      if (before) hangsUp(bob)
      rejoins(ada, bob, 'caller')
      if (!before) hangsUp(bob)
      expect(ada.heard()).toMatchObject([
        { type: 'ended', call: 'c', from: { name: 'bob' }, reason: 'hung-up' }
      ])
      expect(bob.heard()).toEqual([])
      expect(bob.sees()).toEqual(['ada'])
    }
  })

  test.each(['c', null])('can hang up itself, and then the other hears of it when it comes: %s', (call) => {
    const { ada, bob } = setUp()
    rejoins(ada, bob, 'caller')
    hangsUp(ada, call)
    expect(ada.heard()).toMatchObject([{ type: 'ended', reason: 'hung-up' }])
    rejoins(bob, ada, 'callee')
    expect(bob.heard()).toMatchObject([{ type: 'ended', from: { name: 'ada' }, reason: 'hung-up' }])
  })

  test('and leaves, leaves nothing behind', () => {
    const { board, ada, bob } = setUp()
    rejoins(ada, bob, 'caller')
    ada.vanish()
    expect([bob.sees(), board.waits]).toEqual([[], false])
    rejoins(bob, ada, 'callee')
    expect(bob.heard()).toEqual([])
  })

  test('is not heard of by a hang-up of somebody else', () => {
    const { board, ada, bob } = setUp()
    const cyd = board.join('cyd')
    rejoins(ada, bob, 'caller')
    hangsUp(cyd)
    hangsUp(cyd, null)
    expect(ada.heard()).toEqual([])
  })
})

describe('a callee whose accept was lost', () => {
  test('is invited again, and answers', () => {
    const { ada, bob } = setUp()
    rejoins(bob, ada, 'callee')
    invites(ada, bob)
    expect(bob.heardTypes()).toEqual(['invite'])
    accepts(bob)
    expect(ada.heardTypes()).toEqual(['accept'])
    expect([ada.sees(), bob.sees()]).toEqual([['BOB'], ['ADA']])
  })

  test('hears nothing more when the invite was quicker', () => {
    const { ada, bob } = setUp()
    invites(ada, bob)
    rejoins(bob, ada, 'callee')
    expect(bob.heardTypes()).toEqual(['invite'])
    accepts(bob)
    expect(ada.heardTypes()).toEqual(['accept'])
  })
})

describe('a caller that comes back with its invite', () => {
  test.each(['declined', 'busy', 'failed'] as const)(
    'hears that the callee was done with it: %s',
    (reason) => {
      const { ada, bob } = setUp()
      bob.say({ type: 'decline', call: 'c', reason })
      expect(bob.heard()).toMatchObject([{ type: 'refused', code: 'unknown-call', about: 'decline' }])
      invites(ada, bob)
      expect(ada.heard()).toMatchObject([{ type: 'ended', call: 'c', reason }])
      expect(bob.heard()).toEqual([])
    }
  )

  test('rings anew, if it was the one that had left', () => {
    const { board, ada, bob } = setUp()
    invites(ada, bob)
    ada.vanish()
    bob.heard()
    const again = board.return(ada, 'ada')
    invites(again, bob)
    expect(bob.heardTypes()).toEqual(['invite'])
  })

  test('hears only of the last calls of its callee', () => {
    const { ada, bob } = setUp()
    for (const call of ['c', '1', '2', '3', '4', '5', '6', '7', '8']) hangsUp(bob, call)
    invites(ada, bob)
    expect(bob.heardTypes()).toEqual(['invite'])
  })
})

describe('a claim that cannot be', () => {
  const unknown = [{ type: 'refused', code: 'unknown-call', about: 'rejoin', call: 'c' }]

  test.each<[string, (ada: TestClient, bob: TestClient, eve: TestClient) => void]>([
    ['a call of others', (ada, bob) => [invites(ada, bob), accepts(bob)]],
    ['a call that others wait for', (ada, bob) => rejoins(ada, bob, 'caller')],
    ['the same role', (ada, _bob, eve) => rejoins(ada, eve, 'callee')]
  ])('is refused: %s', (_what, happen) => {
    const { board, ada, bob } = setUp()
    const eve = board.join('eve')
    happen(ada, bob, eve)
    ada.heard()
    rejoins(eve, ada, 'callee')
    expect(eve.heard()).toMatchObject(unknown)
    expect(ada.heard()).toEqual([])
  })

  test('is refused: another part in its own call, another party, or a caller whose call still rings', () => {
    const { board, ada, bob } = setUp()
    const cyd = board.join('cyd')
    invites(ada, bob)
    rejoins(ada, bob, 'caller')
    expect(ada.heard()).toMatchObject(unknown)
    accepts(bob)
    ada.heard()
    rejoins(ada, bob, 'callee')
    rejoins(ada, cyd, 'caller')
    expect(ada.heard()).toMatchObject([...unknown, ...unknown])
    expect(bob.heardTypes()).toEqual(['invite'])
  })

  test('is refused across lobbies', () => {
    const { board, ada } = setUp()
    const far = board.join('far', 'native', 'elsewhere')
    rejoins(ada, far, 'caller')
    rejoins(far, ada, 'callee')
    expect(far.heard()).toMatchObject(unknown)
    expect(ada.heard()).toEqual([])
  })

  test('is refused by name, which may be anybody’s', () => {
    const { board, ada, bob } = setUp()
    ada.say({ type: 'rejoin', call: 'c', to: { by: 'name', name: 'bob' }, role: 'caller' })
    rejoins(bob, ada, 'callee')
    expect(bob.heard()).toMatchObject(unknown)
    board.pass(30_000)
    expect(ada.heard()).toMatchObject([{ type: 'ended', reason: 'left' }])
  })

  test('is refused in another call, but a call that only rings gives way to it', () => {
    const { board, ada, bob } = setUp()
    const cyd = board.join('cyd')
    invites(cyd, ada, 'd')
    rejoins(cyd, bob, 'caller')
    expect(cyd.heard()).toMatchObject([{ type: 'refused', code: 'already-in-call', about: 'rejoin' }])
    rejoins(ada, bob, 'caller')
    expect(cyd.heard()).toMatchObject([{ type: 'ended', call: 'd', reason: 'busy' }])
    expect(ada.heard()).toMatchObject([{ type: 'invite' }, { type: 'ended', call: 'd', reason: 'busy' }])
    rejoins(ada, bob, 'caller', 'another')
    expect(ada.heard()).toMatchObject([{ type: 'refused', code: 'already-in-call' }])
    rejoins(bob, ada, 'callee')
    expect(ada.heard()).toEqual([{ type: 'rejoined', call: 'c' }])
  })

  test('opens nobody else a way into the call', () => {
    const { board, ada, bob } = setUp()
    const eve = board.join('eve')
    rejoins(ada, bob, 'callee')
    eve.say({ type: 'ice-servers', call: 'c' })
    invites(eve, bob, 'c')
    invites(eve, ada, 'c')
    expect(eve.heard()).toMatchObject([
      { type: 'refused', code: 'not-allowed', about: 'ice-servers' },
      { type: 'refused', code: 'not-allowed', about: 'invite', reason: 'That call id is taken.' },
      { type: 'refused', code: 'not-allowed', about: 'invite' }
    ])
    for (const party of [ada, bob]) party.say({ type: 'ice-servers', call: 'c' })
    expect([ada.heardTypes(), bob.heardTypes()]).toEqual([['ice-servers'], ['ice-servers']])
  })
})

describe('what a party has received', () => {
  test('the other is told, and of a call that is over nobody', () => {
    const { ada, bob } = setUp()
    invites(ada, bob)
    bob.say({ type: 'received', call: 'c', seq: 4 })
    expect(ada.heard()).toMatchObject([{ type: 'received', call: 'c', from: { name: 'bob' }, seq: 4 }])
    hangsUp(ada)
    ada.heard()
    bob.heard()
    bob.say({ type: 'received', call: 'c', seq: 5 })
    expect([ada.heard(), bob.heard()]).toEqual([[], []])
  })
})

test('a callee asks its caller to start ICE over, and after the call nobody', () => {
  const { ada, bob } = setUp()
  invites(ada, bob)
  bob.say({ type: 'ice-restart', call: 'c', seq: 1 })
  expect(ada.heard()).toMatchObject([{ type: 'ice-restart', call: 'c', from: { name: 'bob' }, seq: 1 }])
  hangsUp(ada)
  bob.heard()
  bob.say({ type: 'ice-restart', call: 'c', seq: 2 })
  expect(bob.heard()).toEqual([])
})

test('a callee is told whether its caller can be prepared for, and prepares', () => {
  const board = testSwitchboard()
  const [ada, simple, bob] = [board.join('ada'), board.join('simple', 'simple'), board.join('bob')]
  invites(simple, bob, 'd')
  hangsUp(simple, 'd')
  invites(ada, bob)
  expect(bob.heard()).toMatchObject([{ prepares: undefined }, { type: 'ended' }, { prepares: true }])
  bob.say({ type: 'prepare', call: 'c', description: answer('b'), seq: 1 })
  bob.say({ type: 'accept', call: 'c', description: null, seq: 2 })
  expect(ada.heard()).toMatchObject([
    { type: 'prepare', call: 'c', from: { name: 'bob' }, seq: 1 },
    { type: 'accept', call: 'c', description: null, seq: 2 }
  ])
  ada.say({ type: 'prepare', call: 'elsewhere', description: answer('b') })
  expect(ada.heard()).toMatchObject([{ type: 'refused', code: 'unknown-call', about: 'prepare' }])
})
