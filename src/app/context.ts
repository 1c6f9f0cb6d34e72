/** How components reach the store and the language without being handed them. */
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Messages } from './i18n/index.ts'
import type { Store } from './state.ts'

export const StoreContext = createContext<Store | null>(null)

export const useStore = (): Store => {
  const store = useContext(StoreContext)
  if (!store) throw new Error('no store around this component')
  return store
}

export const useMessages = (): Messages => useStore().preferences.messages.value
