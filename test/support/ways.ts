/** The ways by which two who do not reach each other call all the same: through the server, by whatever is let through to it. */
import { eventually } from './eventually.ts'
import { connectionsClosed, mediaArrives } from './media.ts'
import { type Visitor, talk } from './sdk-pages.ts'
import type { ThreeHosts } from './three-hosts.ts'

type Side = 'ada' | 'bob'

export interface Way {
  /** Whose UDP does not reach the server. */
  readonly withoutUdp: readonly Side[]
  /** Of the ways that the server names, only those that begin so are known to the pages. */
  readonly relays?: string
  /** What takes each to the server. */
  readonly protocols: Readonly<Record<Side, 'udp' | 'tcp' | 'tls'>>
}

const both = ['ada', 'bob'] as const

// Of TCP and TLS, which are as good as each other, a browser takes what is there first.
export const ways: Readonly<Record<string, Way>> = {
  'over UDP': { withoutUdp: [], protocols: { ada: 'udp', bob: 'udp' } },
  'over TCP, where no UDP passes': {
    withoutUdp: both,
    relays: 'turn:',
    protocols: { ada: 'tcp', bob: 'tcp' }
  },
  'over TCP here and UDP there': {
    withoutUdp: ['ada'],
    relays: 'turn:',
    protocols: { ada: 'tcp', bob: 'udp' }
  },
  'over TLS': { withoutUdp: both, relays: 'turns:', protocols: { ada: 'tls', bob: 'tls' } }
}

/**
 * What each side speaks for itself: a partner's packet that comes before the candidate is told makes it one of an
 * unknown type.
 */
const wayOf = async ({ page }: Visitor) => {
  const [own] = await page.evaluate(() => window.client.selectedPair())
  return { own, protocol: await page.evaluate(() => window.client.relayProtocol()) }
}

const see = ({ ada, bob }: Readonly<Record<Side, Visitor>>) =>
  Promise.all([mediaArrives(ada.page), mediaArrives(bob.page)])

const hangUp = async ({ ada, bob }: Readonly<Record<Side, Visitor>>): Promise<void> => {
  await ada.hangUp()
  await bob.reaches('ended')
  await Promise.all([connectionsClosed(ada.page), connectionsClosed(bob.page)])
}

/** Ada calls Bob, whom nothing separates from her, and both see and hear. */
export const callDirectly = async (hosts: ThreeHosts): Promise<void> => {
  await using people = await hosts.enter()
  await talk(people.ada, people.bob)
  await see(people)
  // A call begins over the relay, and then goes over to the direct path.
  for (const side of both) await eventually(async () => (await wayOf(people[side])).own).not.toBe('relay')
  await hangUp(people)
}

/** Ada calls Bob with no path but that between them, and both see and hear. */
export const callBy = async (hosts: ThreeHosts, { withoutUdp, relays, protocols }: Way): Promise<void> => {
  const { network } = hosts
  await network.block(['ada', 'bob'])
  for (const side of withoutUdp) await network.block([side, 'server'], 'udp')
  try {
    await using people = await hosts.enter(relays)
    await talk(people.ada, people.bob)
    await see(people)
    for (const side of both) {
      const expected = { own: 'relay', protocol: protocols[side] }
      await eventually(() => wayOf(people[side])).toEqual(expected)
    }
    await hangUp(people)
  } finally {
    for (const side of withoutUdp) await network.unblock([side, 'server'], 'udp')
    await network.unblock(['ada', 'bob'])
  }
}
