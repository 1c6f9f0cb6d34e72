import { describe, expect, test } from 'vitest'
import { recordedFrames } from '../../test/support/vectors.ts'
import { type Peer, type ServerMessage, bodyOf } from '../core/signal.ts'
import { type MdnReader, mdnCodec } from './mdn.ts'

const now = 1_700_000_000_000

const peer = (name: string, number = 7): Peer => ({
  id: `id of ${name}`,
  number,
  name,
  dialect: 'mdn',
  busy: false
})

/** A relayed frame through both codecs: from its sender, to the one it names. */
const passOn = (raw: string): string => {
  const { target, name } = JSON.parse(raw)
  const decoded = mdnCodec.decode(raw)
  if (!decoded.ok) throw new Error(decoded.reason)
  const { message } = decoded
  if (message.type !== 'description' && message.type !== 'candidate') throw new Error(message.type)
  const from = peer(name ?? 'whoever')
  const [frame = ''] = mdnCodec.encode({
    message: { ...message, call: 'c', from },
    reader: { id: 0, name: target },
    now
  })
  return frame
}

interface RecordedNews {
  readonly type: string
  readonly id: number
  readonly name: string
  readonly users: readonly string[]
  readonly text: string
  readonly date: number
}

/** What the vocabulary has for a recorded frame from the server. */
const meaningOf = (frame: RecordedNews): ServerMessage => {
  if (frame.type === 'userlist') {
    const peers = frame.users.map((name) => peer(name))
    return { type: 'roster', joined: peers, left: [], changed: [], renamed: false, peers }
  }
  if (frame.type === 'rejectusername')
    return { type: 'renamed', you: { ...peer(frame.name), key: 8 }, asked: 'alice' }
  const from = peer(frame.name, frame.id)
  if (frame.type === 'hang-up') return { type: 'ended', call: 'c', from, reason: 'hung-up' }
  return { type: 'text', from, text: bodyOf(frame.text), direct: false, sentAt: frame.date }
}

const readerOf = ({ type, id }: RecordedNews): MdnReader => ({
  id: type === 'rejectusername' ? id : 0,
  name: 'somebody'
})

/** What the reader is sent, as the page sees it. */
const told = (message: ServerMessage, reader: MdnReader): unknown[] =>
  mdnCodec.encode({ message, reader, now }).map((frame) => JSON.parse(frame))

describe.each(['mdn-call.json', 'mdn-name-taken.json'])('the recorded call %s', (recording) => {
  const frames = recordedFrames(recording)
  const sent = frames.filter(({ dir }) => dir === 'sent')

  test('every frame of a client is understood', () => {
    expect(sent.length).toBeGreaterThan(5)
    for (const { raw } of sent) expect(mdnCodec.decode(raw)).toMatchObject({ ok: true })
  })

  test.each(['video-offer', 'video-answer', 'new-ice-candidate'])(
    'every %s reaches the other as it was sent',
    (type) => {
      const relayed = frames.filter(({ raw }) => JSON.parse(raw).type === type)
      const arrived = relayed.filter(({ dir }) => dir === 'recv').map(({ raw }) => JSON.parse(raw))
      const passedOn = relayed.filter(({ dir }) => dir === 'sent').map(({ raw }) => JSON.parse(passOn(raw)))
      expect(arrived.length).toBeGreaterThan(0)
      for (const frame of arrived) expect(passedOn).toContainEqual(frame)
    }
  )

  test('names, lists, chat and hang-ups are the frames that were recorded', () => {
    const received = frames.filter(({ dir }) => dir === 'recv').map(({ raw }) => JSON.parse(raw))
    const known = received.filter(({ type }) =>
      ['userlist', 'rejectusername', 'message', 'hang-up'].includes(type)
    )
    expect(known.length).toBeGreaterThan(3)
    for (const frame of known) expect(told(meaningOf(frame), readerOf(frame))).toEqual([frame])
  })
})
