/**
 * A world without server and cameras, for work on the design: `?demo=…` on the development server,
 * with words such as `empty`, `crowd`, `denied`, `incoming`, `resuming`, `full`, joined by `+`; at `/l/NAME` it is a link for two.
 */
import { CallError } from '../../client/index.ts'
import type { OpenedMedia, WantedMedia } from '../../client/media.ts'
import { pause } from '../pause.ts'
import type { Surroundings } from '../state.ts'
import { FakeLine, fakePeer } from './fake-line.ts'
import { looks, portraitStream } from './portrait.ts'

const people = [
  fakePeer('Ada Lovelace', 'native'),
  fakePeer('김민수', 'native'),
  fakePeer('Grace', 'mdn', true),
  fakePeer('Front door camera', 'peerconnection'),
  fakePeer('🦊 Reynard, who chose the longest name that anybody may have here', 'rooms'),
  fakePeer('Linus', 'native')
]

export const demoSurroundings = (search: string): Surroundings => {
  const words = new Set(new URLSearchParams(search).get('demo')?.split(' '))
  const crowd = Array.from({ length: 24 }, (_, n) => fakePeer(`Guest ${n + 1}`, 'native', n % 5 === 0))
  const roster = words.has('empty') ? [] : words.has('crowd') ? [...people, ...crowd] : people
  return {
    now: () => Date.now(),
    pause,
    connect: async ({ name, lobby, size }) => {
      if (words.has('full')) throw new CallError('lobby-full', 'There are two already.')
      // On a link for two somebody comes after a while.
      if (size === 2) return linkTo(new FakeLine(fakePeer(name, 'native'), lobby, []))
      const line = new FakeLine(fakePeer(name, 'native'), lobby, roster)
      if (words.has('incoming')) setTimeout(() => line.ring('Ada Lovelace'), 900)
      if (words.has('missed')) setTimeout(() => line.ring('Ada Lovelace', 300), 900)
      if (words.has('resuming')) setTimeout(() => line.lose(), 900)
      if (words.has('taken')) return new FakeLine(fakePeer(`${name}1`, 'native'), lobby, roster)
      return line
    },
    openMedia: (wanted) => openDemoMedia(wanted, words),
    listDevices: async () => ({
      cameras: words.has('denied') ? [] : [{ id: 'a', label: 'FaceTime HD Camera' }],
      microphones: words.has('denied') ? [] : [{ id: 'b', label: 'MacBook Pro Microphone' }],
      speakers: []
    })
  }
}

const linkTo = (line: FakeLine): FakeLine => {
  setTimeout(() => {
    line.roster = people.slice(0, 1)
    line.ring('Ada Lovelace')
  }, 3000)
  return line
}

const openDemoMedia = async (wanted: WantedMedia, words: ReadonlySet<string>): Promise<OpenedMedia> => {
  const code = (['denied', 'in-use', 'insecure-origin'] as const).find((word) => words.has(word))
  const kinds = (['audio', 'video'] as const).filter((kind) => wanted[kind] !== false)
  if (code) return { stream: null, problems: kinds.map((kind) => ({ kind, code })) }
  const stream = portraitStream(looks.me)
  if (kinds.includes('audio')) stream.addTrack(hum())
  if (!kinds.includes('video')) for (const track of stream.getVideoTracks()) stream.removeTrack(track)
  if (!words.has('no-camera')) return { stream, problems: [] }
  for (const track of stream.getVideoTracks()) stream.removeTrack(track)
  return { stream, problems: [{ kind: 'video', code: 'not-found' }] }
}

/** A microphone that hears something, for the level meter to show. */
const hum = (): MediaStreamTrack => {
  const context = new AudioContext()
  const oscillator = new OscillatorNode(context, { frequency: 180 })
  const volume = new GainNode(context, { gain: 0.05 })
  const out = new MediaStreamAudioDestinationNode(context)
  oscillator.connect(volume).connect(out)
  oscillator.start()
  const [track] = out.stream.getAudioTracks()
  if (!track) throw new Error('no sound here')
  return track
}
