/** What reaches a visitor who is not looking: the tone, the title of the tab, a phone's tremor. */
import { computed, effect } from '@preact/signals'
import { play } from './sound.ts'
import type { Store } from './state.ts'

/** Rings, hums and blinks as the stage says, for as long as the page lives. */
export const startAlerts = (store: Store): void => {
  const at = computed(() => {
    const stage = store.stage.value
    return stage.at === 'calling' && stage.ringing ? 'ringing' : stage.at
  })
  effect(() => {
    if (at.value === 'ringing') return play('ring-back')
    return at.value === 'called' ? play('ring') : undefined
  })
  effect(() => (at.value === 'called' ? tremble() : undefined))
  effect(() => showTitle(store))
}

const showTitle = (store: Store): (() => void) | undefined => {
  const stage = store.stage.value
  const messages = store.preferences.messages.value
  const plain = stage.at === 'talking' ? `${stage.peer.name} · Patchcord` : 'Patchcord'
  document.title = plain
  if (stage.at !== 'called') return undefined
  const alarming = `● ${messages.peerCalls(stage.peer.name)}`
  document.title = alarming
  const timer = setInterval(() => {
    document.title = document.title === plain ? alarming : plain
  }, 1000)
  return () => clearInterval(timer)
}

const pulse = (): void => void navigator.vibrate([300, 150, 300])

const tremble = (): (() => void) | undefined => {
  // Refused, with a remark on the console, before the first touch; and absent on desktops.
  if (!('vibrate' in navigator) || !navigator.userActivation?.hasBeenActive) return undefined
  pulse()
  const timer = setInterval(pulse, 3000)
  return () => {
    clearInterval(timer)
    navigator.vibrate(0)
  }
}
