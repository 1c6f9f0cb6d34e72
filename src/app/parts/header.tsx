/** The top of every page but the call: the sign, the language, the theme. */
import type { ComponentChildren, JSX } from 'preact'
import { useMessages, useStore } from '../context.ts'
import { isLanguage, languages } from '../i18n/index.ts'
import { Icon } from './icon.tsx'
import type { IconName } from './icon.tsx'
import { Wordmark } from './wordmark.tsx'

const themeIcons: Readonly<Record<'auto' | 'light' | 'dark', IconName>> = {
  auto: 'system',
  light: 'sun',
  dark: 'moon'
}

export const Header = ({ children }: { readonly children?: ComponentChildren }): JSX.Element => {
  const { preferences } = useStore()
  const m = useMessages()
  const theme = preferences.theme.value
  return (
    <header class="header">
      <Wordmark />
      <div class="header-tools">
        <select
          class="bare"
          aria-label={m.switchLanguage}
          value={preferences.language.value}
          onChange={({ currentTarget: { value } }) => isLanguage(value) && preferences.speak(value)}
        >
          {Object.entries(languages).map(([code, { language }]) => (
            <option key={code} value={code} lang={code}>
              {language}
            </option>
          ))}
        </select>
        <button
          type="button"
          class="bare"
          aria-label={m.theme[theme]}
          title={m.theme[theme]}
          onClick={() => preferences.nextTheme()}
        >
          <Icon name={themeIcons[theme]} />
        </button>
        {children}
      </div>
    </header>
  )
}
