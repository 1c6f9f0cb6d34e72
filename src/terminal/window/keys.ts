/** What a key does, on the screen that is shown. */
import { unreachable } from '../words.ts'
import type { WindowState } from './state.ts'

/** The part of what Ink tells of a key that is used. */
export interface Key {
  readonly upArrow: boolean
  readonly downArrow: boolean
  readonly return: boolean
  readonly escape: boolean
  readonly tab: boolean
  readonly backspace: boolean
  readonly delete: boolean
  readonly ctrl: boolean
}

/** What changes the window alone. */
export type Edit =
  | { readonly type: 'move'; readonly by: 1 | -1 }
  | { readonly type: 'switch-field' }
  | { readonly type: 'erase' }
  | { readonly type: 'type'; readonly text: string }

export type Action =
  | { readonly type: 'connect' | 'accept' | 'decline' | 'hang-up' | 'sign-out' | 'quit' }
  | Edit
  | { readonly type: 'call'; readonly peer: string }
  | { readonly type: 'mute'; readonly kind: 'audio' | 'video'; readonly muted: boolean }

const onConnect = (input: string, key: Key): Action | null => {
  if (key.return) return { type: 'connect' }
  if (key.escape) return { type: 'quit' }
  if (key.tab || key.upArrow || key.downArrow) return { type: 'switch-field' }
  if (key.backspace || key.delete) return { type: 'erase' }
  return input === '' || key.ctrl ? null : { type: 'type', text: input }
}

const onRing = (input: string, key: Key): Action | null => {
  if (key.return || input === 'a') return { type: 'accept' }
  return key.escape || input === 'd' ? { type: 'decline' } : null
}

const onList = ({ ringing, chosen }: WindowState, input: string, key: Key): Action | null => {
  if (ringing) return onRing(input, key)
  if (key.upArrow || input === 'k') return { type: 'move', by: -1 }
  if (key.downArrow || input === 'j') return { type: 'move', by: 1 }
  if (key.return) return chosen === null ? null : { type: 'call', peer: chosen }
  if (key.escape) return { type: 'sign-out' }
  return input === 'q' ? { type: 'quit' } : null
}

const onTalk = ({ talk }: WindowState, input: string, key: Key): Action | null => {
  if (key.escape) return { type: 'hang-up' }
  if (talk === null) return null
  if (input === 'm') return { type: 'mute', kind: 'audio', muted: !talk.muted.audio }
  return input === 'v' ? { type: 'mute', kind: 'video', muted: !talk.muted.video } : null
}

/** What a terminal makes of Enter as long as nobody has told it to leave keys as they are. */
const earlyEnter = '\n'

/** `null` for a key that does nothing there. Ctrl-C ends it anywhere. */
export const actionOf = (state: WindowState, input: string, key: Key): Action | null => {
  if (input === earlyEnter) return actionOf(state, '', { ...key, return: true })
  if (key.ctrl && input === 'c') return { type: 'quit' }
  switch (state.screen) {
    case 'connect':
      return onConnect(input, key)
    case 'list':
      return onList(state, input, key)
    case 'streaming':
      return onTalk(state, input, key)
    default:
      return unreachable(state.screen)
  }
}
