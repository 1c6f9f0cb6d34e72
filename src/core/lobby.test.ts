import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Lobby, type RosterNews } from './lobby.ts'
import type { Peer, PeerId } from './signal.ts'

let lastNumber = 0
const newPeer = (name: string): Peer => {
  lastNumber += 1
  return { id: `${name}-id`, number: lastNumber, name, dialect: 'native', busy: false }
}

/** A lobby in which these have joined, and which has been told of it. */
const settled = (...names: string[]) => {
  const lobby = new Lobby('main', 1_000)
  const peers = names.map((name) => lobby.join(newPeer(name)))
  lobby.tell(0)
  return { lobby, peers }
}

/** A long time after anything before. */
const later = 1_000_000

const nameOf = ({ name }: Peer): string => name

/** What is told to whom, by the names of those it is about. */
const toldAt = (lobby: Lobby, now: number) =>
  lobby.tell(now).map(({ to, message: { joined, left, changed } }) => ({
    to,
    joined: joined.map(nameOf),
    left: left.map(nameOf),
    changed: changed.map(nameOf)
  }))

describe('who is there', () => {
  test('is listed longest present first, also after a rename', () => {
    const { lobby, peers } = settled('ada', 'bob', 'cyd')
    const [ada] = peers
    if (ada !== undefined) lobby.rename(ada, 'zoe')
    expect(Array.from(lobby.peers, nameOf)).toEqual(['zoe', 'bob', 'cyd'])
    expect(lobby.size).toBe(3)
  })

  test('can be asked for by name, and after a rename only by the new one', () => {
    const { lobby, peers } = settled('ada')
    const [ada] = peers
    expect(lobby.withName('ada')).toBe(ada)
    if (ada !== undefined) lobby.rename(ada, 'zoe')
    expect(lobby.withName('ada')).toBeUndefined()
    expect(lobby.withName('zoe')?.id).toBe('ada-id')
  })

  test('has a name that nobody else there has', () => {
    const lobby = new Lobby('main', 10)
    expect(lobby.join({ ...newPeer('ada'), id: '1' }).name).toBe('ada')
    const second = lobby.join({ ...newPeer('ada'), id: '2' })
    expect(second.name).toBe('ada1')
    lobby.leave(second)
    expect(lobby.join({ ...newPeer('ada'), id: '3' }).name).toBe('ada1')
  })

  test('does not lose a name by asking for it again', () => {
    const { lobby, peers } = settled('ada')
    for (const ada of peers) expect(lobby.rename(ada, 'ada')).toBe(ada)
    expect(lobby.withName('ada')?.id).toBe('ada-id')
  })

  test('is named to a newcomer without itself, and of very many only the newest', () => {
    const lobby = new Lobby('main', 2)
    for (const name of ['ada', 'bob', 'cyd']) lobby.join(newPeer(name))
    expect(lobby.othersThan('cyd-id').map(nameOf)).toEqual(['bob'])
    expect(lobby.othersThan('ada-id').map(nameOf)).toEqual(['bob', 'cyd'])
    expect(lobby.tell(0).map(({ message }) => message.peers.map(nameOf))).toEqual([
      ['bob', 'cyd'],
      ['bob', 'cyd']
    ])
  })
})

describe('news', () => {
  test('are none while nothing changes', () => {
    const { lobby, peers } = settled('ada', 'bob')
    for (const peer of peers) expect(lobby.setBusy(peer, false)).toBe(peer)
    expect(lobby.deadline).toBe(Infinity)
    expect(lobby.tell(later)).toEqual([])
  })

  test('of who came go to those who were there before, each hearing only of those after it', () => {
    const { lobby } = settled('ada')
    for (const name of ['bob', 'cyd']) lobby.join(newPeer(name))
    expect(toldAt(lobby, later)).toEqual([
      { to: 'ada-id', joined: ['bob', 'cyd'], left: [], changed: [] },
      { to: 'bob-id', joined: ['cyd'], left: [], changed: [] }
    ])
  })

  test('of who left go to all who are still there', () => {
    const { lobby, peers } = settled('ada', 'bob', 'cyd')
    for (const bob of peers.slice(1, 2)) lobby.leave(bob)
    expect(toldAt(lobby, later)).toEqual([
      { to: 'ada-id', joined: [], left: ['bob'], changed: [] },
      { to: 'cyd-id', joined: [], left: ['bob'], changed: [] }
    ])
  })

  test('are none of one that came and went before anybody was told', () => {
    const { lobby } = settled('ada')
    lobby.leave(lobby.join(newPeer('bob')))
    expect(lobby.tell(later)).toEqual([])
    expect(lobby.deadline).toBe(Infinity)
  })

  test('of one that left reach a newcomer that was welcomed with it', () => {
    const { lobby } = settled('ada')
    const bob = lobby.join(newPeer('bob'))
    lobby.join(newPeer('cyd'))
    lobby.leave(bob)
    expect(toldAt(lobby, later)).toEqual([
      { to: 'ada-id', joined: ['cyd'], left: [], changed: [] },
      { to: 'cyd-id', joined: [], left: ['bob'], changed: [] }
    ])
  })

  test('of one that changed reach a newcomer that was welcomed with it', () => {
    const { lobby } = settled('ada')
    const bob = lobby.join(newPeer('bob'))
    lobby.join(newPeer('cyd'))
    lobby.setBusy(bob, true)
    const told = toldAt(lobby, later)
    expect(told[0]).toEqual({ to: 'ada-id', joined: ['bob', 'cyd'], left: [], changed: [] })
    expect(told.find(({ to }) => to === 'cyd-id')).toMatchObject({ joined: [], changed: ['bob'] })
  })

  test('of changes say the last state only, and whether a name was among them', () => {
    const { lobby, peers } = settled('ada', 'bob')
    for (const bob of peers.slice(1)) lobby.setBusy(lobby.setBusy(bob, true), false)
    const [unnamed] = lobby.tell(later)
    expect(unnamed?.message).toMatchObject({ changed: [{ name: 'bob', busy: false }], renamed: false })
    for (const bob of peers.slice(1)) lobby.setBusy(lobby.rename(bob, 'rob'), true)
    const [named] = lobby.tell(2 * later)
    expect(named?.message).toMatchObject({ changed: [{ name: 'rob', busy: true }], renamed: true })
  })

  test('are none of a rename that comes to nothing', () => {
    const { lobby, peers } = settled('ada', 'ada1')
    for (const ada1 of peers.slice(1)) expect(lobby.rename(ada1, 'ada')).toBe(ada1)
    expect(lobby.tell(later)).toEqual([])
  })

  test('are one and the same message for all who knew the same', () => {
    const { lobby } = settled('ada', 'bob')
    lobby.join(newPeer('cyd'))
    const [toAda, toBob] = lobby.tell(later)
    expect(toAda?.message).toBe(toBob?.message)
  })
})

/** What each member knows, by following what it is told, as a client does. */
const follow = (known: Map<PeerId, Map<PeerId, Peer>>, news: readonly RosterNews[]): void => {
  for (const { to, message } of news) {
    const view = known.get(to)
    for (const peer of [...message.joined, ...message.changed]) view?.set(peer.id, peer)
    for (const { id } of message.left) view?.delete(id)
  }
}

test('whoever follows what it is told knows who is there, whatever happens in which order', () => {
  const step = fc.tuple(
    fc.constantFrom('join', 'leave', 'rename', 'busy', 'free', 'wait', 'wait long'),
    fc.nat(20)
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), (steps, atOnce) => {
      const lobby = new Lobby('main', 1_000, atOnce)
      const members = new Map<PeerId, Peer>()
      const known = new Map<PeerId, Map<PeerId, Peer>>()
      let now = 0
      const tellAll = () => follow(known, lobby.tell(now))
      for (const [what, which] of steps) {
        const member = [...members.values()][which % Math.max(1, members.size)]
        if (what === 'join') {
          const peer = lobby.join(newPeer(`p${known.size}`))
          members.set(peer.id, peer)
          known.set(peer.id, new Map([peer, ...lobby.othersThan(peer.id)].map((one) => [one.id, one])))
        } else if (what === 'wait' || what === 'wait long') now += what === 'wait' ? 0.1 : 1_000
        else if (member === undefined) continue
        else if (what === 'leave') {
          lobby.leave(member)
          members.delete(member.id)
          known.delete(member.id)
        } else if (what === 'rename') members.set(member.id, lobby.rename(member, `n${which}`))
        else members.set(member.id, lobby.setBusy(member, what === 'busy'))
        tellAll()
      }
      for (; lobby.deadline < Infinity; now = lobby.deadline) tellAll()
      for (const view of known.values()) {
        expect(new Set(view.values())).toEqual(new Set(members.values()))
      }
    })
  )
})

/** How long news have to wait behind the last ones. */
const waitIn = (size: number): number => {
  const lobby = new Lobby('main', 1_000)
  while (lobby.size < size) lobby.join(newPeer(`p${lobby.size}`))
  let now = 0
  while (lobby.deadline < Infinity) {
    now = Math.max(now, lobby.deadline)
    lobby.tell(now)
  }
  lobby.join(newPeer('last'))
  return lobby.deadline - now
}

describe('the pace', () => {
  test('is at once in a small lobby, and slower in a large one', () => {
    expect(waitIn(2)).toBeLessThan(1)
    expect(waitIn(100)).toBeLessThan(50)
    expect(waitIn(1_000)).toBeGreaterThan(waitIn(100))
    expect(waitIn(10_000)).toBeLessThanOrEqual(5_000)
  })

  test('makes N joins cost far fewer than N² messages, and no telling a long one', () => {
    const size = 3_000
    const lobby = new Lobby('main', 1_000)
    let messages = 0
    let longest = 0
    const tellAt = (now: number): void => {
      const news = lobby.tell(now)
      messages += news.length
      const different = new Set(news.map(({ message }) => message))
      const entries = Array.from(different, ({ joined }) => joined.length).reduce((sum, one) => sum + one, 0)
      longest = Math.max(longest, entries)
    }
    // A thousand join in a second.
    for (let count = 0; count < size; count += 1) {
      lobby.join(newPeer(`p${count}`))
      tellAt(count)
    }
    for (let now = lobby.deadline; now < Infinity; now = lobby.deadline) tellAt(now)
    expect(messages).toBeLessThan((size * size) / 20)
    expect(longest).toBeLessThan(150_000)
  })
})

describe('the room in a lobby', () => {
  test('is the smallest that anybody in it has asked for, and theirs alone', () => {
    const lobby = new Lobby('pair', 1_000)
    expect(lobby.room).toBe(Infinity)
    const ada = lobby.join(newPeer('ada'), 5)
    const bob = lobby.join(newPeer('bob'), 2)
    lobby.join(newPeer('cyd'))
    expect(lobby.room).toBe(2)
    lobby.leave(bob)
    expect(lobby.room).toBe(5)
    lobby.leave(ada)
    expect(lobby.room).toBe(Infinity)
  })
})
