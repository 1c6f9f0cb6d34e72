import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import {
  type VerificationMessage,
  type VerificationRole,
  fingerprintOf,
  signsFor,
  verify
} from './verification.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const honest = { caller: 'sha-256 AA:01', callee: 'sha-256 BB:02' }

/** One side: what it says is collected, and `code` is what it has come to so far. */
class Party {
  readonly said: VerificationMessage[] = []
  code: readonly number[] | null | undefined
  #take: ((message: VerificationMessage) => void) | undefined

  constructor(role: VerificationRole, nonce: string, fingerprints = honest) {
    void verify(
      { role, nonce, fingerprints },
      {
        send: (message) => this.said.push(message),
        receive: () =>
          new Promise((resolve) => {
            this.#take = resolve
          }),
        sha256: async (text) => sha256(text)
      }
    ).then((code) => {
      this.code = code
    })
  }

  /** Hears it once it is ready for it, and makes of it what it can. */
  async hear(message: VerificationMessage | undefined): Promise<void> {
    await setImmediate()
    if (message === undefined) throw new Error('Nothing was said.')
    this.#take?.(message)
    await setImmediate()
  }
}

const between = async (caller: Party, callee: Party): Promise<void> => {
  await setImmediate()
  await callee.hear(caller.said[0])
  await caller.hear(callee.said[0])
  await callee.hear(caller.said[1])
}

test('both sides come to the same four signs', async () => {
  const caller = new Party('caller', 'a1')
  const callee = new Party('callee', 'b1')
  await between(caller, callee)
  expect(caller.code).toHaveLength(4)
  expect(callee.code).toEqual(caller.code)
  expect(signsFor(caller.code ?? []).map(({ emoji }) => emoji)).toHaveLength(4)
})

test('another call between the same two has another code', async () => {
  const codes = new Set<string>()
  for (const nonce of ['a1', 'a2', 'a3']) {
    const [caller, callee] = [new Party('caller', nonce), new Party('callee', 'b1')]
    await between(caller, callee)
    codes.add(String(caller.code))
  }
  expect(codes.size).toBe(3)
})

test('a fingerprint that was swapped on the way makes the codes differ', async () => {
  const caller = new Party('caller', 'a1', { ...honest, callee: 'sha-256 EE:00' })
  const callee = new Party('callee', 'b1', { ...honest, caller: 'sha-256 EE:00' })
  await between(caller, callee)
  expect(caller.code).not.toEqual(callee.code)
})

test('a caller that reveals another nonce than it committed to is found out', async () => {
  const callee = new Party('callee', 'b1')
  await callee.hear({ type: 'commit', hash: sha256('patchcord verification commit a1') })
  await callee.hear({ type: 'reveal', nonce: 'a2' })
  expect(callee.code).toBeNull()
})

test('the callee names its nonce only after a commitment, and the caller its own only after that', async () => {
  const [caller, callee] = [new Party('caller', 'a1'), new Party('callee', 'b1')]
  await setImmediate()
  expect(caller.said.map(({ type }) => type)).toEqual(['commit'])
  expect(callee.said).toEqual([])
  await callee.hear(caller.said[0])
  expect(callee.said).toEqual([{ type: 'nonce', nonce: 'b1' }])
  await caller.hear(callee.said[0])
  expect(caller.said.slice(1)).toEqual([{ type: 'reveal', nonce: 'a1' }])
})

test.each<[string, VerificationRole, VerificationMessage]>([
  ['a nonce to a callee', 'callee', { type: 'nonce', nonce: '1' }],
  ['a reveal before a commitment', 'callee', { type: 'reveal', nonce: '1' }],
  ['a commitment to a caller', 'caller', { type: 'commit', hash: '1' }],
  ['a reveal to a caller', 'caller', { type: 'reveal', nonce: '1' }]
])('%s ends it without a code', async (_what, role, message) => {
  const party = new Party(role, 'a1')
  await party.hear(message)
  expect(party.code).toBeNull()
  await party.hear({ type: 'nonce', nonce: '2' })
  expect(party.code).toBeNull()
})

test('a second commitment in place of what was committed to ends it without a code', async () => {
  const callee = new Party('callee', 'b1')
  await callee.hear({ type: 'commit', hash: '1' })
  await callee.hear({ type: 'commit', hash: '2' })
  expect(callee.code).toBeNull()
})

test('a code that has been shown does not change any more', async () => {
  const [caller, callee] = [new Party('caller', 'a1'), new Party('callee', 'b1')]
  await between(caller, callee)
  const { code } = caller
  await caller.hear({ type: 'nonce', nonce: 'b2' })
  expect(caller.code).toEqual(code)
})

test('fingerprints are read from a description, each once and in one order', () => {
  const sdp = [
    'a=fingerprint:sha-256 ab:CD',
    'a=fingerprint:SHA-512 01:02',
    'm=audio 9 UDP/TLS/RTP/SAVPF 111',
    'a=fingerprint:sha-256 AB:CD',
    ''
  ].join('\r\n')
  expect(fingerprintOf(sdp)).toBe('sha-256 AB:CD, sha-512 01:02')
  expect(fingerprintOf('v=0\r\n')).toBeNull()
})

test.each([
  'a=fingerprint:sha-256  EE',
  'a=fingerprint:sha-256 EE ',
  'a=fingerprint:sha-256\tEE',
  'a=fingerprint: sha-256 EE',
  ' a=fingerprint:sha-256 EE',
  'a = FINGERPRINT:sha-256 EE'
])('a description with a fingerprint that a browser may read otherwise names none: %j', (line) => {
  expect(fingerprintOf(`v=0\r\na=fingerprint:sha-256 AB\r\n${line}\r\n`)).toBeNull()
})

test('the signs are those of the Matrix specification, in its order', () => {
  const all = signsFor(Array.from({ length: 64 }, (_, number) => number))
  expect(all.map(({ emoji, name }) => `${emoji} ${name}`).join('|')).toBe(
    '🐶 Dog|🐱 Cat|🦁 Lion|🐎 Horse|🦄 Unicorn|🐷 Pig|🐘 Elephant|🐰 Rabbit|🐼 Panda|🐓 Rooster|🐧 Penguin|🐢 Turtle|🐟 Fish|🐙 Octopus|🦋 Butterfly|🌷 Flower|🌳 Tree|🌵 Cactus|🍄 Mushroom|🌏 Globe|🌙 Moon|☁️ Cloud|🔥 Fire|🍌 Banana|🍎 Apple|🍓 Strawberry|🌽 Corn|🍕 Pizza|🎂 Cake|❤️ Heart|😀 Smiley|🤖 Robot|🎩 Hat|👓 Glasses|🔧 Spanner|🎅 Santa|👍 Thumbs up|☂️ Umbrella|⌛ Hourglass|⏰ Clock|🎁 Gift|💡 Light bulb|📕 Book|✏️ Pencil|📎 Paperclip|✂️ Scissors|🔒 Lock|🔑 Key|🔨 Hammer|☎️ Telephone|🏁 Flag|🚂 Train|🚲 Bicycle|✈️ Airplane|🚀 Rocket|🏆 Trophy|⚽ Ball|🎸 Guitar|🎺 Trumpet|🔔 Bell|⚓ Anchor|🎧 Headphones|📁 Folder|📌 Pin'
  )
})

test('there are sixty-four signs, and no two are alike', () => {
  const all = signsFor(Array.from({ length: 64 }, (_, number) => number))
  expect(new Set(all.map(({ emoji }) => emoji)).size).toBe(64)
  expect(new Set(all.map(({ name }) => name)).size).toBe(64)
})

test('a number that stands for no sign shows none', () => {
  expect(signsFor([64])).toEqual([])
})
