/** What the call screen observes of the browser: pictures, pointer, screen, network. */
import type { RefObject } from 'preact'
import { useEffect } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import type { Signal } from '@preact/signals'
import type { Call } from '../client/types.ts'
import { nothingReceived, observe } from './reception.ts'
import type { Reception } from './reception.ts'

/** Acts on a key, wherever on the page it is pressed. */
export const useKey = (key: string, act: () => void): void => {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key === key) act()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [])
}

/** Closes what is open when Escape is pressed, or something outside of it. */
export const useDismissal = (place: RefObject<HTMLElement | null>, open: Signal<boolean>): void => {
  useEffect(() => {
    if (!open.value) return undefined
    const away = (event: Event): void => {
      const outside = event.target instanceof Node && !place.current?.contains(event.target)
      if (event instanceof KeyboardEvent ? event.key === 'Escape' : outside) open.value = false
    }
    addEventListener('keydown', away)
    addEventListener('pointerdown', away)
    return () => {
      removeEventListener('keydown', away)
      removeEventListener('pointerdown', away)
    }
  }, [open.value])
}

/** What is about to be used: pointed at, focused, or opened. */
const holding = '[data-holds]:hover, [data-holds] :focus-visible, [aria-expanded=true]'

/** True while the visitor has left pointer and keys alone for some seconds; never where there is no pointer. */
export const useIdle = (room: RefObject<HTMLElement | null>, afterMs = 3500): boolean => {
  const idle = useSignal(false)
  useEffect(() => {
    if (!matchMedia('(hover: hover)').matches) return undefined
    let timer = 0
    const busy = (): boolean => Boolean(room.current?.querySelector(holding))
    const rest = (): void => {
      if (busy()) stir()
      else idle.value = true
    }
    const stir = (): void => {
      idle.value = false
      clearTimeout(timer)
      timer = window.setTimeout(rest, afterMs)
    }
    const stop = new AbortController()
    for (const type of ['pointermove', 'pointerdown', 'keydown', 'focusin']) {
      addEventListener(type, stir, { signal: stop.signal, passive: true })
    }
    stir()
    return () => {
      stop.abort()
      clearTimeout(timer)
    }
  }, [])
  return idle.value
}

const lookMs = 500

/** What comes from the other side, from the moment the call is connected. */
export const useReception = (
  video: RefObject<HTMLVideoElement | null>,
  call: Call,
  connected: boolean
): Reception => {
  const reception = useSignal(nothingReceived)
  useEffect(() => {
    if (!connected) return undefined
    const look = async (): Promise<void> => {
      const element = video.current
      // A hidden page paints nothing, which says nothing about the other's camera.
      if (!element || document.hidden) return
      const signs = call.phase === 'connected' ? signsOfLife(await call.getStats()) : null
      reception.value = observe(reception.value, {
        sinceMs: lookMs,
        frames: element.getVideoPlaybackQuality().totalVideoFrames,
        sized: element.videoWidth > 0,
        announced: call.remoteStream.getVideoTracks().length > 0,
        signs
      })
    }
    void look()
    const timer = setInterval(() => void look(), lookMs)
    return () => clearInterval(timer)
  }, [call, connected])
  return reception.value
}

/** Everything countable that only comes while the path stands: media, and the replies to its checks. */
const signsOfLife = (stats: RTCStatsReport): number | null => {
  let [sum, counted] = [0, false]
  for (const report of stats.values()) {
    for (const count of [report.bytesReceived, report.responsesReceived]) {
      if (typeof count !== 'number') continue
      sum += count
      counted = true
    }
  }
  return counted ? sum : null
}

/** How far a picture may be enlarged to fill the room: beyond, too much would fall off its edges. */
const mostZoom = 1.45

/** Fills its frame with the picture, or comes as near to it as the picture bears. */
export const useFit = (video: RefObject<HTMLVideoElement | null>): void => {
  useEffect(() => {
    const element = video.current
    const space = element?.parentElement
    const fit = (): void => {
      if (!element || !space || element.videoWidth === 0) return
      const picture = element.videoWidth / element.videoHeight
      const frame = space.clientWidth / space.clientHeight
      const zoom = Math.max(picture / frame, frame / picture)
      element.style.scale = String(Math.min(zoom, mostZoom))
    }
    const resized = new ResizeObserver(fit)
    if (space) resized.observe(space)
    element?.addEventListener('resize', fit)
    return () => {
      resized.disconnect()
      element?.removeEventListener('resize', fit)
    }
  }, [])
}

/** Plays the other's sound on the chosen speaker, where the browser lets one choose. */
export const useSpeaker = (video: RefObject<HTMLVideoElement | null>, speaker: string): void => {
  useEffect(() => {
    const element = video.current
    if (!element || speaker === '' || !('setSinkId' in element)) return
    element.setSinkId(speaker).catch((error: unknown) => console.warn('speaker not usable', error))
  }, [speaker])
}

/** Keeps a phone's screen on during the call. */
export const useWakeLock = (): void => {
  useEffect(() => {
    if (!('wakeLock' in navigator)) return undefined
    let lock: WakeLockSentinel | null = null
    let over = false
    const hold = async (): Promise<void> => {
      if (document.hidden) return
      try {
        lock = await navigator.wakeLock.request('screen')
        if (over) await lock.release()
      } catch (error) {
        // A low battery may forbid it; the call does not depend on it.
        console.info('screen may turn off', error)
      }
    }
    const onVisibility = (): void => void hold()
    onVisibility()
    document.addEventListener('visibilitychange', onVisibility)
    return () => {
      over = true
      document.removeEventListener('visibilitychange', onVisibility)
      void lock?.release()
    }
  }, [])
}
