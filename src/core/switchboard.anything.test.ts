/** Whatever anybody says, in whatever order: what may never come of it. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Abilities,
  type Address,
  type Candidate,
  type ClientMessage,
  type Description,
  type PeerId,
  type ServerMessage,
  bodyOf
} from './signal.ts'
import { type Input, type Output, Switchboard, type SwitchboardLimits } from './switchboard.ts'

type Act =
  | { readonly type: 'connect'; readonly abilities: Abilities }
  | { readonly type: 'say'; readonly who: number; readonly message: ClientMessage }
  | { readonly type: 'garble' | 'vanish'; readonly who: number }
  | { readonly type: 'wait'; readonly ms: number }

// Few of everything, so that what is said often means something.

const clientCount = 6
const who = fc.nat(clientCount - 1)
const name = fc.oneof(fc.constantFrom('ada', 'bob', 'cyd'), fc.string({ maxLength: 5 }))
const call = fc.constantFrom('c', 'd', 'e', 'call-1')
const ufrag = fc.constantFrom('u', 'w')

const byId: fc.Arbitrary<Address> = fc.record({
  by: fc.constant('id'),
  id: who.map((number) => `peer-${number}`)
})
const address: fc.Arbitrary<Address> = fc.oneof(
  { weight: 8, arbitrary: byId },
  fc.record({ by: fc.constant('number'), number: who }),
  fc.record({ by: fc.constant('name'), name }),
  fc.record({ by: fc.constant('call'), call }),
  fc.constantFrom<Address>({ by: 'partner' }, { by: 'partner' }, { by: 'lobby' })
)
const description: fc.Arbitrary<Description> = fc.record({
  type: fc.constantFrom('offer', 'offer', 'answer', 'answer', 'pranswer', 'rollback'),
  sdp: ufrag.map((ufrag) => bodyOf(`a=ice-ufrag:${ufrag}\r\n`))
})
const candidate: fc.Arbitrary<Candidate> = fc.record({
  candidate: fc.constantFrom('', 'candidate:1 1 udp 1 192.0.2.1 9 typ host'),
  sdpMid: fc.constantFrom('0', null),
  sdpMLineIndex: fc.constantFrom(0, null),
  usernameFragment: fc.oneof(ufrag, fc.constant(null))
})
const calling: fc.Arbitrary<ClientMessage> = fc.oneof(
  fc.record({ type: fc.constant('invite'), call, to: byId, description }),
  fc.record({ type: fc.constant('description'), to: address, description })
)
const message: fc.Arbitrary<ClientMessage> = fc.oneof(
  { weight: 8, arbitrary: calling },
  fc.record({
    type: fc.constant('sign-in'),
    name,
    lobby: fc.constantFrom('main', 'main', 'other', '<'),
    size: fc.constantFrom(undefined, undefined, 2, 3)
  }),
  fc.record({ type: fc.constant('rename'), name }),
  fc.constantFrom<ClientMessage>(
    { type: 'ready' },
    { type: 'ready' },
    { type: 'ready' },
    { type: 'sign-out' }
  ),
  fc.record({ type: fc.constant('ringing'), call }),
  fc.record({ type: fc.constant('prepare'), call, description, seq: fc.nat() }),
  fc.record({ type: fc.constant('accept'), call, description: fc.oneof(description, fc.constant(null)) }),
  fc.record({ type: fc.constantFrom('ice-restart', 'received'), call, seq: fc.nat() }),
  fc.record({ type: fc.constant('ice-servers'), call }),
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('rejoin'),
      call,
      to: byId,
      role: fc.constantFrom<'caller' | 'callee'>('caller', 'callee')
    })
  },
  fc.record({
    type: fc.constant('decline'),
    call,
    reason: fc.constantFrom<'declined' | 'busy' | 'failed'>('declined', 'busy', 'failed')
  }),
  fc.record({
    type: fc.constant('hang-up'),
    call: fc.oneof(call, fc.constant(null)),
    reason: fc.constantFrom<'hung-up' | 'failed'>('hung-up', 'failed')
  }),
  fc.record({ type: fc.constant('candidate'), to: address, candidate }),
  fc.record({ type: fc.constant('text'), to: address, text: fc.string({ maxLength: 9 }).map(bodyOf) }),
  fc.record({ type: fc.constant('file'), name, size: fc.nat() })
)
const abilities: fc.Arbitrary<Abilities> = fc.record({
  callControl: fc.boolean(),
  prepares: fc.boolean(),
  namesCallee: fc.boolean(),
  settleMs: fc.constantFrom(0, 400),
  echoesText: fc.boolean()
})
const said = fc.record({ type: fc.constant('say'), who, message })
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 20, arbitrary: said },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('connect'), abilities }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constantFrom<'garble' | 'vanish'>('garble', 'vanish'), who })
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('wait'), ms: fc.constantFrom(1, 400, 2_000, 50_000) })
  }
)

/** All connected, and most of them signed in. */
const opening: fc.Arbitrary<readonly Act[]> = fc
  .array(abilities, { minLength: clientCount, maxLength: clientCount })
  .map((all) =>
    all.flatMap((abilities, who): Act[] => [
      { type: 'connect', abilities },
      { type: 'say', who, message: { type: 'sign-in', name: 'ada', lobby: who < 4 ? 'main' : 'other' } }
    ])
  )

/** What the outside can know of one that is connected. */
interface Known {
  lobby: string | null
  /** The call that it hears of. */
  call: string | null
}

/** Carries out acts and checks every output against what is known from the outside. */
class Watch {
  readonly #switchboard: Switchboard
  readonly #known = new Map<PeerId, Known>()
  readonly busy = new Map<PeerId, boolean>()
  #connected = 0
  #calls = 0
  #now = 1_000_000

  constructor(limits: SwitchboardLimits) {
    this.#switchboard = new Switchboard(limits, {
      newCallId: () => `call-${++this.#calls}`,
      iceServers: () => []
    })
  }

  get waits(): boolean {
    return this.#switchboard.waits
  }

  get present(): readonly PeerId[] {
    return [...this.#known.keys()]
  }

  act(act: Act): readonly Output[] {
    switch (act.type) {
      case 'connect': {
        const number = this.#connected++
        const peer = `peer-${number}`
        this.#known.set(peer, { lobby: null, call: null })
        return this.#input({
          type: 'connected',
          peer,
          number,
          key: -number,
          dialect: 'any',
          abilities: act.abilities,
          now: this.#now
        })
      }
      case 'say':
        return this.say(`peer-${act.who}`, act.message)
      case 'garble':
        return this.#input({ type: 'malformed', peer: `peer-${act.who}`, reason: 'x', now: this.#now })
      case 'vanish':
        this.#forget(`peer-${act.who}`)
        return this.#input({ type: 'disconnected', peer: `peer-${act.who}`, now: this.#now })
      default:
        return this.wait(act.ms)
    }
  }

  say(peer: PeerId, message: ClientMessage): readonly Output[] {
    const known = this.#known.get(peer)
    const ends = message.type === 'hang-up' || message.type === 'decline'
    if (known !== undefined && ends && (message.call ?? known.call) === known.call) known.call = null
    return this.#input({ type: 'received', peer, message, now: this.#now })
  }

  wait(ms: number): readonly Output[] {
    this.#now += ms
    return this.#input({ type: 'time-passed', now: this.#now })
  }

  #input(input: Input): readonly Output[] {
    this.#now += 1
    const outputs = this.#switchboard.handle(input)
    for (const output of outputs) {
      if (output.type === 'close') this.#forget(output.peer)
      if (output.type !== 'deliver') continue
      const by = 'peer' in input ? input.peer : null
      this.#noteTurnedDown(output.message, by)
      this.#check(output.to, output.message, by)
    }
    return outputs
  }

  #forget(peer: PeerId): void {
    this.#known.delete(peer)
    this.busy.delete(peer)
  }

  #check(to: PeerId, message: ServerMessage, by: PeerId | null): void {
    const known = this.#known.get(to)
    if (known === undefined) return expect.unreachable(`${message.type} to somebody who is gone`)
    if (message.type === 'welcome') known.lobby = message.lobby
    if (message.type === 'welcome' || message.type === 'roster') this.#checkRoster(known, message)
    if (message.type === 'rejoined') this.#checkCall(known, message)
    // Of a party that is not here, who asks for it hears nothing that it did not say itself.
    if (!('from' in message) || message.from.name === '') return
    if (message.type !== 'ended') expect([message.from.id, to]).toContain(by ?? to)
    // Who left is not known any more, and can still be told of.
    const from = this.#known.get(message.from.id)
    if (from !== undefined) expect(from.lobby).toBe(known.lobby)
    if ('call' in message) this.#checkCall(known, message)
  }

  #checkRoster(known: Known, message: Extract<ServerMessage, { type: 'welcome' | 'roster' }>): void {
    for (const { id, busy } of message.peers) {
      expect(this.#known.get(id)?.lobby).toBe(known.lobby)
      this.busy.set(id, busy)
    }
  }

  /** A ring that comes before the claim of a call is turned down by that: its caller hears so, and the claimant knows. */
  #noteTurnedDown(message: ServerMessage, by: PeerId | null): void {
    if (message.type !== 'ended' || message.reason !== 'busy' || message.from.id !== by) return
    const known = this.#known.get(by)
    if (known?.call === message.call) known.call = null
  }

  /** Nobody hears of two calls at once, but for the end of an attempt that came to nothing. */
  #checkCall(known: Known, { type, call }: { type: ServerMessage['type']; call: string }): void {
    if (type !== 'ended') {
      expect(known.call ?? call).toBe(call)
      known.call = call
    } else if (known.call === call) known.call = null
  }
}

const generous: SwitchboardLimits = {
  burst: 10_000,
  perSecond: 10_000,
  lobbySize: 100,
  rosterSize: 100,
  ringMs: 45_000
}

const runs = { numRuns: 400 }

describe('whatever is said', () => {
  test('nothing throws, nobody who is gone is told anything, and nobody hears of another lobby or of two calls', () => {
    fc.assert(
      fc.property(opening, fc.array(act, { maxLength: 80 }), (opening, acts) => {
        const watch = new Watch(generous)
        for (const act of [...opening, ...acts]) watch.act(act)
      }),
      runs
    )
  })

  test('however little may be said', () => {
    const strict = { burst: 12, perSecond: 1, lobbySize: 3, rosterSize: 2, ringMs: 1_000 }
    fc.assert(
      fc.property(opening, fc.array(act, { maxLength: 80 }), (opening, acts) => {
        const watch = new Watch(strict)
        for (const act of [...opening, ...acts]) watch.act(act)
      }),
      runs
    )
  })

  test('who is busy is in a call with one other, and who hangs up is free', () => {
    fc.assert(
      fc.property(opening, fc.array(said, { maxLength: 60 }), (opening, acts) => {
        const watch = new Watch(generous)
        for (const act of [...opening, ...acts]) watch.act(act)
        // Who waits for another in a call of before has waited long enough; who rings has not.
        watch.wait(31_000)
        for (const peer of watch.present) {
          const isBusy = watch.busy.get(peer) ?? false
          const outputs = watch.say(peer, { type: 'hang-up', call: null, reason: 'hung-up' })
          const ends = outputs.filter(
            (output) => output.type === 'deliver' && output.to !== peer && output.message.type === 'ended'
          )
          expect(ends).toHaveLength(isBusy ? 1 : 0)
          watch.wait(10_000)
          expect(watch.busy.get(peer) ?? false).toBe(false)
        }
        expect([...watch.busy.values()]).not.toContain(true)
        expect(watch.waits).toBe(false)
      }),
      runs
    )
  })
})
