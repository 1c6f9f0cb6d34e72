import { describe, expect, test, vi } from 'vitest'
import { preferredLanguage } from './i18n/index.ts'
import { pageMemory, Preferences } from './preferences.ts'
import type { Memory } from './preferences.ts'

const memoryOf = (entries: Readonly<Record<string, string>> = {}) => {
  const kept = new Map(Object.entries(entries))
  const memory: Memory = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value)
  }
  return memory
}

describe('preferences', () => {
  test('last from one visit to the next', () => {
    const memory = memoryOf()
    const first = new Preferences(memory, ['en'])
    first.name.value = 'Ada'
    first.speak('ko')
    first.nextTheme()
    const next = new Preferences(memory, ['en'])
    expect(next.name.value).toBe('Ada')
    expect(next.language.value).toBe('ko')
    expect(next.theme.value).toBe('light')
  })

  test('follow the system until something is chosen', () => {
    const { language, theme, messages } = new Preferences(memoryOf(), ['ko-KR', 'en'])
    expect([language.value, theme.value, messages.value.join]).toEqual(['ko', 'auto', '들어가기'])
  })

  test('take no word from memory that means nothing', () => {
    const memory = memoryOf({ 'patchcord.language': 'tlh', 'patchcord.theme': 'plaid' })
    const { language, theme } = new Preferences(memory, [])
    expect([language.value, theme.value]).toEqual(['en', 'auto'])
  })

  test('go through the themes in a circle', () => {
    const preferences = new Preferences(memoryOf(), [])
    const seen = [1, 2, 3].map(() => {
      preferences.nextTheme()
      return preferences.theme.value
    })
    expect(seen).toEqual(['light', 'dark', 'auto'])
  })

  test('last for the page where the browser keeps nothing', () => {
    vi.stubGlobal('localStorage', {
      setItem: () => {
        throw new DOMException('blocked', 'SecurityError')
      }
    })
    const memory = pageMemory()
    memory.setItem('a', 'b')
    expect([memory.getItem('a'), memory.getItem('c')]).toEqual(['b', null])
    vi.unstubAllGlobals()
  })
})

test.each([
  [['ko-KR', 'en-US'], 'ko'],
  [['fr', 'ko'], 'ko'],
  [['en-GB', 'ko'], 'en'],
  [['fr'], 'en'],
  [[], 'en']
])('a visitor who reads %j gets %s', (accepted, language) => {
  expect(preferredLanguage(accepted)).toBe(language)
})
