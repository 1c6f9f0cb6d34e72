/** Makes the clients of a run as they are asked for. */
import type { LoadClient } from './client.ts'
import { HangingGetLoadClient } from './hanging-get-load-client.ts'
import { MdnLoadClient } from './mdn-load-client.ts'
import { NativeLoadClient } from './native-load-client.ts'
import type { LoadOptions } from './options.ts'
import type { World } from './runner.ts'
import type { Tally } from './tally.ts'
import { type Side, partnerOf } from './words.ts'

const clients = {
  native: NativeLoadClient,
  mdn: MdnLoadClient,
  peerconnection: HangingGetLoadClient
} as const

interface Surroundings {
  /** In the names of its clients and of its lobbies. */
  readonly run: string
  readonly tally: Tally
  readonly now: () => number
}

/** The first pairs have media, where any has, in lobbies of their own, where they find each other at once. */
export const opener = async (
  options: LoadOptions,
  { run, tally, now }: Surroundings
): Promise<World['open']> => {
  const { server: url, protocol } = options
  const { traffic, media } = tally
  // It takes a moment to load, and memory.
  const { MediaLoadClient } = options.media > 0 ? await import('./media-load-client.ts') : {}
  return (pair, side, handlers): LoadClient => {
    const nameOf = (side: Side): string => `${run}-${pair}-${side}`
    const ownLobby = `${run}-${pair}`
    const common = { url, name: nameOf(side), partner: nameOf(partnerOf(side)), handlers, now }
    if (MediaLoadClient !== undefined && pair < options.media) {
      return new MediaLoadClient({
        ...common,
        lobby: ownLobby,
        media,
        relayed: options.mediaRelay,
        firstFrames: (ms) => tally.measure('first-frame', ms, 'media'),
        err: (what) => tally.err(what)
      })
    }
    const lobby = options.lobbyPerPair ? ownLobby : (options.lobby ?? run)
    return new clients[protocol]({ ...common, lobby, traffic })
  }
}
