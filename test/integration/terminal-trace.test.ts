/** The order of the conductor's steps, as `--trace` prints them: that of libwebrtc's example. */
import { expect, test } from 'vitest'
import type { ConductorStep } from '../../src/client/conductor.ts'
import { serve } from '../../src/server/serve.ts'
import { type Terminal, terminal } from '../support/terminal.ts'

const stepsOf = (client: Terminal): readonly ConductorStep[] => client.all('step').map(({ step }) => step)

/** Each comes somewhere behind the one before it; what follows the last of them is the answer. */
const inOrder = (
  steps: readonly ConductorStep[],
  ...order: readonly ConductorStep[]
): readonly ConductorStep[] => {
  let rest = steps
  for (const step of order) {
    const at = rest.indexOf(step)
    expect(at, `${step} in ${rest.join(' ')}, of ${steps.join(' ')}`).toBeGreaterThanOrEqual(0)
    rest = rest.slice(at + 1)
  }
  return rest
}

test.each(['native', 'peerconnection', 'mdn'])(
  'over %s, the steps of a call come in their order',
  async (protocol) => {
    await using server = await serve({ port: 0 })
    const enter = (name: string, ...more: readonly string[]): Terminal => {
      const where = ['--server', '127.0.0.1', '--port', new URL(server.url).port, '--protocol', protocol]
      return terminal([
        '--headless',
        '--trace',
        '--size',
        '160x120',
        '--stats',
        '1',
        ...where,
        '--name',
        name,
        ...more
      ])
    }
    await using bob = enter('bob', '--auto-answer')
    await bob.hears('signed-in')
    await using ada = enter('ada')
    const bobsId = await ada.sees('bob')
    expect(stepsOf(ada)).toEqual(['startLogin', 'onMessageSent', 'onPeerConnected', 'onSignedIn'])
    ada.do({ do: 'call', peer: bobsId })
    await Promise.all([ada.mediaArrives(), bob.mediaArrives()])

    const created = ['initializePeerConnection', 'createPeerConnection', 'addTracks'] as const
    inOrder(
      stepsOf(ada),
      'onSignedIn',
      'connectToPeer',
      ...created,
      'onSuccess',
      'sendMessage',
      'onMessageFromPeer'
    )
    inOrder(stepsOf(ada), 'onMessageFromPeer', 'onAddTrack', 'onAddTrack')
    inOrder(
      stepsOf(bob),
      'onSignedIn',
      'onPeerConnected',
      'onMessageFromPeer',
      ...created,
      'onAddTrack',
      'onAddTrack'
    )
    inOrder(stepsOf(bob), ...created, 'onSuccess', 'sendMessage')

    const before = stepsOf(bob).length
    ada.do({ do: 'hang-up' })
    await bob.hears('ended')
    inOrder(stepsOf(ada), 'addTracks', 'disconnectFromCurrentPeer', 'sendMessage', 'deletePeerConnection')
    inOrder(stepsOf(bob).slice(before), 'onPeerDisconnected', 'deletePeerConnection')
    expect(stepsOf(bob).slice(before)).not.toContain('disconnectFromServer')

    ada.do({ do: 'quit' })
    await ada.code
    await bob.hears('step', ({ step }) => step === 'onPeerDisconnected')
    const rest = inOrder(stepsOf(ada), 'close', 'disconnectFromServer', 'onMessageSent', 'onDisconnected')
    expect(rest).toEqual([])
  }
)
