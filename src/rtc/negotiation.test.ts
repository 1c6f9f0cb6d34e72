import { describe, expect, test } from 'vitest'
import { type Negotiated, isNegotiationNeeded } from './negotiation.ts'

const sdp = (...sections: readonly string[]): string =>
  ['v=0', ...sections.map((section, mid) => `m=${section} 9 X 0\r\na=mid:${mid}`)].join('\r\n')

const described = (type: string, ...sections: readonly string[]) => ({ type, sdp: sdp(...sections) })

/** The m-section of one kind of media that goes this way. */
const going = (type: string, direction: string) => ({
  type,
  sdp: `v=0\r\nm=audio 9 X 0\r\na=mid:0\r\na=${direction}\r\n`
})

const nothing: Negotiated = {
  local: null,
  remote: null,
  transceivers: [],
  hasDataChannel: false,
  isIceRestartDue: false
}
const sound = { mid: '0', direction: 'sendrecv' } as const

describe('before the first negotiation, it is needed', () => {
  test.each<[string, Partial<Negotiated>, boolean]>([
    ['never for nothing', {}, false],
    ['for media', { transceivers: [{ mid: null, direction: 'sendrecv' }] }, true],
    ['for a data channel', { hasDataChannel: true }, true],
    ['not for a new way, when there is none yet', { isIceRestartDue: true }, false]
  ])('%s', (_what, more, expected) => {
    expect(isNegotiationNeeded({ ...nothing, ...more })).toBe(expected)
  })
})

describe('after one, it is needed', () => {
  const agreed = {
    ...nothing,
    local: described('offer', 'audio'),
    remote: described('answer', 'audio'),
    transceivers: [sound]
  }

  test.each<[string, Partial<Negotiated>, boolean]>([
    ['not for what is agreed', {}, false],
    ['for a way to be found anew', { isIceRestartDue: true }, true],
    ['for the first data channel', { hasDataChannel: true }, true],
    [
      'not for the second',
      {
        hasDataChannel: true,
        local: described('offer', 'audio', 'application'),
        remote: described('answer', 'audio', 'application')
      },
      false
    ],
    ['for more media', { transceivers: [sound, { mid: null, direction: 'sendrecv' }] }, true],
    [
      'for media that is not in both',
      {
        local: described('offer', 'audio', 'video'),
        transceivers: [sound, { mid: '1', direction: 'sendrecv' }]
      },
      true
    ],
    ['not for what is stopped', { transceivers: [{ mid: '7', direction: 'stopped' }] }, false]
  ])('%s', (_what, more, expected) => {
    expect(isNegotiationNeeded({ ...agreed, ...more })).toBe(expected)
  })
})

const directions = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const
const has = (direction: string, way: 'send' | 'recv'): boolean => direction.includes(way)
const turned: Readonly<Record<string, string>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive'
}

/** What both sides want, as one of them says it. */
const common = (ours: string, theirs: string): string => {
  const [sends, receives] = [
    has(ours, 'send') && has(theirs, 'recv'),
    has(ours, 'recv') && has(theirs, 'send')
  ]
  if (sends) return receives ? 'sendrecv' : 'sendonly'
  return receives ? 'recvonly' : 'inactive'
}

describe.each(directions)('with %s on this side', (ours) => {
  describe.each(directions)('and %s on the other', (theirs) => {
    test.each(directions)(
      'what has been offered from here is offered anew for %s only if it changes',
      (wanted) => {
        const answer = turned[common(ours, theirs)] ?? ''
        const needed = isNegotiationNeeded({
          ...nothing,
          local: going('offer', ours),
          remote: going('answer', answer),
          transceivers: [{ mid: '0', direction: wanted }]
        })
        expect(needed).toBe(wanted !== ours && wanted !== common(ours, theirs))
      }
    )

    test.each(directions)(
      'what has been answered here is offered anew for %s only if the answer would change',
      (wanted) => {
        const needed = isNegotiationNeeded({
          ...nothing,
          local: going('answer', common(ours, theirs)),
          remote: going('offer', theirs),
          transceivers: [{ mid: '0', direction: wanted }]
        })
        expect(needed).toBe(common(wanted, theirs) !== common(ours, theirs))
      }
    )
  })
})
