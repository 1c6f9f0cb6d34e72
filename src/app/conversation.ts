/**
 * What the two of a call share beside picture and sound: what is muted, whose screen is shown, words, files,
 * and the code that both can compare.
 */
import { signal } from '@preact/signals'
import type { ReadonlySignal, Signal } from '@preact/signals'
import { CallError } from '../client/index.ts'
import type { Call, IncomingFile } from '../client/types.ts'
import type { Messages } from './i18n/index.ts'

export type Transfer =
  | { readonly at: 'offered' }
  | { readonly at: 'moving'; readonly bytes: number }
  /** `url` is where a file that came can be saved from. */
  | { readonly at: 'done'; readonly url: string | null }
  | { readonly at: 'failed' }
  /** The visitor does not want it, or no longer. */
  | { readonly at: 'dropped' }

export interface SharedFile {
  readonly name: string
  /** In bytes. */
  readonly size: number
  readonly transfer: ReadonlySignal<Transfer>
  /** Of a file that is offered. */
  accept(): void
  /** Declines it, or ends its transfer. */
  drop(): void
}

interface EntryHeader {
  readonly id: number
  readonly own: boolean
}

export type Entry = EntryHeader & ({ readonly text: string } | { readonly file: SharedFile })

const isDropped = ({ value }: ReadonlySignal<Transfer>): boolean => value.at === 'dropped'

/** Older ones are let go. */
const maxEntries = 500

export class Conversation {
  readonly interrupted
  readonly remoteMuted
  readonly screen
  readonly remoteScreen
  readonly verification
  readonly entries = signal<readonly Entry[]>([])
  readonly isOpen = signal(false)
  /** What has come since the visitor last looked. */
  readonly unread = signal(0)
  /** Partners of other protocols have no words and no files. */
  readonly isPossible: boolean

  readonly #call: Call
  readonly #say: (sentence: (messages: Messages) => string) => void
  readonly #urls: string[] = []
  #ids = 0

  constructor(call: Call, say: (sentence: (messages: Messages) => string) => void, over: AbortSignal) {
    this.#call = call
    this.#say = say
    this.isPossible = call.peer.dialect === 'native'
    this.interrupted = signal(call.interrupted)
    this.remoteMuted = signal(call.remoteMuted)
    this.screen = signal(call.screen)
    this.remoteScreen = signal(call.remoteScreen)
    this.verification = signal(call.verification)
    this.#listen(over)
  }

  show(isOpen: boolean): void {
    this.isOpen.value = isOpen
    this.unread.value = 0
  }

  /** True when it has left. */
  write(text: string): boolean {
    try {
      this.#call.sendMessage(text)
    } catch (error) {
      this.#tell(error, (m) => m.notSent)
      return false
    }
    this.#add({ text }, true)
    return true
  }

  async sendFile(blob: Blob & { readonly name: string }): Promise<void> {
    const transfer = signal<Transfer>({ at: 'offered' })
    const dropped = new AbortController()
    const { name, size } = blob
    this.#add({ file: { name, size, transfer, accept: () => {}, drop: () => dropped.abort() } }, true)
    try {
      await this.#call.sendFile(blob, {
        signal: dropped.signal,
        onProgress: (bytes) => (transfer.value = { at: 'moving', bytes })
      })
      transfer.value = { at: 'done', url: null }
    } catch (error) {
      transfer.value = { at: dropped.signal.aborted ? 'dropped' : 'failed' }
      this.#tell(error)
    }
  }

  /** Shows a screen that the visitor chooses, or no longer. */
  async toggleScreen(): Promise<void> {
    try {
      if (this.screen.value) await this.#call.stopSharing()
      else await this.#call.shareScreen()
    } catch (error) {
      const { cause } = error instanceof CallError ? error : { cause: null }
      // To choose none is no fault.
      const isChoice = cause instanceof Error && cause.name === 'NotAllowedError'
      this.#tell(error, isChoice ? undefined : (m) => m.screenFailed)
    }
  }

  /** Lets go of the files that came. */
  close(): void {
    for (const url of this.#urls.splice(0)) URL.revokeObjectURL(url)
  }

  #listen(over: AbortSignal): void {
    const call = this.#call
    const options = { signal: over }
    call.addEventListener(
      'interrupted',
      ({ detail }) => (this.interrupted.value = detail.interrupted),
      options
    )
    call.addEventListener('muted', ({ detail }) => (this.remoteMuted.value = detail.remoteMuted), options)
    call.addEventListener(
      'verification',
      ({ detail }) => (this.verification.value = detail.verification),
      options
    )
    call.addEventListener(
      'screen',
      ({ detail }) => {
        this.screen.value = detail.screen
        this.remoteScreen.value = detail.remoteScreen
      },
      options
    )
    call.addEventListener('message', ({ detail }) => this.#add({ text: detail.text }, false), options)
    call.addEventListener('file', ({ detail }) => this.#offered(detail.file), options)
  }

  #offered(file: IncomingFile): void {
    const transfer = signal<Transfer>({ at: 'offered' })
    const { name, size } = file
    const drop = (): void => {
      transfer.value = { at: 'dropped' }
      file.decline()
    }
    this.#add({ file: { name, size, transfer, accept: () => void this.#fetch(file, transfer), drop } }, false)
    if (!this.isOpen.value) this.#say((m) => m.fileOffered(this.#call.peer.name, name))
  }

  async #fetch(file: IncomingFile, transfer: Signal<Transfer>): Promise<void> {
    transfer.value = { at: 'moving', bytes: 0 }
    const onProgress = (bytes: number): void => {
      if (transfer.value.at === 'moving') transfer.value = { at: 'moving', bytes }
    }
    try {
      const blob = await file.accept({ onProgress })
      // To be saved and never to be opened as a page of this one's, whatever it says that it is.
      const url = URL.createObjectURL(blob.slice(0, blob.size, 'application/octet-stream'))
      this.#urls.push(url)
      transfer.value = { at: 'done', url }
    } catch (error) {
      if (!isDropped(transfer)) transfer.value = { at: 'failed' }
      this.#tell(error)
    }
  }

  #add(what: { readonly text: string } | { readonly file: SharedFile }, own: boolean): void {
    const entry = { id: ++this.#ids, own, ...what }
    this.entries.value = [...this.entries.value, entry].slice(-maxEntries)
    if (!own && !this.isOpen.value) this.unread.value++
  }

  /** What is not the call's own no is a fault of this page. */
  #tell(error: unknown, sentence?: (messages: Messages) => string): void {
    if (!(error instanceof CallError)) throw error
    if (sentence) this.#say(sentence)
  }
}
