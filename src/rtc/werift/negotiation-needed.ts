/**
 * Whether the two sides have to negotiate: W3C's "check if negotiation is needed", which werift does not make. It asks
 * for negotiation after every change, once for each, even where the answer that was just given has all of it.
 *
 * @see https://www.w3.org/TR/webrtc/#dfn-check-if-negotiation-is-needed
 */

interface Described {
  readonly type: string
  readonly sdp: string
}

/** What the connection has and the other side should know of. */
export interface Wanted {
  readonly transceivers: readonly {
    readonly mid: string | null
    readonly direction: RTCRtpTransceiverDirection
    readonly currentDirection: RTCRtpTransceiverDirection | null
  }[]
  readonly hasChannels: boolean
}

/** The descriptions that are in use. */
export interface Agreed {
  readonly local: Described | null | undefined
  readonly remote: Described | null | undefined
}

interface Flow {
  readonly sends: boolean
  readonly receives: boolean
}

const flowOf = (direction: string | undefined = 'sendrecv'): Flow => ({
  sends: direction === 'sendrecv' || direction === 'sendonly',
  receives: direction === 'sendrecv' || direction === 'recvonly'
})

/** As the other side sees it. */
const reverse = ({ sends, receives }: Flow): Flow => ({ sends: receives, receives: sends })

const areSame = (one: Flow, other: Flow): boolean =>
  one.sends === other.sends && one.receives === other.receives

const sectionsOf = ({ sdp }: Described): readonly string[] => sdp.split(/^m=/m).slice(1)

const flowIn = (description: Described | null | undefined, mid: string): Flow | null => {
  const section = description
    ? sectionsOf(description).find((text) => /^a=mid:(\S+)/m.exec(text)?.[1] === mid)
    : undefined
  return section === undefined
    ? null
    : flowOf(/^a=(sendrecv|sendonly|recvonly|inactive)\s*$/m.exec(section)?.[1])
}

const isAgreed = ({ mid, direction }: Wanted['transceivers'][number], { local, remote }: Agreed): boolean => {
  if (mid === null) return false
  const wanted = flowOf(direction)
  const here = flowIn(local, mid)
  const there = flowIn(remote, mid)
  if (here === null) return false
  if (there === null) return areSame(here, wanted)
  const offered = reverse(there)
  if (local?.type === 'offer') return areSame(here, wanted) || areSame(offered, wanted)
  // No answer can have more in it than was offered.
  return areSame(here, {
    sends: wanted.sends && offered.sends,
    receives: wanted.receives && offered.receives
  })
}

export const isNegotiationNeeded = ({ transceivers, hasChannels }: Wanted, agreed: Agreed): boolean => {
  const { local } = agreed
  const hasSection = local ? sectionsOf(local).some((text) => text.startsWith('application')) : false
  if (hasChannels && !hasSection) return true
  return transceivers.some(
    (transceiver) => transceiver.currentDirection !== 'stopped' && !isAgreed(transceiver, agreed)
  )
}
