/** The languages of the page, and which of them a visitor gets. */
import { en } from './en.ts'
import { ko } from './ko.ts'
import type { Messages } from './messages.ts'

export type { Messages }

export const languages = { en, ko } as const

export type Language = keyof typeof languages

export const isLanguage = (text: string): text is Language => Object.hasOwn(languages, text)

/** The first of the visitor's languages that there is a catalogue for; English otherwise. */
export const preferredLanguage = (accepted: readonly string[]): Language =>
  accepted.map((tag) => tag.slice(0, 2).toLowerCase()).find(isLanguage) ?? 'en'
