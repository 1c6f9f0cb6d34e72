/** Two clients on a network that breaks all the time: nothing is lost, nothing comes twice, and no call ends. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { serve } from '../../src/server/serve.ts'
import { type Fault, type FaultyProxy, faultyProxy } from '../support/faulty-proxy.ts'
import { type Party, joinLine, talk } from '../support/line-talk.ts'
import { seededRandom } from '../support/seeded-random.ts'

const faults: readonly (Fault | 'tear' | 'replay')[] = [
  'reset',
  'finish',
  'tear',
  'replay',
  'reset',
  'silence'
]

const harm = (proxy: FaultyProxy, random: () => number): void => {
  const fault = faults[Math.floor(random() * faults.length)] ?? 'reset'
  proxy.delay(Math.floor(random() * 12))
  if (fault === 'replay') {
    proxy.replay(1 + Math.floor(random() * 3))
    proxy.cut('reset')
  } else if (fault === 'tear') proxy.tear()
  else proxy.cut(fault)
}

const patience = { timeout: 30_000, interval: 10 }

const numbers = (count: number): string[] => Array.from({ length: count }, (_, at) => `${at + 1}`)

test(
  'two hundred cuts at any moment lose nothing, double nothing and end no call',
  { timeout: 240_000 },
  async () => {
    const random = seededRandom(20_261_124)
    await using server = await serve({ port: 0 })
    await using adasWay = await faultyProxy(server.port)
    await using bobsWay = await faultyProxy(server.port)
    const ada = await joinLine(adasWay.url, 'ada')
    const bob = await joinLine(bobsWay.url, 'bob')
    await using _adasLine = ada.line
    await using _bobsLine = bob.line
    const calls = await talk(ada, bob)
    const ends: string[] = []
    for (const call of calls) call.addEventListener('ended', ({ detail }) => ends.push(detail.reason))

    let texts = 0
    let candidates = 0
    const say = (): void => {
      texts += 1
      ada.line.sendText(`${texts}`, bob.line.self.id)
      bob.line.sendText(`${texts}`, ada.line.self.id)
      candidates += 1
      ada.connection().gather(candidates)
      bob.connection().gather(candidates)
    }
    const begun = [ada, bob].map((party) => party.connection().candidates.length)
    const lost = () =>
      [ada, bob].map(({ states }) => states.filter(({ state }) => state === 'resuming').length)
    // On a slow machine many a cut meets a line that is not open.
    for (let cut = 0; cut < 200 || Math.min(...lost()) <= 50; cut += 1) {
      for (let said = 0; said < 1 + random() * 3; said += 1) {
        say()
        await sleep(random() * 30)
      }
      // What is under way when it breaks is what could be lost.
      if (random() < 0.5) say()
      harm(random() < 0.5 ? adasWay : bobsWay, random)
      if (random() < 0.5) say()
      await sleep(random() * 250)
    }
    say()
    await expect.poll(() => [ada.texts.length, bob.texts.length], patience).toEqual([texts, texts])
    expect(ada.texts).toEqual(numbers(texts))
    expect(bob.texts).toEqual(numbers(texts))
    const heard = (party: Party, at: number) => party.connection().candidates.slice(begun[at])
    await expect
      .poll(() => [heard(ada, 0).length, heard(bob, 1).length], patience)
      .toEqual([candidates, candidates])
    const linesOf = (party: Party, at: number) => heard(party, at).map(({ candidate }) => candidate)
    expect(new Set(linesOf(ada, 0)).size).toBe(candidates)
    expect(linesOf(ada, 0)).toEqual(linesOf(ada, 0).toSorted(byNumber))
    expect(linesOf(bob, 1)).toEqual(linesOf(bob, 1).toSorted(byNumber))
    expect(ends).toEqual([])
    expect(calls.map(({ phase }) => phase)).toEqual(['connected', 'connected'])
    expect([...ada.refusals, ...bob.refusals]).toEqual([])
  }
)

const numberIn = (line: string): number => Number(/\d+$/.exec(line)?.[0])
const byNumber = (one: string, other: string): number => numberIn(one) - numberIn(other)
