/** The entry of the page: puts the parts together and draws. */
import { render } from 'preact'
import { effect } from '@preact/signals'
import { connect } from '../client/index.ts'
import { listDevices, openMedia } from '../client/media.ts'
import { startAlerts } from './alerts.ts'
import { App } from './app.tsx'
import { StoreContext } from './context.ts'
import { placeOf } from './format.ts'
import { pageMemory, Preferences } from './preferences.ts'
import { pause } from './pause.ts'
import { Store } from './state.ts'
import type { Surroundings } from './state.ts'
import './styles/index.css'

const page = async (): Promise<Surroundings> => {
  if (import.meta.env.DEV && location.search.startsWith('?demo')) {
    return (await import('./demo/surroundings.ts')).demoSurroundings(location.search)
  }
  return {
    connect: (options) => connect(location.origin, options),
    openMedia,
    listDevices,
    now: () => Date.now(),
    pause
  }
}

const start = async (root: HTMLElement): Promise<void> => {
  const preferences = new Preferences(pageMemory(), navigator.languages)
  const store = new Store(await page(), preferences, placeOf(location))
  effect(() => {
    document.documentElement.lang = preferences.language.value
    document.documentElement.dataset['theme'] = preferences.theme.value
  })
  startAlerts(store)
  navigator.mediaDevices?.addEventListener('devicechange', () => void store.media.refresh())
  render(
    <StoreContext.Provider value={store}>
      <App />
    </StoreContext.Provider>,
    root
  )
}

const root = document.getElementById('app')
if (root) void start(root)
