/**
 * What the terminal's window shows, as a reducer: the three screens of libwebrtc's example (connect, list, streaming),
 * a ring over the list, and a few lines of what has happened. It draws nothing.
 */
import type { News } from '../front.ts'
import { harmless } from '../harmless.ts'
import { type Peer, type Quality, unreachable } from '../words.ts'

export type Screen = 'connect' | 'list' | 'streaming'

export interface Note {
  readonly text: string
  readonly isError: boolean
}

export interface TalkState {
  readonly peer: Peer
  readonly phase: string
  /** Milliseconds since 1970 at which media first flowed. */
  readonly since: number | null
  readonly interrupted: boolean
  readonly muted: { readonly audio: boolean; readonly video: boolean }
  readonly remoteMuted: { readonly audio: boolean; readonly video: boolean }
  readonly quality: Quality | null
  /** The four signs, in words. */
  readonly code: string | null
}

export interface WindowState {
  readonly screen: Screen
  readonly server: string
  readonly port: string
  /** On the connect screen, where the cursor is. */
  readonly field: 'server' | 'port'
  readonly name: string
  readonly busy: boolean
  readonly peers: readonly Peer[]
  /** The chosen one's id: it stays chosen when others come and go. */
  readonly chosen: string | null
  readonly ringing: Peer | null
  readonly talk: TalkState | null
  /** The latest last. */
  readonly notes: readonly Note[]
}

/** What the person does that is the window's own affair. */
export type WindowEvent =
  | { readonly type: 'news'; readonly news: News; readonly now: number }
  | { readonly type: 'shown'; readonly screen: Screen }
  | { readonly type: 'rung'; readonly peer: Peer | null }
  | { readonly type: 'noted'; readonly text: string; readonly isError: boolean }
  | { readonly type: 'moved'; readonly by: 1 | -1 }
  | { readonly type: 'switched-field' }
  | { readonly type: 'typed'; readonly text: string }
  | { readonly type: 'erased' }

const maxNotes = 6
const maxField = 253
const maxName = 64
const maxText = 240

const harmlessPeer = <Somebody extends Peer | null>(peer: Somebody): Somebody =>
  peer && { ...peer, name: harmless(peer.name, maxName), dialect: harmless(peer.dialect, maxName) }

export const newWindow = (server: string, port: number, name: string): WindowState => ({
  screen: 'connect',
  server,
  port: String(port),
  field: 'server',
  name,
  busy: false,
  peers: [],
  chosen: null,
  ringing: null,
  talk: null,
  notes: []
})

const note = (now: WindowState, text: string, isError = false): WindowState => ({
  ...now,
  notes: [...now.notes, { text: harmless(text, maxText), isError }].slice(-maxNotes)
})

/** Whoever was chosen and is gone leaves the choice to whoever stood there. */
const choose = (now: WindowState, roster: readonly Peer[]): WindowState => {
  const peers = roster.map(harmlessPeer)
  if (peers.some(({ id }) => id === now.chosen)) return { ...now, peers }
  const at = Math.max(
    0,
    now.peers.findIndex(({ id }) => id === now.chosen)
  )
  return { ...now, peers, chosen: (peers[at] ?? peers.at(-1))?.id ?? null }
}

const withTalk = (now: WindowState, change: Partial<TalkState>): WindowState =>
  now.talk === null ? now : { ...now, talk: { ...now.talk, ...change } }

const endings: Readonly<Record<string, string>> = {
  'hung-up': 'The call is over',
  declined: 'The call was declined',
  busy: 'is in another call',
  'no-answer': 'does not answer',
  cancelled: 'The call was cancelled',
  failed: 'The media found no way',
  left: 'has left',
  replaced: 'Another call took its place',
  'answered-elsewhere': 'The call was answered elsewhere'
}

const endingOf = (reason: string, peer: string, seconds: number): string => {
  const text = endings[reason] ?? reason
  const sentence = /^[a-z]/.test(text) ? `${peer} ${text}` : `${text} (${peer})`
  return seconds > 0 ? `${sentence} after ${formatSeconds(seconds)}.` : `${sentence}.`
}

const two = (value: number): string => String(value).padStart(2, '0')

export const formatSeconds = (seconds: number): string => {
  const whole = Math.floor(seconds)
  const [hours, minutes, rest] = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`
}

/** What is told of a line, and of who is there. */
const hearLine = (now: WindowState, news: News): WindowState => {
  switch (news.event) {
    case 'signing-in':
      return note({ ...now, busy: true }, `Signing in at ${news.server}, port ${news.port} …`)
    case 'waiting':
      return note(now, `Trying again in ${news.seconds} s (attempt ${news.attempt}).`)
    case 'signed-in': {
      // Of the attempts to get here.
      const here = { ...now, busy: false, name: harmless(news.name, maxName), notes: [] }
      return news.name === news.asked ? here : note(here, `${news.asked} is taken: you are ${news.name}.`)
    }
    case 'peers':
      return choose(now, news.peers)
    case 'line':
      return news.state === 'resuming' ? note(now, news.reason ?? 'The server cannot be reached.', true) : now
    case 'text':
      return note(now, `${news.from}: ${news.text}`)
    case 'problem':
      return note({ ...now, busy: false }, news.message, true)
    default:
      return now
  }
}

const newTalk = (peer: Peer): TalkState => ({
  peer,
  phase: 'calling',
  since: null,
  interrupted: false,
  muted: { audio: false, video: false },
  remoteMuted: { audio: false, video: false },
  quality: null,
  code: null
})

const hear = (now: WindowState, news: News, at: number): WindowState => {
  switch (news.event) {
    case 'call':
      return { ...now, talk: newTalk(harmlessPeer(news.peer)) }
    case 'phase':
      return withTalk(now, {
        phase: news.phase,
        ...(news.phase === 'connected' && { since: now.talk?.since ?? at })
      })
    case 'interrupted':
      return withTalk(now, { interrupted: news.interrupted })
    case 'muted':
      return withTalk(now, {
        muted: { audio: news.audio, video: news.video },
        remoteMuted: { audio: news.remoteAudio, video: news.remoteVideo }
      })
    case 'stats':
      return withTalk(now, { quality: news.quality })
    case 'verification':
      return withTalk(now, { code: news.code })
    case 'message':
      return note(now, `${now.talk?.peer.name ?? ''}: ${news.text}`)
    case 'source-ended':
      return note(now, 'What was to be sent has come to its end.')
    case 'recorded':
      return note(now, `Recorded: ${news.file} (${news.frames.video} pictures).`)
    case 'ended':
      return note({ ...now, talk: null }, endingOf(news.reason, news.peer, news.seconds))
    default:
      return hearLine(now, news)
  }
}

/** The conductor's box says in more words what has just been told as news. */
const withoutPartOf = (now: WindowState, text: string): WindowState => {
  const last = now.notes.at(-1)
  return last && text.endsWith(last.text) ? { ...now, notes: now.notes.slice(0, -1) } : now
}

const move = (now: WindowState, by: 1 | -1): WindowState => {
  const { peers, chosen } = now
  const at = peers.findIndex(({ id }) => id === chosen)
  const next = peers[Math.min(peers.length - 1, Math.max(0, at + by))]
  return { ...now, chosen: next?.id ?? null }
}

const type = (now: WindowState, text: string): WindowState => {
  const allowed = now.field === 'port' ? text.replaceAll(/\D/g, '') : text.replaceAll(/[\s\p{C}]/gu, '')
  const limit = now.field === 'port' ? 5 : maxField
  return { ...now, [now.field]: (now[now.field] + allowed).slice(0, limit) }
}

export const stepWindow = (now: WindowState, event: WindowEvent): WindowState => {
  switch (event.type) {
    case 'news':
      return hear(now, event.news, event.now)
    case 'shown':
      return { ...now, screen: event.screen }
    case 'rung':
      return { ...now, ringing: harmlessPeer(event.peer) }
    case 'noted':
      return note(withoutPartOf(now, event.text), event.text, event.isError)
    case 'moved':
      return move(now, event.by)
    case 'switched-field':
      return { ...now, field: now.field === 'server' ? 'port' : 'server' }
    case 'typed':
      return type(now, event.text)
    case 'erased':
      return { ...now, [now.field]: Array.from(now[now.field]).slice(0, -1).join('') }
    default:
      return unreachable(event)
  }
}
