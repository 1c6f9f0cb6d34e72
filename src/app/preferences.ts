/** What this browser remembers from one visit to the next. */
import { computed, effect, signal } from '@preact/signals'
import type { ReadonlySignal, Signal } from '@preact/signals'
import { isLanguage, languages, preferredLanguage } from './i18n/index.ts'
import type { Language, Messages } from './i18n/index.ts'

export type Memory = Pick<Storage, 'getItem' | 'setItem'>

export const themes = ['auto', 'light', 'dark'] as const

export type Theme = (typeof themes)[number]

export class Preferences {
  readonly name: Signal<string>
  /** Device ids; empty for the browser's own choice. */
  readonly camera: Signal<string>
  readonly microphone: Signal<string>
  readonly speaker: Signal<string>
  readonly theme: ReadonlySignal<Theme>
  readonly language: ReadonlySignal<Language>
  readonly messages: ReadonlySignal<Messages>
  readonly #theme: Signal<string>
  readonly #language: Signal<string>

  /** `accepted` are the visitor's languages, most wanted first. */
  constructor(memory: Memory, accepted: readonly string[]) {
    this.name = remembered(memory, 'name')
    this.camera = remembered(memory, 'camera')
    this.microphone = remembered(memory, 'microphone')
    this.speaker = remembered(memory, 'speaker')
    this.#theme = remembered(memory, 'theme')
    this.#language = remembered(memory, 'language')
    this.theme = computed(() => themes.find((theme) => theme === this.#theme.value) ?? 'auto')
    this.language = computed(() => {
      const chosen = this.#language.value
      return isLanguage(chosen) ? chosen : preferredLanguage(accepted)
    })
    this.messages = computed(() => languages[this.language.value])
  }

  speak(language: Language): void {
    this.#language.value = language
  }

  nextTheme(): void {
    this.#theme.value = themes[(themes.indexOf(this.theme.value) + 1) % themes.length] ?? 'auto'
  }
}

const remembered = (memory: Memory, name: string): Signal<string> => {
  const key = `patchcord.${name}`
  const value = signal(memory.getItem(key) ?? '')
  effect(() => memory.setItem(key, value.value))
  return value
}

/** The browser's storage, or one that lasts as long as the page where a browser allows none. */
export const pageMemory = (): Memory => {
  try {
    localStorage.setItem('patchcord.probe', '')
    localStorage.removeItem('patchcord.probe')
    return localStorage
  } catch {
    const entries = new Map<string, string>()
    return {
      getItem: (key) => entries.get(key) ?? null,
      setItem: (key, value) => void entries.set(key, value)
    }
  }
}
