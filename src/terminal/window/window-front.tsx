/** @jsxImportSource react */
/** The front for people: the window of libwebrtc's example, in a terminal. */
import { type Instance, render, useInput, useStdout } from 'ink'
import { type ReactElement, useEffect, useReducer, useSyncExternalStore } from 'react'
import type { ColorDepth } from '../../media/half-blocks.ts'
import type { NodeTrack } from '../../rtc/media-stream.ts'
import type { Front, News, Wishes } from '../front.ts'
import type { Peer } from '../words.ts'
import { type Action, type Edit, actionOf } from './keys.ts'
import { PictureView } from './picture-view.ts'
import { WindowView } from './screens.tsx'
import { type Screen, type WindowEvent, type WindowState, newWindow, stepWindow } from './state.ts'

interface WindowSettings {
  readonly server: string
  readonly port: number
  readonly name: string
  /** `null`: no picture is wanted. */
  readonly depth: ColorDepth | null
  /** A stream's picture, as frames. */
  pictureOf(stream: MediaStream): NodeTrack | null
}

/** How many rows a call needs below its picture. */
const rowsBelow = 9

const maxPort = 65_535

export class WindowFront implements Front {
  readonly #settings: WindowSettings
  readonly #listeners = new Set<() => void>()
  readonly #view: PictureView
  #state: WindowState
  #wishes: Wishes | null = null
  #answer: ((accepts: boolean) => void) | null = null
  #instance: Instance | null = null

  constructor(settings: WindowSettings) {
    this.#settings = settings
    this.#state = newWindow(settings.server, settings.port, settings.name)
    this.#view = new PictureView(settings.depth, () => this.#changed())
  }

  begin(wishes: Wishes): void {
    this.#wishes = wishes
    this.#instance = render(<Application front={this} />, { exitOnCtrlC: false, patchConsole: false })
  }

  tell(news: News): void {
    this.#step({ type: 'news', news, now: Date.now() })
  }

  async end(): Promise<void> {
    await this.#view.close()
    this.#instance?.unmount()
    await this.#instance?.waitUntilExit()
  }

  // The conductor's window

  switchToConnectUi(): void {
    this.#show('connect')
  }

  switchToPeerList(): void {
    this.#show('list')
  }

  switchToStreamingUi(): void {
    this.#show('streaming')
  }

  startLocalRenderer(): void {}

  stopLocalRenderer(): void {}

  startRemoteRenderer(stream: MediaStream): void {
    const track = this.#settings.pictureOf(stream)
    if (track !== null) this.#view.start(track)
  }

  stopRemoteRenderer(): void {
    this.#view.stop()
  }

  messageBox(_caption: string, text: string, isError: boolean): void {
    this.#step({ type: 'noted', text, isError })
  }

  ring(peer: Peer, signal: AbortSignal): Promise<boolean> {
    // The terminal's bell.
    process.stdout.write('\u0007')
    this.#step({ type: 'rung', peer })
    return new Promise((resolve) => {
      this.#answer = (accepts) => {
        this.#answer = null
        this.#step({ type: 'rung', peer: null })
        resolve(accepts)
      }
      signal.addEventListener('abort', () => this.#answer?.(false), { once: true })
    })
  }

  // What is drawn

  get state(): WindowState {
    return this.#state
  }

  get view(): PictureView {
    return this.#view
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  press(action: Action): void {
    const wishes = this.#wishes
    switch (action.type) {
      case 'connect':
        return this.#connect()
      case 'accept':
      case 'decline':
        return this.#answer?.(action.type === 'accept')
      case 'hang-up':
        return wishes?.hangUp()
      case 'sign-out':
        return wishes?.logOut()
      case 'quit':
        return wishes?.quit()
      case 'call':
        return wishes?.call(action.peer)
      case 'mute':
        return wishes?.mute(action.kind, action.muted)
      default:
        return this.#edit(action)
    }
  }

  #connect(): void {
    const { server, port } = this.#state
    if (Number(port) <= maxPort) return this.#wishes?.logIn(server, Number(port))
    this.#step({ type: 'noted', text: `A port is a number up to ${maxPort}.`, isError: true })
  }

  #edit(action: Edit): void {
    switch (action.type) {
      case 'move':
        return this.#step({ type: 'moved', by: action.by })
      case 'switch-field':
        return this.#step({ type: 'switched-field' })
      case 'erase':
        return this.#step({ type: 'erased' })
      case 'type':
        return this.#step({ type: 'typed', text: action.text })
    }
  }

  #show(screen: Screen): void {
    this.#step({ type: 'shown', screen })
  }

  #step(event: WindowEvent): void {
    this.#state = stepWindow(this.#state, event)
    this.#changed()
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}

const Application = ({ front }: { readonly front: WindowFront }): ReactElement => {
  const state = useSyncExternalStore(front.subscribe, () => front.state)
  const picture = useSyncExternalStore(front.subscribe, () => front.view.picture)
  const { stdout } = useStdout()
  const [, tick] = useReducer((count: number) => count + 1, 0)
  useEffect(() => {
    // For the clock of a call.
    const timer = setInterval(tick, 1_000)
    return () => clearInterval(timer)
  }, [])
  useEffect(() => {
    front.view.resize(stdout.columns ?? 80, Math.max(4, (stdout.rows ?? 24) - rowsBelow))
  })
  useInput((input, key) => {
    const action = actionOf(front.state, input, key)
    if (action) front.press(action)
  })
  return <WindowView state={state} picture={picture} rows={stdout.rows ?? 24} now={Date.now()} />
}
