/**
 * A short code that both people of a call can compare, bound to the DTLS fingerprints that each side
 * sees: whoever stands between them and has swapped a fingerprint makes the codes differ. The caller
 * commits to its nonce before it learns the callee's, and the callee names its own before it learns the
 * caller's, so that nobody in between can search for nonces that bring two codes together: its chance
 * is one in 2^24, once per call. The order is that of short authentication strings in ZRTP.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6189#section-4.4.1.1
 */
export type VerificationRole = 'caller' | 'callee'

/** What the parties say to each other; `hash` and `nonce` are lower-case hexadecimal. */
export type VerificationMessage =
  | { readonly type: 'commit'; readonly hash: string }
  | { readonly type: 'nonce'; readonly nonce: string }
  | { readonly type: 'reveal'; readonly nonce: string }

/** As the two descriptions in use have them, normalized: `sha-256 AB:CD:…`. */
export interface Fingerprints {
  readonly caller: string
  readonly callee: string
}

interface Common {
  readonly role: VerificationRole
  readonly fingerprints: Fingerprints
  /** One's own: 256 random bits. */
  readonly nonce: string
}

export type Verification =
  /** The caller's own commitment is being made. */
  | ({ readonly phase: 'committing' } & Common)
  /** The callee waits for a commitment, the caller for the callee's nonce. */
  | ({ readonly phase: 'waiting' } & Common)
  /** The callee has named its nonce, and waits for the caller's. */
  | ({ readonly phase: 'committed'; readonly hash: string } & Common)
  /** The caller's nonce has come, and is held against its commitment. */
  | ({ readonly phase: 'checking'; readonly hash: string; readonly partnerNonce: string } & Common)
  | ({ readonly phase: 'coding' } & Common)
  | { readonly phase: 'ready'; readonly code: readonly number[] }
  /** The partner does not keep to the order, or not to its commitment. */
  | { readonly phase: 'failed' }

export type VerificationEvent =
  | { readonly type: 'received'; readonly message: VerificationMessage }
  /** The SHA-256 that was asked for last, in hexadecimal. */
  | { readonly type: 'hashed'; readonly hash: string }

export type VerificationEffect =
  /** Wants the SHA-256 of this ASCII text. */
  | { readonly type: 'hash'; readonly text: string }
  | { readonly type: 'send'; readonly message: VerificationMessage }

export type VerificationStep = readonly [Verification, readonly VerificationEffect[]]

/** Four of sixty-four signs. */
const codeLength = 4
const bitsPerSign = 6

const commitment = (nonce: string): VerificationEffect => ({
  type: 'hash',
  text: `patchcord verification commit ${nonce}`
})

const coding = (common: Common, nonces: Readonly<Record<VerificationRole, string>>): VerificationStep => {
  const { caller, callee } = common.fingerprints
  const text = ['patchcord verification code', caller, callee, nonces.caller, nonces.callee].join('\n')
  return [{ ...pick(common), phase: 'coding' }, [{ type: 'hash', text }]]
}

const pick = ({ role, fingerprints, nonce }: Common): Common => ({ role, fingerprints, nonce })

const failed: VerificationStep = [{ phase: 'failed' }, []]

/** Begins once both fingerprints are known and there is a way to speak. */
export const startVerification = (common: Common): VerificationStep =>
  common.role === 'caller'
    ? [{ ...common, phase: 'committing' }, [commitment(common.nonce)]]
    : [{ ...common, phase: 'waiting' }, []]

const receive = (now: Verification, message: VerificationMessage): VerificationStep => {
  if (now.phase === 'waiting' && now.role === 'callee' && message.type === 'commit') {
    const committed = { ...now, phase: 'committed', hash: message.hash } as const
    return [committed, [{ type: 'send', message: { type: 'nonce', nonce: now.nonce } }]]
  }
  if (now.phase === 'waiting' && now.role === 'caller' && message.type === 'nonce') {
    const [next, effects] = coding(now, { caller: now.nonce, callee: message.nonce })
    return [next, [{ type: 'send', message: { type: 'reveal', nonce: now.nonce } }, ...effects]]
  }
  if (now.phase === 'committed' && message.type === 'reveal') {
    const { nonce: partnerNonce } = message
    return [{ ...now, phase: 'checking', partnerNonce }, [commitment(partnerNonce)]]
  }
  return failed
}

const takeHash = (now: Verification, hash: string): VerificationStep => {
  switch (now.phase) {
    case 'committing':
      return [{ ...now, phase: 'waiting' }, [{ type: 'send', message: { type: 'commit', hash } }]]
    case 'checking':
      return hash === now.hash ? coding(now, { caller: now.partnerNonce, callee: now.nonce }) : failed
    case 'coding':
      return [{ phase: 'ready', code: signsOf(hash) }, []]
    default:
      return [now, []]
  }
}

/** The first bits of a hash, as numbers from 0 to 63. */
const signsOf = (hash: string): readonly number[] => {
  const bits = Number.parseInt(hash.slice(0, (codeLength * bitsPerSign) / 4), 16)
  return Array.from(
    { length: codeLength },
    (_, sign) => (bits >> (bitsPerSign * (codeLength - 1 - sign))) & 63
  )
}

/** Takes one event. A code that has been shown stays; what comes after it says nothing. */
export const verify = (now: Verification, event: VerificationEvent): VerificationStep => {
  if (now.phase === 'ready' || now.phase === 'failed') return [now, []]
  return event.type === 'received' ? receive(now, event.message) : takeHash(now, event.hash)
}

const fingerprintLine = /^a=fingerprint:(\S+) ([\dA-Fa-f:]+)\r?$/gm
/** What any implementation might take for one. */
const anyFingerprint = /^\s*a\s*=\s*fingerprint/gim

/**
 * The fingerprints that a session description names, as one text: in the order of the alphabet, each once, since
 * the sections of a bundle repeat them. `null` when it names none, or one that another reader might see where
 * this one does not: somebody between the parties would hide its own there. RFC 8122, section 5.
 */
export const fingerprintOf = (sdp: string): string | null => {
  const found = Array.from(
    sdp.matchAll(fingerprintLine),
    ([, algorithm = '', value = '']) => `${algorithm.toLowerCase()} ${value.toUpperCase()}`
  )
  const isClear = found.length > 0 && found.length === [...sdp.matchAll(anyFingerprint)].length
  return isClear ? [...new Set(found)].toSorted().join(', ') : null
}

export interface Sign {
  readonly emoji: string
  /** In English; what it is called in another language is the window's affair. */
  readonly name: string
}

/** The sixty-four emoji of the Matrix specification's short authentication strings, in its order. */
const signs =
  `🐶 Dog|🐱 Cat|🦁 Lion|🐎 Horse|🦄 Unicorn|🐷 Pig|🐘 Elephant|🐰 Rabbit|🐼 Panda|🐓 Rooster|🐧 Penguin|🐢 Turtle|🐟 Fish|🐙 Octopus|🦋 Butterfly|🌷 Flower|🌳 Tree|🌵 Cactus|🍄 Mushroom|🌏 Globe|🌙 Moon|☁️ Cloud|🔥 Fire|🍌 Banana|🍎 Apple|🍓 Strawberry|🌽 Corn|🍕 Pizza|🎂 Cake|❤️ Heart|😀 Smiley|🤖 Robot|🎩 Hat|👓 Glasses|🔧 Spanner|🎅 Santa|👍 Thumbs up|☂️ Umbrella|⌛ Hourglass|⏰ Clock|🎁 Gift|💡 Light bulb|📕 Book|✏️ Pencil|📎 Paperclip|✂️ Scissors|🔒 Lock|🔑 Key|🔨 Hammer|☎️ Telephone|🏁 Flag|🚂 Train|🚲 Bicycle|✈️ Airplane|🚀 Rocket|🏆 Trophy|⚽ Ball|🎸 Guitar|🎺 Trumpet|🔔 Bell|⚓ Anchor|🎧 Headphones|📁 Folder|📌 Pin`
    .split('|')
    .map((sign): Sign => {
      const space = sign.indexOf(' ')
      return { emoji: sign.slice(0, space), name: sign.slice(space + 1) }
    })

/** How a code is shown. */
export const signsFor = (code: readonly number[]): readonly Sign[] =>
  code.flatMap((number) => signs[number] ?? [])
