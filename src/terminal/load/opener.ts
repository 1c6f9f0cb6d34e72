/** Makes the clients of a run as they are asked for. */
import type { LoadClient } from './client.ts'
import { HangingGetLoadClient } from './hanging-get-load-client.ts'
import { MdnLoadClient } from './mdn-load-client.ts'
import { NativeLoadClient } from './native-load-client.ts'
import type { LoadOptions } from './options.ts'
import { RoomsLoadClient } from './rooms-load-client.ts'
import type { World } from './runner.ts'
import type { Tally } from './tally.ts'
import { type Side, partnerOf } from './words.ts'

const clients = {
  native: NativeLoadClient,
  mdn: MdnLoadClient,
  peerconnection: HangingGetLoadClient,
  rooms: RoomsLoadClient
} as const

interface Surroundings {
  /** In the names of its clients and of its lobbies. */
  readonly run: string
  readonly tally: Tally
  readonly now: () => number
}

export interface Opener {
  readonly open: World['open']
  readonly close: () => Promise<void>
}

/** The first pairs have media, where any has, in lobbies of their own, where they find each other at once. */
export const opener = async (options: LoadOptions, { run, tally, now }: Surroundings): Promise<Opener> => {
  const { url, protocol } = options
  const { traffic, media: mediaTraffic } = tally
  // It takes a moment to load, and memory.
  const media = options.media > 0 ? await (await import('./load-media.ts')).openMedia() : null
  const open: Opener['open'] = (pair, side, handlers): LoadClient => {
    const nameOf = (side: Side): string => `${run}-${pair}-${side}`
    const ownLobby = `${run}-${pair}`
    const common = { url, side, name: nameOf(side), partner: nameOf(partnerOf(side)), handlers }
    if (media !== null && pair < options.media) {
      return new media.Client({
        ...common,
        ...media.what,
        now,
        lobby: ownLobby,
        media: mediaTraffic,
        relayed: options['media-relay'],
        firstFrames: (ms) => tally.measure('first-frame', ms, 'media'),
        err: (what) => tally.err(what)
      })
    }
    // A room is for two.
    const isApart = options['lobby-per-pair'] || protocol === 'rooms'
    const lobby = isApart ? ownLobby : (options.lobby ?? run)
    return new clients[protocol]({ ...common, lobby, traffic })
  }
  return { open, close: media?.close ?? (() => Promise.resolve()) }
}
