/**
 * Which relays the calls of this server are offered: its own, somebody else's, or both.
 */
import { type ExternalTurnSettings, externalTurn } from './external-turn.ts'
import type { IceService } from './relay-service.ts'

interface IceSettings extends ExternalTurnSettings {
  readonly relay: 'auto' | 'on' | 'off'
}

const hasExternal = ({ turnUrl }: IceSettings): boolean => turnUrl.length > 0

/**
 * Who runs another relay wants the load there. And each relayed address of one's own pairs with nothing
 * but another of these, so that two relays are twice the candidates for hardly a path more.
 */
export const wantsOwnRelay = (settings: IceSettings): boolean =>
  settings.relay === 'on' || (settings.relay === 'auto' && !hasExternal(settings))

/** The one that somebody took the trouble to name comes first: of two that do, browsers take the first. */
export const iceServices = (settings: IceSettings, own: IceService | null): IceService => {
  const services = [hasExternal(settings) ? externalTurn(settings) : null, own].filter(
    (service) => service !== null
  )
  return {
    iceServers: (call, peer, way) => services.flatMap((service) => service.iceServers(call, peer, way)),
    callEnded(call) {
      for (const service of services) service.callEnded(call)
    }
  }
}
