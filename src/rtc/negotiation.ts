/** Whether a connection has something to negotiate, for a stack that says so too often. W3C WebRTC, section 4.7.3. */

export interface Negotiated {
  /** Neither is there before the first negotiation is over. */
  readonly local: { readonly type: string; readonly sdp: string } | null | undefined
  readonly remote: { readonly type: string; readonly sdp: string } | null | undefined
  readonly transceivers: readonly {
    readonly mid: string | null
    readonly direction: RTCRtpTransceiverDirection
  }[]
  readonly hasDataChannel: boolean
  readonly isIceRestartDue: boolean
}

const directions = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const
type Direction = (typeof directions)[number]

const reversed = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive'
} as const

const sectionsOf = (sdp: string): readonly string[] => sdp.split(/\r?\n(?=m=)/).slice(1)

const directionOf = (section: string): Direction =>
  directions.find((direction) => section.includes(`\na=${direction}`)) ?? 'sendrecv'

/** By their `mid`s. */
const directionsIn = (sdp: string): ReadonlyMap<string, Direction> =>
  new Map(sectionsOf(sdp).map((section) => [/\na=mid:(\S+)/.exec(section)?.[1] ?? '', directionOf(section)]))

const sends = (direction: string): boolean => direction.startsWith('send')
const receives = (direction: string): boolean => direction.endsWith('recv') || direction === 'recvonly'

const both = (one: string, other: string): Direction => {
  const isSent = sends(one) && sends(other)
  if (receives(one) && receives(other)) return isSent ? 'sendrecv' : 'recvonly'
  return isSent ? 'sendonly' : 'inactive'
}

export const isNegotiationNeeded = (now: Negotiated): boolean => {
  const { local, remote, transceivers, hasDataChannel, isIceRestartDue } = now
  if (!local || !remote) return hasDataChannel || transceivers.length > 0
  if (isIceRestartDue) return true
  if (hasDataChannel && !sectionsOf(local.sdp).some((section) => section.startsWith('m=application')))
    return true
  const [ours, theirs] = [directionsIn(local.sdp), directionsIn(remote.sdp)]
  return transceivers.some(({ mid, direction }) => {
    if (direction === 'stopped') return false
    const [here, there] = [ours.get(mid ?? ''), theirs.get(mid ?? '')]
    if (here === undefined || there === undefined) return true
    if (local.type === 'offer') return direction !== here && direction !== reversed[there]
    return here !== both(direction, reversed[there])
  })
}
