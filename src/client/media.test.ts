import { afterEach, describe, expect, test, vi } from 'vitest'
import { FakeStream, FakeTrack } from '../../test/support/fake-media.ts'
import { listDevices, mediaProblemCode, openMedia } from './media.ts'
import type { MediaKind, MediaSource } from './media.ts'

afterEach(() => vi.unstubAllGlobals())

/** A source that has these devices, or fails for a kind by an error's name. */
const sourceOf = (fails: Partial<Record<MediaKind, string>> = {}) => {
  const asked: MediaStreamConstraints[] = []
  const source: MediaSource = {
    async getUserMedia(constraints = {}) {
      asked.push(constraints)
      const kinds = (['audio', 'video'] as const).filter((kind) => constraints[kind])
      for (const kind of kinds) {
        if (fails[kind] !== undefined) throw new DOMException('no', fails[kind])
      }
      return new FakeStream(kinds.map((kind) => new FakeTrack(kind)))
    },
    enumerateDevices: async () => []
  }
  return { source, asked }
}

const kindsOf = (stream: MediaStream | null) => stream?.getTracks().map(({ kind }) => kind)

describe('openMedia', () => {
  test('asks once for everything', async () => {
    const { source, asked } = sourceOf()
    const { stream, problems } = await openMedia({ audio: true, video: true }, source)
    expect(kindsOf(stream)).toEqual(['audio', 'video'])
    expect(problems).toEqual([])
    expect(asked).toHaveLength(1)
  })

  test('asks for nothing that is not wanted', async () => {
    const { source, asked } = sourceOf()
    expect(await openMedia({ audio: false, video: false }, source)).toEqual({ stream: null, problems: [] })
    expect(kindsOf((await openMedia({ audio: true, video: false }, source)).stream)).toEqual(['audio'])
    expect(asked).toEqual([{ audio: {}, video: false }])
  })

  test.each<[MediaKind, MediaKind]>([
    ['audio', 'video'],
    ['video', 'audio']
  ])('keeps the %s when there is no %s', async (kept, missing) => {
    const { source } = sourceOf({ [missing]: 'NotFoundError' })
    const { stream, problems } = await openMedia({ audio: true, video: true }, source)
    expect(kindsOf(stream)).toEqual([kept])
    expect(problems).toEqual([{ kind: missing, code: 'not-found' }])
  })

  test('joins what opens only apart', async () => {
    const { source, asked } = sourceOf()
    const apart: MediaSource = {
      ...source,
      getUserMedia: (constraints) =>
        constraints?.audio && constraints.video
          ? Promise.reject(new DOMException('not both', 'AbortError'))
          : source.getUserMedia(constraints)
    }
    const { stream, problems } = await openMedia({ audio: true, video: true }, apart)
    expect(kindsOf(stream)).toEqual(['audio', 'video'])
    expect(problems).toEqual([])
    expect(asked).toHaveLength(2)
  })

  test('says of each what is wrong with it', async () => {
    const { source } = sourceOf({ audio: 'NotAllowedError', video: 'NotReadableError' })
    expect(await openMedia({ audio: true, video: true }, source)).toEqual({
      stream: null,
      problems: [
        { kind: 'audio', code: 'denied' },
        { kind: 'video', code: 'in-use' }
      ]
    })
  })

  test('does not ask again for the only kind that was wanted', async () => {
    const { source, asked } = sourceOf({ video: 'NotAllowedError' })
    const { problems } = await openMedia({ audio: false, video: true }, source)
    expect(problems).toEqual([{ kind: 'video', code: 'denied' }])
    expect(asked).toHaveLength(1)
  })

  test('takes a device by id for a preference, not for a condition', async () => {
    const { source, asked } = sourceOf()
    await openMedia({ audio: { deviceId: 'desk' }, video: { deviceId: 'door' } }, source)
    expect(asked).toMatchObject([
      { audio: { deviceId: { ideal: 'desk' } }, video: { deviceId: { ideal: 'door' } } }
    ])
  })

  test.each([
    [false, 'insecure-origin'],
    [true, 'unsupported'],
    [undefined, 'unsupported']
  ])('without devices, on an origin that is secure: %s, says %s', async (secure, code) => {
    if (secure !== undefined) vi.stubGlobal('isSecureContext', secure)
    expect(await openMedia({ audio: true, video: false }, null)).toEqual({
      stream: null,
      problems: [{ kind: 'audio', code }]
    })
  })
})

test.each([
  ['NotAllowedError', 'denied'],
  ['PermissionDeniedError', 'denied'],
  ['SecurityError', 'denied'],
  ['NotFoundError', 'not-found'],
  ['DevicesNotFoundError', 'not-found'],
  ['OverconstrainedError', 'not-found'],
  ['NotReadableError', 'in-use'],
  ['TrackStartError', 'in-use'],
  ['AbortError', 'in-use'],
  ['TypeError', 'failed']
])('%s is told as %s', (name, code) => {
  expect(mediaProblemCode(new DOMException('', name))).toBe(code)
  expect(mediaProblemCode(name)).toBe('failed')
})

const device = (kind: MediaDeviceKind, deviceId: string): MediaDeviceInfo => ({
  kind,
  deviceId,
  label: `label of ${deviceId}`,
  groupId: '',
  toJSON: () => ({})
})

describe('listDevices', () => {
  test('sorts them by use, each once, and none that may not be named yet', async () => {
    const source: MediaSource = {
      ...sourceOf().source,
      enumerateDevices: async () => [
        device('audioinput', 'communications'),
        device('audioinput', 'desk'),
        device('videoinput', 'door'),
        device('videoinput', ''),
        device('audiooutput', 'speaker')
      ]
    }
    expect(await listDevices(source)).toEqual({
      cameras: [{ id: 'door', label: 'label of door' }],
      microphones: [{ id: 'desk', label: 'label of desk' }],
      speakers: [{ id: 'speaker', label: 'label of speaker' }]
    })
  })

  test('finds none where there is no source', async () => {
    expect(await listDevices(null)).toEqual({ cameras: [], microphones: [], speakers: [] })
  })
})
