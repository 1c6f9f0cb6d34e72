/** Calls between the terminal client and aiortc, a WebRTC of another make, at our server: media both ways, and every end. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningServer, serve } from '../../src/server/serve.ts'
import { type AiortcPeer, startAiortc } from '../support/aiortc.ts'
import { type Terminal, terminal } from '../support/terminal.ts'

// Another process, which encodes and decodes in software.
const [width, height] = [320, 180]

let server: RunningServer

beforeAll(async () => {
  server = await serve({ port: 0, host: '127.0.0.1', logLevel: 'silent' })
})

afterAll(() => server.close())

const enter = (protocol: string, name: string): Terminal => {
  const at = ['--server', '127.0.0.1', '--port', String(server.port), '--protocol', protocol]
  const sends = ['--size', `${width}x${height}`, '--fps', '15', '--stats', '1']
  return terminal(['--headless', '--auto-answer', '--name', name, ...at, ...sends])
}

const seeAndHear = async (ada: Terminal, eve: AiortcPeer): Promise<void> => {
  await Promise.all([ada.mediaArrives(), eve.mediaArrives([width, height])])
}

const end = async (ada: Terminal, eve: AiortcPeer, hangUp: () => void): Promise<void> => {
  hangUp()
  expect(await ada.hears('ended')).toMatchObject({ peer: 'eve', reason: 'hung-up' })
  expect(await eve.hears('ended')).toMatchObject({ peer: 'ada' })
  expect(ada.all('problem')).toEqual([])
  ada.forget()
  eve.forget()
}

describe.each(['native', 'peerconnection'])('the terminal client over %s', (protocol) => {
  test('calls aiortc, sees, hears and is seen and heard, and either hangs up', async () => {
    await using eve = await startAiortc(server, 'eve')
    await using ada = enter(protocol, 'ada')
    await ada.sees('eve')
    for (const hangUp of [() => ada.do({ do: 'hang-up' }), () => eve.hangUp()]) {
      ada.do({ do: 'call', peer: 'eve' })
      expect(await eve.hears('call')).toMatchObject({ direction: 'incoming', peer: 'ada' })
      await seeAndHear(ada, eve)
      await end(ada, eve, hangUp)
    }
  })

  test('is called by aiortc, sees, hears and is seen and heard, and either hangs up', async () => {
    await using eve = await startAiortc(server, 'eve')
    await using ada = enter(protocol, 'ada')
    await eve.hears('peers', ({ peers }) => peers.includes('ada'))
    for (const hangUp of [() => ada.do({ do: 'hang-up' }), () => eve.hangUp()]) {
      eve.call('ada')
      expect(await ada.hears('call')).toMatchObject({ direction: 'incoming', peer: { name: 'eve' } })
      await seeAndHear(ada, eve)
      await end(ada, eve, hangUp)
    }
  })

  test('sees aiortc leave in a call, and the call end', async () => {
    await using ada = enter(protocol, 'ada')
    {
      await using eve = await startAiortc(server, 'eve')
      ada.do({ do: 'call', peer: await ada.sees('eve') })
      await seeAndHear(ada, eve)
    }
    expect((await ada.hears('ended')).reason).toBe('hung-up')
    await ada.hears('peers', ({ peers }) => peers.length === 0)
  })
})
