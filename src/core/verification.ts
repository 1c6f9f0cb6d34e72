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

export interface Verifying {
  readonly role: VerificationRole
  readonly fingerprints: Fingerprints
  /** One's own: 256 random bits. */
  readonly nonce: string
}

/** What a verification needs of what is around it. */
export interface VerificationWay {
  readonly send: (message: VerificationMessage) => void
  /** What the partner says next. */
  readonly receive: () => Promise<VerificationMessage>
  /** Of an ASCII text, in hexadecimal. */
  readonly sha256: (text: string) => Promise<string>
}

/** Four of sixty-four signs. */
const codeLength = 4
const bitsPerSign = 6

/** The first bits of a hash, as numbers from 0 to 63. */
const numbersIn = (hash: string): readonly number[] => {
  const bits = Number.parseInt(hash.slice(0, (codeLength * bitsPerSign) / 4), 16)
  return Array.from(
    { length: codeLength },
    (_, sign) => (bits >> (bitsPerSign * (codeLength - 1 - sign))) & 63
  )
}

/**
 * Begins once both fingerprints are known and there is a way to speak. Comes to a code, or to `null` where the
 * partner does not keep to the order, or not to its commitment.
 */
export const verify = async (
  { role, fingerprints, nonce }: Verifying,
  { send, receive, sha256 }: VerificationWay
): Promise<readonly number[] | null> => {
  const commitmentTo = (nonce: string): Promise<string> => sha256(`patchcord verification commit ${nonce}`)
  const codeOf = async (...nonces: readonly string[]): Promise<readonly number[]> => {
    const { caller, callee } = fingerprints
    return numbersIn(await sha256(['patchcord verification code', caller, callee, ...nonces].join('\n')))
  }
  if (role === 'caller') {
    send({ type: 'commit', hash: await commitmentTo(nonce) })
    const theirs = await receive()
    if (theirs.type !== 'nonce') return null
    send({ type: 'reveal', nonce })
    return codeOf(nonce, theirs.nonce)
  }
  const commit = await receive()
  if (commit.type !== 'commit') return null
  send({ type: 'nonce', nonce })
  const theirs = await receive()
  if (theirs.type !== 'reveal' || (await commitmentTo(theirs.nonce)) !== commit.hash) return null
  return codeOf(theirs.nonce, nonce)
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

/**
 * The sixty-four emoji of the Matrix specification's short authentication strings, in its order. Those beyond
 * U+1F300 stand as how far they are beyond it, which is shorter.
 */
const signs = Array.from(
  `310Dog305Cat1665Lion270Horse1668Unicorn311Pig280Elephant304Rabbit316Panda275Rooster295Penguin290Turtle287Fish281Octopus1675Butterfly55Flower51Tree53Cactus68Mushroom15Globe25Moon☁️Cloud549Fire76Banana78Apple83Strawberry61Corn85Pizza130Cake❤️Heart768Smiley1558Robot169Hat339Glasses551Spanner133Santa333Thumbs up☂️Umbrella⌛Hourglass⏰Clock129Gift417Light bulb469Book✏️Pencil462Paperclip✂️Scissors530Lock529Key552Hammer☎️Telephone193Flag898Train946Bicycle✈️Airplane896Rocket198Trophy⚽Ball184Guitar186Trumpet532Bell⚓Anchor167Headphones449Folder460Pin`.matchAll(
    /([^A-Z]+)([A-Z][a-z ]+)/g
  ),
  ([, mark = '', name = '']): Sign => ({
    emoji: /\d/.test(mark) ? String.fromCodePoint(0x1_f300 + Number(mark)) : mark,
    name
  })
)

/** How a code is shown. */
export const signsFor = (code: readonly number[]): readonly Sign[] =>
  code.flatMap((number) => signs[number] ?? [])
