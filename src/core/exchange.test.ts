/** Who can call whom, and what of a call reaches whom: through the switchboard, as the transports use it. */
import { describe, expect, test } from 'vitest'
import {
  type TestClient,
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
  toLobby,
  toPartner
} from '../../test/support/switchboard.ts'
import { bodyOf } from './signal.ts'

/** Nothing at all has reached any of them. */
const expectSilence = (...clients: readonly TestClient[]): void => {
  for (const client of clients) expect(client.heard()).toEqual([])
}

describe('a call', () => {
  test('goes from invite to accept, and each hears who the other is, whatever it says itself', () => {
    const board = testSwitchboard()
    const [ada, bob] = [board.join('ada'), board.join('bob')]
    invites(ada, bob)
    expect(bob.heard()).toMatchObject([
      {
        type: 'invite',
        call: 'c',
        from: { id: ada.id, name: 'ada', busy: true },
        description: { type: 'offer' }
      }
    ])
    bob.say({ type: 'ringing', call: 'c' })
    accepts(bob)
    expect(ada.heard()).toMatchObject([
      { type: 'ringing', call: 'c', from: { id: bob.id } },
      { type: 'accept', call: 'c', from: { id: bob.id, name: 'bob' }, description: { type: 'answer' } }
    ])
    ada.say({ type: 'description', to: toCall('c'), description: offer('a') })
    bob.say({ type: 'candidate', to: toCall('c'), candidate: candidate('b') })
    expect(bob.heard()).toMatchObject([{ type: 'description', call: 'c', from: { name: 'ada' } }])
    expect(ada.heard()).toMatchObject([{ type: 'candidate', call: 'c', from: { name: 'bob' } }])
  })

  test('hands bodies on as they came, unknown lines included', () => {
    const board = testSwitchboard()
    const [ada, bob] = [board.join('ada'), board.join('bob')]
    const sdp = bodyOf('v=0\r\nx=nobody knows this\r\n')
    ada.say({ type: 'invite', call: 'c', to: to(bob), description: { type: 'offer', sdp } })
    const [invite] = bob.heard()
    expect(invite?.type === 'invite' && invite.description.sdp).toBe(sdp)
  })

  test('of a page is an offer, and its accept the answer', () => {
    const board = testSwitchboard()
    const [ada, bob] = [board.join('ada', 'page'), board.join('bob', 'page')]
    offersTo(ada, bob)
    expect(bob.heard()).toMatchObject([{ type: 'invite', call: 'call-1', from: { name: 'ada' } }])
    answersTo(bob, ada)
    expect(ada.heard()).toMatchObject([{ type: 'accept', call: 'call-1', from: { name: 'bob' } }])
    offersTo(bob, ada)
    answersTo(ada, bob)
    expect(ada.heardTypes()).toEqual(['description'])
    expect(bob.heardTypes()).toEqual(['description'])
  })

  test('that nobody takes ends for both, and both are free', () => {
    const board = testSwitchboard()
    const [ada, bob] = [board.join('ada'), board.join('bob', 'page')]
    invites(ada, bob)
    expect([ada.sees(), bob.sees(), board.waits]).toEqual([['BOB'], ['ADA'], true])
    board.pass(45_000)
    expect(ada.heard()).toMatchObject([
      { type: 'ended', call: 'c', from: { name: 'bob' }, reason: 'no-answer' }
    ])
    expect(bob.heardTypes()).toEqual(['invite', 'ended'])
    expect([ada.sees(), bob.sees(), board.waits]).toEqual([['bob'], ['ada'], false])
  })

  test.each<[string, (bob: TestClient) => void, string]>([
    ['hangs up', (bob) => hangsUp(bob), 'hung-up'],
    ['hangs up without naming the call', (bob) => hangsUp(bob, null), 'hung-up'],
    ['has no media', (bob) => bob.say({ type: 'hang-up', call: 'c', reason: 'failed' }), 'failed'],
    ['signs out', (bob) => bob.say({ type: 'sign-out' }), 'left'],
    ['loses its connection', (bob) => bob.vanish(), 'left']
  ])('ends for the partner, and for nobody else, when one %s', (_how, act, reason) => {
    const board = testSwitchboard()
    const [ada, bob, cyd] = [board.join('ada'), board.join('bob'), board.join('cyd', 'page')]
    invites(ada, bob)
    accepts(bob)
    ada.heard()
    bob.heard()
    act(bob)
    expect(ada.heard()).toMatchObject([{ type: 'ended', call: 'c', from: { id: bob.id }, reason }])
    // Who is still there has the word for it from the server.
    const own = reason === 'left' ? [] : [{ type: 'ended', call: 'c', from: { id: ada.id }, reason }]
    expect(bob.heard()).toMatchObject(own)
    expectSilence(cyd)
    expect(cyd.sees()).not.toContain('ADA')
  })

  test('can be declined', () => {
    const board = testSwitchboard()
    const [ada, bob] = [board.join('ada'), board.join('bob')]
    invites(ada, bob)
    bob.say({ type: 'decline', call: 'c', reason: 'busy' })
    expect(ada.heard()).toMatchObject([{ type: 'ended', reason: 'busy' }])
    expect(bob.heard()).toMatchObject([{ type: 'invite' }, { type: 'ended', reason: 'busy' }])
  })

  test('whose hang-ups cross ends once for each', () => {
    const board = testSwitchboard()
    const [ada, bob] = [board.join('ada'), board.join('bob')]
    invites(ada, bob)
    accepts(bob)
    ada.heard()
    hangsUp(ada)
    hangsUp(bob)
    expect(ada.heard()).toMatchObject([{ type: 'ended', reason: 'hung-up' }])
    expect(bob.heardTypes()).toEqual(['invite', 'ended'])
  })

  test('leaves nothing behind when it is over: even its id is free', () => {
    const board = testSwitchboard()
    const [ada, bob] = [board.join('ada'), board.join('bob')]
    for (let round = 0; round < 2; round += 1) {
      invites(ada, bob)
      hangsUp(ada)
      expect(bob.heardTypes()).toEqual(['invite', 'ended'])
    }
    expect(ada.heardTypes()).toEqual(['ended', 'ended'])
  })

  test('goes on under another name', () => {
    const board = testSwitchboard()
    const [ada, bob] = [board.join('ada'), board.join('bob')]
    invites(ada, bob)
    bob.heard()
    ada.say({ type: 'rename', name: 'zoe' })
    hangsUp(ada)
    expect(bob.heard()).toMatchObject([{ type: 'ended', from: { id: ada.id, name: 'zoe' } }])
  })
})

describe('whom nobody can call', () => {
  test.each<[string, string, (board: ReturnType<typeof testSwitchboard>, ada: TestClient) => TestClient]>([
    ['somebody in another lobby', 'unknown-peer', (board) => board.join('bob', 'native', 'elsewhere')],
    ['somebody who has not signed in', 'unknown-peer', (board) => board.connect()],
    ['oneself', 'not-allowed', (_board, ada) => ada]
  ])('is %s', (_who, code, find) => {
    const board = testSwitchboard()
    const ada = board.join('ada')
    const bob = find(board, ada)
    invites(ada, bob)
    expect(ada.heard()).toMatchObject([
      { type: 'refused', code, about: 'invite', call: 'c', to: { by: 'id' } }
    ])
    if (bob !== ada) expectSilence(bob)
    expect(board.waits).toBe(false)
  })

  test('is somebody by a number, a name, a call or a lobby that is not there', () => {
    const board = testSwitchboard()
    const ada = board.join('ada', 'page')
    for (const target of [
      { by: 'number', number: 99 },
      { by: 'name', name: 'nobody' },
      toLobby,
      toPartner
    ] as const) {
      ada.say({ type: 'description', to: target, description: offer('a') })
      expect(ada.heard()).toMatchObject([
        { type: 'refused', code: 'unknown-peer', about: 'invite', to: target }
      ])
    }
    ada.say({ type: 'description', to: toCall('x'), description: offer('a') })
    expect(ada.heard()).toMatchObject([{ code: 'unknown-call', about: 'description', call: 'x' }])
  })

  test('is found by number and by name as well as by id', () => {
    const board = testSwitchboard()
    const [ada, bob, cyd] = [board.join('ada', 'page'), board.join('bob', 'page'), board.join('cyd', 'page')]
    ada.say({ type: 'description', to: { by: 'number', number: bob.number }, description: offer('a') })
    expect(bob.heardTypes()).toEqual(['invite'])
    hangsUp(ada, null)
    ada.say({ type: 'description', to: { by: 'name', name: 'cyd' }, description: offer('a2') })
    expect(cyd.heardTypes()).toEqual(['invite'])
  })

  test('is somebody in a call: the caller is told so, and the callee is not disturbed', () => {
    const board = testSwitchboard()
    const [ada, bob] = [board.join('ada'), board.join('bob')]
    const [cyd, dan] = [board.join('cyd'), board.join('dan', 'page')]
    invites(ada, bob)
    bob.heard()
    invites(cyd, bob, 'd')
    offersTo(dan, ada)
    expect(cyd.heard()).toMatchObject([{ type: 'ended', call: 'd', from: { id: bob.id }, reason: 'busy' }])
    expect(dan.heard()).toMatchObject([{ type: 'ended', from: { id: ada.id }, reason: 'busy' }])
    dan.say({ type: 'candidate', to: to(ada), candidate: candidate('d') })
    answersTo(dan, ada)
    expect(dan.heard()).toMatchObject([{ type: 'refused', code: 'not-allowed', about: 'description' }])
    expectSilence(ada, bob)
  })

  test('is anybody while one is in a call oneself', () => {
    const board = testSwitchboard()
    const [ada, bob, cyd] = [board.join('ada'), board.join('bob', 'page'), board.join('cyd')]
    invites(ada, bob)
    bob.heard()
    invites(ada, cyd, 'd')
    expect(ada.heard()).toMatchObject([{ type: 'refused', code: 'already-in-call', call: 'd' }])
    offersTo(bob, cyd)
    expect(bob.heard()).toMatchObject([{ type: 'refused', code: 'already-in-call' }])
    expectSilence(cyd)
  })

  test('is the one that is being called already', () => {
    const board = testSwitchboard()
    const [ada, bob] = [board.join('ada'), board.join('bob')]
    invites(ada, bob)
    invites(ada, bob, 'd')
    expect(ada.heard()).toMatchObject([{ type: 'refused', code: 'already-in-call', call: 'd' }])
    expect(bob.heardTypes()).toEqual(['invite'])
  })

  test('is somebody under the id of a call that exists', () => {
    const board = testSwitchboard()
    const [ada, bob, cyd] = [board.join('ada'), board.join('bob'), board.join('cyd')]
    invites(ada, bob)
    invites(cyd, ada)
    expect(cyd.heard()).toMatchObject([{ type: 'refused', code: 'not-allowed', about: 'invite', call: 'c' }])
  })
})

describe('a third party', () => {
  test('cannot touch a call whose id it has guessed', () => {
    const board = testSwitchboard()
    const [ada, bob, eve] = [board.join('ada'), board.join('bob'), board.join('eve')]
    invites(ada, bob)
    bob.heard()
    eve.say(
      { type: 'accept', call: 'c', description: answer('e') },
      { type: 'ringing', call: 'c' },
      { type: 'decline', call: 'c', reason: 'declined' },
      { type: 'description', to: toCall('c'), description: offer('e') },
      { type: 'candidate', to: toCall('c'), candidate: candidate('e') }
    )
    expect(eve.heard().map((message) => message.type === 'refused' && message.code)).toEqual(
      Array.from({ length: 5 }, () => 'unknown-call')
    )
    hangsUp(eve)
    hangsUp(eve, null)
    eve.say({ type: 'file', name: 'x', size: 1 })
    expect(eve.heard()).toMatchObject([{ type: 'refused', code: 'unknown-call', about: 'file' }])
    expectSilence(ada, bob)
    accepts(bob)
    expect(ada.heardTypes()).toEqual(['accept'])
  })

  test('that is in a call cannot touch another', () => {
    const board = testSwitchboard()
    const [ada, bob] = [board.join('ada'), board.join('bob')]
    const [eve, dan] = [board.join('eve'), board.join('dan')]
    invites(ada, bob)
    invites(eve, dan, 'd')
    bob.heard()
    hangsUp(eve, 'c')
    eve.say({ type: 'accept', call: 'c', description: answer('e') })
    expect(eve.heard()).toMatchObject([{ type: 'refused', code: 'unknown-call', about: 'accept', call: 'c' }])
    expectSilence(ada, bob)
  })
})

describe('what does not belong', () => {
  test('is refused with the type of the message and its call', () => {
    const board = testSwitchboard()
    const [ada, bob] = [board.join('ada'), board.join('bob')]
    invites(ada, bob)
    bob.heard()
    ada.say({ type: 'ringing', call: 'c' }, { type: 'decline', call: 'c', reason: 'declined' })
    ada.say({ type: 'description', to: toCall('c'), description: answer('a') })
    accepts(ada)
    expect(ada.heard()).toMatchObject(
      ['ringing', 'decline', 'description', 'accept'].map((about) => ({
        type: 'refused',
        code: 'not-allowed',
        about,
        call: 'c'
      }))
    )
    expectSilence(bob)
  })

  test('is an answer when nobody has offered', () => {
    const board = testSwitchboard()
    const [ada, bob] = [board.join('ada', 'page'), board.join('bob')]
    answersTo(ada, bob)
    expect(ada.heard()).toMatchObject([
      { type: 'refused', code: 'not-allowed', about: 'description', reason: 'There is no offer to answer.' }
    ])
    expectSilence(bob)
  })

  test('is a file before there is a call that stands', () => {
    const board = testSwitchboard()
    const [ada, bob] = [board.join('ada'), board.join('bob')]
    invites(ada, bob)
    bob.heard()
    ada.say({ type: 'file', name: 'x', size: 1 })
    expect(ada.heard()).toMatchObject([{ type: 'refused', code: 'unknown-call', about: 'file' }])
    expectSilence(bob)
    accepts(bob)
    ada.say({ type: 'file', name: 'x', size: 1 })
    expect(bob.heard()).toMatchObject([
      { type: 'file', call: 'c', from: { name: 'ada' }, name: 'x', size: 1 }
    ])
  })
})
