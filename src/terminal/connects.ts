/** The way to a server, for each protocol that it may speak. */
import type { ConductorOptions } from '../client/conductor.ts'
import { connect as connectToMdn } from '../client/foreign/mdn.ts'
import { connect as connectToPeerconnection } from '../client/foreign/peerconnection.ts'
import { connect as connectToRooms } from '../client/foreign/rooms.ts'
import { NodeSocket } from '../client/node-socket.ts'
import { connect } from '../client/node.ts'
import type { CallOptions } from './options.ts'
import { unreachable } from './words.ts'

type Connect = ConductorOptions['connect']

export const connectFor = (callOptions: CallOptions): Connect => {
  const { protocol, lobby, ice, iceServers } = callOptions
  // Who takes every call hides nothing by waiting until it is taken.
  const instantAnswer = callOptions['auto-answer'] ? 'all' : 'relay'
  const more = { iceServers, iceTransportPolicy: ice } as const
  switch (protocol) {
    case 'native':
      return (url, options) => connect(url, { ...options, ...more, lobby, instantAnswer })
    case 'peerconnection':
      return (url, options) => connectToPeerconnection(url, { ...options, ...more })
    case 'mdn':
      return (url, options) => connectToMdn(url, { ...options, ...more, WebSocket: NodeSocket })
    case 'rooms':
      return (url, options) => connectToRooms(url, { ...options, ...more })
    default:
      return unreachable(protocol)
  }
}
