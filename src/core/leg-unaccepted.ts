/** A leg before the accept: the caller that has invited, and the callee that rings. */
import {
  type Inviting,
  type LegEvent,
  type LegStep,
  type Rung,
  apply,
  awayMs,
  clear,
  connect,
  decline,
  endOn,
  fail,
  healMs,
  invitedAgainMs,
  maxHeard,
  partnerBackMs,
  releaseMs,
  restartIce,
  say,
  set
} from './leg-state.ts'
import type { LegEffect } from './leg-state.ts'
import type { Received } from './negotiation.ts'
import type { Description } from './signal.ts'

/** Both have called each other: our own attempt is over, and theirs needs no ringing. */
const cross = (now: Inviting, description: Description): LegStep =>
  connect(
    { ...now, flowing: false },
    { role: 'callee', answered: false, limited: false },
    { type: 'close-media' },
    { type: 'open-media' },
    apply({ type: 'description', description })
  )

// The caller, before the accept

const invite = (now: Inviting, offer: Description, ...effects: readonly LegEffect[]): LegStep => [
  { ...now, offer, forgotten: false },
  [say({ type: 'invite', description: offer }), ...effects]
]

const describeInvite = (now: Inviting, description: Description): LegStep => {
  if (now.offer !== null) return [now, now.prepared ? [say({ type: 'description', description })] : []]
  return now.forgotten ? [{ ...now, offer: description }, []] : invite(now, description)
}

const takeAccept = (now: Inviting, description: Description | null): LegStep => {
  if (now.forgotten) return [now, []]
  const accepted = { role: 'caller', answered: true, limited: false } as const
  if (description !== null) return connect(now, accepted, apply({ type: 'description', description }))
  return now.prepared ? connect(now, accepted) : fail(now)
}

export const whileInviting = (now: Inviting, event: LegEvent): LegStep => {
  switch (event.type) {
    case 'description-made':
      return describeInvite(now, event.description)
    case 'crossed':
      return cross(now, event.description)
    case 'line-lost':
      return [{ ...now, lost: true }, [set('reunion', awayMs)]]
    case 'line-back':
      return [{ ...now, lost: false }, now.forgotten ? [] : [clear('reunion')]]
    case 'signed-in-anew':
      return inviteAnew({ ...now, lost: false }, event.present)
    case 'partner-joined':
      return now.forgotten && !now.lost ? inviteAnew(now, true) : [now, []]
    default:
      return now.offer === null ? endOn(now, event) : whileInvited(now, event)
  }
}

/** A server that has forgotten the call is told of it again, once the callee is there. */
const inviteAnew = (now: Inviting, present: boolean): LegStep => {
  if (!present)
    return [{ ...now, forgotten: true }, [{ type: 'hold-signals' }, set('reunion', partnerBackMs)]]
  const known: Inviting = { ...now, forgotten: false }
  if (now.offer === null) return [known, [{ type: 'say-again', all: false }, clear('reunion')]]
  return invite(known, now.offer, { type: 'say-again', all: false }, clear('reunion'))
}

const whileInvited = (now: Inviting, event: LegEvent): LegStep => {
  switch (event.type) {
    case 'candidate-gathered':
      return [now, [say({ type: 'candidate', candidate: event.candidate })]]
    case 'candidate':
    case 'description':
      return [now, now.prepared || event.type === 'candidate' ? [apply(event)] : []]
    case 'ringing':
      return [{ ...now, phase: 'ringing' }, []]
    case 'prepare':
      return now.prepared
        ? [now, []]
        : [{ ...now, prepared: true }, [apply({ type: 'description', description: event.description })]]
    case 'accept':
      return takeAccept(now, event.description)
    default:
      return whilePreparing(now, event)
  }
}

/** Media before the accept: it is got ready, and shown to nobody. */
const whilePreparing = (now: Inviting | Rung, event: LegEvent): LegStep => {
  switch (event.type) {
    case 'media-connected':
      return [{ ...now, flowing: true }, [clear('ice-restart')]]
    case 'media-interrupted':
      return [{ ...now, flowing: false }, []]
    case 'media-failed':
      return [{ ...now, flowing: false }, [set('ice-restart', healMs)]]
    case 'network-changed':
      return [now, [restartIce(now)]]
    case 'ice-restart':
      return [now, now.role === 'caller' ? [restartIce(now)] : []]
    case 'deadline-passed':
      return event.deadline === 'ice-restart' ? [now, [restartIce(now)]] : endOn(now, event)
    default:
      return endOn(now, event)
  }
}

// The callee, before it accepts

/** Once there is a path, a better one is looked for; until then, or until it is clear that there is none, all waits. */
const releasing = (now: Rung): readonly LegEffect[] =>
  now.flowing ? [{ type: 'release-candidates' }, restartIce(now)] : [set('release', releaseMs)]

const accept = (now: Rung): LegStep => {
  const by = { role: 'callee', answered: false, limited: now.limited } as const
  switch (now.preparing) {
    case 'no':
      return connect(now, by, { type: 'open-media' }, ...now.heard.map(apply))
    case 'under-way':
      return connect(now, by, { type: 'attach-media' })
    default:
      return connect(
        now,
        { ...by, answered: true, limited: now.limited && !now.flowing },
        { type: 'attach-media' },
        say({ type: 'accept', description: null }),
        ...(now.limited ? releasing(now) : [])
      )
  }
}

const hearWhileRung = (now: Rung, heard: Received): LegStep => {
  if (now.preparing !== 'no') return [now, [apply(heard)]]
  return now.heard.length < maxHeard ? [{ ...now, heard: [...now.heard, heard] }, []] : fail(now)
}

export const whileRung = (now: Rung, event: LegEvent): LegStep => {
  switch (event.type) {
    case 'accepted':
      return accept(now)
    case 'declined':
      return decline(now, event.reason)
    case 'description':
    case 'candidate':
      return hearWhileRung(now, event)
    case 'invite':
      return [
        { ...now, lost: false, forgotten: false },
        [say({ type: 'ringing' }), { type: 'say-again', all: true }, clear('reunion')]
      ]
    case 'line-lost':
      return [{ ...now, lost: true }, [set('reunion', awayMs)]]
    case 'line-back':
      return [{ ...now, lost: false }, [now.forgotten ? set('reunion', invitedAgainMs) : clear('reunion')]]
    case 'signed-in-anew':
      return [
        { ...now, lost: false, forgotten: true },
        [{ type: 'hold-signals' }, set('reunion', invitedAgainMs)]
      ]
    default:
      return now.preparing === 'no' ? endOn(now, event) : prepare(now, event)
  }
}

const prepare = (now: Rung, event: LegEvent): LegStep => {
  switch (event.type) {
    case 'description-made': {
      const type = now.preparing === 'done' ? 'description' : 'prepare'
      return [{ ...now, preparing: 'done' }, [say({ type, description: event.description })]]
    }
    case 'candidate-gathered':
      return [now, [say({ type: 'candidate', candidate: event.candidate })]]
    default:
      return whilePreparing(now, event)
  }
}
