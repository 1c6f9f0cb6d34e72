import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Action, type Key, actionOf } from './keys.ts'
import { type TalkState, type WindowState, newWindow } from './state.ts'

const noKey: Key = {
  upArrow: false,
  downArrow: false,
  return: false,
  escape: false,
  tab: false,
  backspace: false,
  delete: false,
  ctrl: false
}

const ada = { id: '1', name: 'ada', busy: false, dialect: 'native' }
const nobodyMuted = { audio: false, video: false }
const talk: TalkState = {
  peer: ada,
  phase: 'connected',
  since: null,
  interrupted: false,
  muted: nobodyMuted,
  remoteMuted: nobodyMuted,
  quality: null,
  code: null
}

const connect = newWindow('localhost', 8888, 'me')
const list: WindowState = { ...connect, screen: 'list', peers: [ada], chosen: '1' }
const empty: WindowState = { ...connect, screen: 'list' }
const rung: WindowState = { ...list, ringing: ada }
const talking: WindowState = { ...list, screen: 'streaming', talk }
const muted: WindowState = { ...talking, talk: { ...talk, muted: { audio: true, video: true } } }
const leaving: WindowState = { ...talking, talk: null }

/** The name of a key, or what is typed. */
type Pressed = string
const pressed = (what: Pressed): readonly [string, Key] =>
  what in noKey ? ['', { ...noKey, [what]: true }] : [what, noKey]

type Case = readonly [string, Pressed, WindowState, Action | null]

describe('on the connect screen,', () => {
  test.each<Case>([
    ['Enter connects', 'return', connect, { type: 'connect' }],
    ['Enter connects that came before the keys were taken over', '\n', connect, { type: 'connect' }],
    ['Esc quits', 'escape', connect, { type: 'quit' }],
    ['Tab goes to the other field', 'tab', connect, { type: 'switch-field' }],
    ['an arrow does, too', 'upArrow', connect, { type: 'switch-field' }],
    ['whichever', 'downArrow', connect, { type: 'switch-field' }],
    ['Backspace erases', 'backspace', connect, { type: 'erase' }],
    ['Delete, which many terminals send for it, erases', 'delete', connect, { type: 'erase' }],
    ['a letter is written', 'q', connect, { type: 'type', text: 'q' }],
    ['what is pasted is written', 'calls.example', connect, { type: 'type', text: 'calls.example' }],
    ['nothing is nothing', '', connect, null]
  ])('%s', (_name, what, state, action) => {
    expect(actionOf(state, ...pressed(what))).toEqual(action)
  })
})

describe('on the list,', () => {
  test.each<Case>([
    ['up moves up', 'upArrow', list, { type: 'move', by: -1 }],
    ['k does, too', 'k', list, { type: 'move', by: -1 }],
    ['down moves down', 'downArrow', list, { type: 'move', by: 1 }],
    ['j does, too', 'j', list, { type: 'move', by: 1 }],
    ['Enter calls whoever is chosen', 'return', list, { type: 'call', peer: '1' }],
    ['Enter calls nobody where nobody is', 'return', empty, null],
    ['Esc signs out', 'escape', list, { type: 'sign-out' }],
    ['q quits', 'q', list, { type: 'quit' }],
    ['other letters do nothing', 'm', list, null]
  ])('%s', (_name, what, state, action) => {
    expect(actionOf(state, ...pressed(what))).toEqual(action)
  })
})

describe('while it rings,', () => {
  test.each<Case>([
    ['Enter accepts', 'return', rung, { type: 'accept' }],
    ['a accepts', 'a', rung, { type: 'accept' }],
    ['Esc declines, and does not sign out', 'escape', rung, { type: 'decline' }],
    ['d declines', 'd', rung, { type: 'decline' }],
    ['q does nothing, for it may have been meant for the list', 'q', rung, null],
    ['up does nothing', 'upArrow', rung, null]
  ])('%s', (_name, what, state, action) => {
    expect(actionOf(state, ...pressed(what))).toEqual(action)
  })
})

describe('in a call,', () => {
  test.each<Case>([
    ['Esc hangs up', 'escape', talking, { type: 'hang-up' }],
    ['m mutes the sound', 'm', talking, { type: 'mute', kind: 'audio', muted: true }],
    ['m lets it be heard again', 'm', muted, { type: 'mute', kind: 'audio', muted: false }],
    ['v holds the picture back', 'v', talking, { type: 'mute', kind: 'video', muted: true }],
    ['v lets it be seen again', 'v', muted, { type: 'mute', kind: 'video', muted: false }],
    ['q does not quit', 'q', talking, null],
    ['Enter does nothing', 'return', talking, null],
    ['nothing is muted that is over', 'm', leaving, null],
    ['Esc still leads to the list when it is over', 'escape', leaving, { type: 'hang-up' }]
  ])('%s', (_name, what, state, action) => {
    expect(actionOf(state, ...pressed(what))).toEqual(action)
  })
})

test('Ctrl-C quits anywhere, and other letters with Ctrl write nothing', () => {
  for (const state of [connect, list, empty, rung, talking, leaving])
    expect(actionOf(state, 'c', { ...noKey, ctrl: true })).toEqual({ type: 'quit' })
  expect(actionOf(connect, 'x', { ...noKey, ctrl: true })).toBeNull()
})

test('whatever is pressed, only what is on the screen is answered, called or muted', () => {
  const key = fc.record({
    upArrow: fc.boolean(),
    downArrow: fc.boolean(),
    return: fc.boolean(),
    escape: fc.boolean(),
    tab: fc.boolean(),
    backspace: fc.boolean(),
    delete: fc.boolean(),
    ctrl: fc.boolean()
  })
  const input = fc.oneof(fc.constantFrom('', 'a', 'd', 'j', 'k', 'm', 'q', 'v', 'c'), fc.string())
  const typesOn = (state: WindowState): readonly string[] => {
    const types = new Set<string>()
    fc.assert(
      fc.property(input, key, (text, pressed) => {
        const action = actionOf(state, text, pressed)
        if (action) types.add(action.type)
      }),
      { numRuns: 2_000, seed: 1 }
    )
    return [...types].toSorted()
  }
  expect(typesOn(connect)).toEqual(['connect', 'erase', 'quit', 'switch-field', 'type'])
  expect(typesOn(list)).toEqual(['call', 'move', 'quit', 'sign-out'])
  expect(typesOn(rung)).toEqual(['accept', 'decline', 'quit'])
  expect(typesOn(talking)).toEqual(['hang-up', 'mute', 'quit'])
})
