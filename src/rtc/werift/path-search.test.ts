import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Ice, type Transport, searchAnew } from './path-search.ts'

const checkFrom = (user: string) => ({ getAttributeValue: () => user })

/** Werift's, as far as it matters; what is read-only to a search changes here. */
class FakeIce implements Ice {
  state = 'new'
  generation = 0
  localUsername = 'ours0'
  remotePassword = 'theirs0'
  remoteCandidates: object[] = [{ port: 1 }]
  localCandidatesEnd = true
  protocols: object[] = [{ type: 'stun' }]
  checkList: { handle?: { resolve?: () => unknown } }[] = []
  checkListDone = false
  earlyChecks: Ice['earlyChecks'] = []
  earlyChecksDone = false
  readonly paired: object[] = []
  readonly heard: unknown[] = []
  schedulingChecks = vi.fn(() => true)
  queryConsent = vi.fn()

  pairRemoteCandidate(candidate: object): void {
    this.paired.push(candidate)
    this.checkList.push({ handle: { resolve: vi.fn() } })
  }

  checkIncoming(...check: unknown[]): void {
    this.heard.push(check)
  }

  checkComplete(_pair: unknown): void {
    this.checkListDone = true
  }

  setState(state: string): void {
    this.state = state
  }

  startOver(): void {
    this.generation += 1
    this.localUsername = `ours${this.generation}`
    this.remotePassword = ''
    this.remoteCandidates = []
    this.checkList = []
    this.checkListDone = false
    this.earlyChecksDone = false
  }

  answered(): void {
    this.remotePassword = `theirs${this.generation}`
    this.remoteCandidates = [{ port: 2 }]
  }

  succeed(): void {
    const [pair] = this.checkList
    if (pair === undefined) throw new Error('no pair')
    this.checkComplete(pair)
  }
}

const world = () => {
  const connection = new FakeIce()
  const transport = { connection, start: () => Promise.resolve(), setState: vi.fn<Transport['setState']>() }
  // As werift's methods do, which it finds on itself.
  const own: Ice = connection
  const closing = new AbortController()
  searchAnew(transport, closing.signal)
  return { ice: connection, own, transport, close: () => closing.abort() }
}

/** What has become of it so far. */
const outcomeOf = (search: Promise<void>) => {
  const seen = { outcome: 'none yet' }
  search.then(
    () => (seen.outcome = 'found'),
    () => (seen.outcome = 'failed')
  )
  return seen
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('it makes checks until a pair is agreed on, asks for consent, and lets the other checks go', async () => {
  const { ice, transport } = world()
  const search = outcomeOf(transport.start())
  expect(transport.setState.mock.calls).toEqual([['checking']])
  await vi.advanceTimersByTimeAsync(100)
  expect(ice.schedulingChecks.mock.calls.length).toBeGreaterThan(4)
  expect([search.outcome, ice.paired]).toEqual(['none yet', [{ port: 1 }]])
  ice.succeed()
  await vi.advanceTimersByTimeAsync(20)
  expect([search.outcome, ice.state]).toEqual(['found', 'connected'])
  expect(ice.queryConsent).toHaveBeenCalledTimes(1)
  expect(ice.checkList[0]?.handle?.resolve).toHaveBeenCalledTimes(1)
})

test('where ICE starts over meanwhile, it goes on with that, once the partner has answered', async () => {
  const { ice, transport } = world()
  const search = outcomeOf(transport.start())
  await vi.advanceTimersByTimeAsync(40)
  ice.startOver()
  ice.schedulingChecks.mockClear()
  await vi.advanceTimersByTimeAsync(100)
  expect(ice.schedulingChecks).not.toHaveBeenCalled()
  ice.answered()
  await vi.advanceTimersByTimeAsync(40)
  expect(ice.paired).toEqual([{ port: 1 }, { port: 2 }])
  ice.succeed()
  await vi.advanceTimersByTimeAsync(20)
  expect(search.outcome).toBe('found')
  expect(transport.setState.mock.calls).toEqual([['checking'], ['checking']])
})

test('where ICE starts over in the moment in which a pair is agreed on, nothing has been found', async () => {
  const { ice, transport } = world()
  const search = outcomeOf(transport.start())
  ice.succeed()
  ice.startOver()
  await vi.advanceTimersByTimeAsync(100)
  expect(search.outcome).toBe('none yet')
})

test('whoever starts it while it goes on takes part in it, and afterwards begins another', async () => {
  const { ice, transport } = world()
  const searches = [transport.start(), transport.start()].map(outcomeOf)
  ice.succeed()
  await vi.advanceTimersByTimeAsync(20)
  expect(searches.map(({ outcome }) => outcome)).toEqual(['found', 'found'])
  await transport.start()
  expect(ice.queryConsent).toHaveBeenCalledTimes(1)
  ice.startOver()
  ice.answered()
  const another = outcomeOf(transport.start())
  await vi.advanceTimersByTimeAsync(20)
  ice.succeed()
  await vi.advanceTimersByTimeAsync(20)
  expect(another.outcome).toBe('found')
  expect(ice.queryConsent).toHaveBeenCalledTimes(2)
})

test('a relay that answers later than the partner is tried with all that is known of them', async () => {
  const { ice, transport } = world()
  void transport.start()
  await vi.advanceTimersByTimeAsync(100)
  expect(ice.paired).toHaveLength(1)
  ice.protocols.push({ type: 'turn' })
  await vi.advanceTimersByTimeAsync(100)
  expect(ice.paired).toEqual([{ port: 1 }, { port: 1 }])
})

test('what the partner has asked before is heard when it begins', () => {
  const { ice, transport } = world()
  const checks = [
    [checkFrom('ours0:theirs'), 'address'] as const,
    [checkFrom('older:theirs'), 'address'] as const
  ]
  ice.earlyChecks = checks
  void transport.start()
  expect(ice.heard).toEqual([checks[0]])
  expect([ice.earlyChecks, ice.earlyChecksDone]).toEqual([[], true])
})

test('what was asked or answered before ICE started over counts no more', () => {
  const { ice, own } = world()
  const former = { handle: {} }
  ice.checkList = [former]
  ice.startOver()
  own.checkComplete(former)
  own.checkIncoming(checkFrom('ours0:theirs'))
  expect([ice.checkListDone, ice.heard]).toEqual([false, []])
  const latter = { handle: {} }
  ice.checkList = [latter]
  own.checkIncoming(checkFrom('ours1:theirs'))
  own.checkComplete(latter)
  expect([ice.checkListDone, ice.heard.length]).toEqual([true, 1])
})

test('it fails where there is nobody to ask and nobody to come, and not before', async () => {
  const { ice, transport } = world()
  ice.remoteCandidates = []
  ice.localCandidatesEnd = false
  ice.schedulingChecks.mockReturnValue(false)
  const search = outcomeOf(transport.start())
  await vi.advanceTimersByTimeAsync(100)
  expect(search.outcome).toBe('none yet')
  ice.localCandidatesEnd = true
  await vi.advanceTimersByTimeAsync(20)
  expect(search.outcome).toBe('failed')
  expect(transport.setState).toHaveBeenLastCalledWith('failed')
})

test.each([false, true])(
  'a connection that is closed has no search, and no path (found: %s)',
  async (found) => {
    const { ice, transport, close } = world()
    const search = outcomeOf(transport.start())
    if (found) ice.succeed()
    close()
    await vi.advanceTimersByTimeAsync(20)
    expect([search.outcome, ice.state]).toEqual(['failed', 'new'])
    expect(transport.setState.mock.calls).toEqual([['checking']])
    expect(ice.queryConsent).not.toHaveBeenCalled()
  }
)

test('another werift than the one that is known is refused at once', () => {
  for (const other of [{}, { setState: () => {} }, { setState: () => {}, connection: {} }])
    expect(() => searchAnew(other, new AbortController().signal)).toThrow('not the one that is known')
})
