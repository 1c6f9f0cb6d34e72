/** What a person, or a program, sees of the terminal client, and what it can do with it. */
import type { ConductorStep, ConductorWindow } from '../client/conductor.ts'
import type { EndReason, MediaKind, Peer, Quality } from './words.ts'

/** What is worth telling. */
export type News =
  | { readonly event: 'signing-in'; readonly server: string; readonly port: number }
  | {
      readonly event: 'signed-in'
      readonly id: string
      readonly name: string
      readonly asked: string
      readonly lobby: string
    }
  | { readonly event: 'waiting'; readonly seconds: number; readonly attempt: number }
  | { readonly event: 'line'; readonly state: 'open' | 'resuming' | 'closed'; readonly reason: string | null }
  | { readonly event: 'peers'; readonly peers: readonly Peer[] }
  | {
      readonly event: 'call'
      readonly direction: 'outgoing' | 'incoming'
      readonly call: string
      readonly peer: Peer
    }
  | { readonly event: 'phase'; readonly call: string; readonly phase: string }
  | { readonly event: 'interrupted'; readonly call: string; readonly interrupted: boolean }
  | {
      readonly event: 'muted'
      readonly audio: boolean
      readonly video: boolean
      readonly remoteAudio: boolean
      readonly remoteVideo: boolean
    }
  | { readonly event: 'verification'; readonly state: string; readonly code: string | null }
  | { readonly event: 'message'; readonly text: string }
  | { readonly event: 'text'; readonly from: string; readonly text: string }
  | {
      readonly event: 'stats'
      readonly call: string
      readonly quality: Quality
      readonly frames: Readonly<Record<MediaKind, number>>
    }
  | {
      readonly event: 'frame'
      readonly kind: MediaKind
      /** In seconds, on the sender's clock. */
      readonly time: number
      readonly bytes: number
      readonly key: boolean
    }
  | { readonly event: 'source-ended' }
  | {
      readonly event: 'recorded'
      readonly file: string
      readonly frames: Readonly<Record<MediaKind, number>>
    }
  | {
      readonly event: 'ended'
      readonly call: string
      readonly peer: string
      readonly reason: EndReason
      readonly seconds: number
    }
  | { readonly event: 'step'; readonly step: ConductorStep }
  | { readonly event: 'problem'; readonly code: string; readonly message: string }

/** What may be asked for. */
export interface Wishes {
  logIn(server?: string, port?: number): void
  /** By name or by id. */
  call(peer: string): void
  hangUp(): void
  mute(kind: MediaKind, muted: boolean): void
  say(text: string): void
  /** Signs out. */
  logOut(): void
  quit(): void
}

export interface Front extends ConductorWindow {
  /** Once, before anything is told. */
  begin(wishes: Wishes): void
  tell(news: News): void
  /** The run is over: nothing is told any more. */
  end(): Promise<void>
}
