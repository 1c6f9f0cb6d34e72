/** Everything the page says, once for all languages: a catalogue that forgets a sentence does not compile. */
import type { RefusalCode } from '../../client/types.ts'
import type { MediaProblemCode } from '../../client/media.ts'
import type { Transfer } from '../conversation.ts'
import type { Ending } from '../ending.ts'

export interface Messages {
  readonly language: string
  readonly switchLanguage: string
  readonly theme: Readonly<Record<'auto' | 'light' | 'dark', string>>

  readonly welcomeTitle: string
  readonly welcomeText: string
  readonly nameLabel: string
  readonly nameHint: string
  readonly nameOptional: string
  readonly nameMissing: string
  readonly join: string
  readonly joining: string
  readonly joinsLobby: (lobby: string) => string
  readonly joinFailed: string
  readonly toMainLobby: string
  /** On a link for two. */
  readonly linkTitle: string
  readonly linkText: string
  readonly waitingTitle: string
  readonly waitingText: string
  readonly fullTitle: string
  readonly fullText: string
  readonly newLink: string
  readonly newLinkText: string
  readonly waitAgain: string

  readonly yourPicture: string
  readonly yourPictureMoves: string
  readonly openingDevices: string
  readonly cameraIsOff: string
  readonly noCamera: string
  readonly cameraOn: string
  readonly cameraOff: string
  readonly microphoneOn: string
  readonly microphoneOff: string
  readonly camera: string
  readonly microphone: string
  readonly speaker: string
  readonly unnamedDevice: (kind: string, number: number) => string
  readonly noDevice: string
  readonly inputLevel: string
  readonly tryAgain: string
  readonly cameraProblem: Readonly<Record<MediaProblemCode, string>>
  readonly microphoneProblem: Readonly<Record<MediaProblemCode, string>>
  /** Both are missing for the same reason. */
  readonly devicesProblem: Readonly<Record<MediaProblemCode, string>>
  /** What gives a page on plain HTTP its devices; between the second and the third stands the address. */
  readonly httpsSteps: Readonly<Record<'start' | 'open' | 'trust', string>>
  /** What is left to somebody without devices: before joining, and after. */
  readonly withoutDevices: Readonly<Record<'before' | 'after', string>>

  readonly lobbyTitle: string
  readonly lobbyName: (lobby: string) => string
  readonly peopleHere: (count: number) => string
  readonly signedInAs: string
  readonly rename: string
  readonly save: string
  readonly cancel: string
  readonly nameTaken: (asked: string, given: string) => string
  /** The server has cut or cleaned the name that was asked for. */
  readonly nameGiven: (given: string) => string
  readonly callPeer: (name: string) => string
  readonly call: string
  readonly free: string
  readonly busy: string
  readonly busyPeer: (name: string) => string
  readonly kindOf: Readonly<Record<'mdn' | 'rooms' | 'peerconnection', string>>
  readonly find: string
  readonly nobodyFound: (text: string) => string
  readonly emptyTitle: string
  readonly emptyText: string
  readonly inviteTitle: string
  readonly inviteText: string
  readonly copyLink: string
  readonly linkCopied: string
  readonly openTab: string
  readonly missedTitle: string
  readonly callBack: string
  readonly gone: string
  readonly clear: string
  readonly leave: string

  readonly preparing: string
  readonly calling: string
  readonly ringing: string
  readonly peerCalls: (name: string) => string
  readonly accept: string
  readonly acceptAudio: string
  readonly decline: string
  readonly cancelCall: string
  readonly keysHint: string

  readonly inCallWith: (name: string) => string
  readonly connecting: string
  readonly restoring: string
  readonly noPicture: (name: string) => string
  readonly youSendNothing: string
  readonly hearSound: string
  readonly hangUp: string
  readonly devices: string
  readonly checkDevices: string
  readonly fullScreen: string
  readonly leaveFullScreen: string
  readonly pictureInPicture: string
  readonly duration: string
  readonly isMuted: string
  readonly shareScreen: string
  readonly stopSharing: string
  readonly youShareScreen: string
  readonly screenOf: (name: string) => string
  readonly screenFailed: string

  readonly messages: string
  readonly messagesUnread: (count: number) => string
  readonly noMessages: (name: string) => string
  readonly you: string
  readonly write: string
  readonly send: string
  readonly notSent: string
  readonly sendFile: string
  readonly fileOffered: (name: string, file: string) => string
  readonly acceptFile: string
  readonly saveFile: string
  /** What becomes of a file that the visitor sends, and of one that comes. */
  readonly transfer: Readonly<Record<Transfer['at'], string>>
  readonly transferHere: Readonly<Record<Transfer['at'], string | null>>

  readonly unverified: string
  readonly unverifiedText: string
  readonly compare: string
  readonly compareText: (name: string) => string
  /** What one of the signs to compare is called, by its English name. */
  readonly sign: (name: string) => string
  readonly controls: string
  readonly close: string

  /** Why a call is over, told to somebody who did not end it. */
  readonly over: Readonly<Record<Ending, (name: string) => string>>
  readonly lasted: (time: string) => string
  readonly callAgain: string
  readonly backToLobby: string

  readonly lineLost: string
  /** What the server would not do. */
  readonly refusals: Readonly<Record<RefusalCode, string>>
  readonly trackFailed: string
  readonly deviceLost: Readonly<Record<'camera' | 'microphone', string>>
}
