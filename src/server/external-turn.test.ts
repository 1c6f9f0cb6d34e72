import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { externalTurn, isTurnUrl } from './external-turn.ts'
import { iceServices, wantsOwnRelay } from './ice-services.ts'
import type { IceService } from './relay-service.ts'

describe('a TURN URL', () => {
  test.each([
    'turn:turn.example',
    'turn:turn.example.',
    'turns:turn.example',
    'turn:turn.example:3478',
    'turn:turn.example?transport=udp',
    'turns:turn.example:443?transport=tcp',
    'turn:coturn',
    'turn:my_turn-1.example',
    'turn:9.9.9.9:3478',
    'turn:[2620:fe::fe]',
    'turn:[::ffff:9.9.9.9]:65535?transport=tcp',
    'TURN:Turn.Example'
  ])('is %s', (url) => {
    expect(isTurnUrl(url)).toBe(true)
  })

  test.each([
    '',
    'turn:',
    'turn.example',
    'turn.example:3478',
    'stun:turn.example',
    'https://turn.example',
    'turn://turn.example',
    'turn:ada@turn.example',
    'turn:turn.example:0',
    'turn:turn.example:65536',
    'turn:turn.example:',
    'turn:turn.example:x',
    'turn:turn.example/',
    'turn:turn.example?transport=sctp',
    'turn:turn.example?transport=',
    'turn:turn.example?',
    'turn:turn..example',
    'turn:-turn.example',
    'turn:turn-.example',
    'turn:9.9.9',
    'turn:9.9.9.999',
    'turn:2620:fe::fe',
    'turn:[2620:fe::fe',
    'turn:[9.9.9.9]',
    'turn:[fe80::1%eth0]',
    `turn:${'a'.repeat(64)}.example`,
    `turn:${'a.'.repeat(127)}example`,
    'turn:turn.example ',
    ' turn:turn.example',
    'turn:turn.example\n'
  ])('is not “%s”', (url) => {
    expect(isTurnUrl(url)).toBe(false)
  })
})

const way = { host: 'calls.example', proxied: false }
const settings = { turnUrl: ['turn:turn.example', 'turns:turn.example'], turnSecret: 'north' }

const urls = (service: IceService) => service.iceServers('c-1', 'ada', way).map(({ urls }) => urls)

describe('credentials for another relay', () => {
  test('are good there for ten minutes, by nothing but the secret', () => {
    const [server] = externalTurn(settings, () => 1_800_000_000_001).iceServers('c-1', 'ada', way)
    expect(server).toEqual({
      urls: settings.turnUrl,
      username: '1800000601:c-1:ada',
      credential: createHmac('sha1', 'north').update('1800000601:c-1:ada').digest('base64')
    })
  })

  test('are new each time they are asked for', () => {
    let now = 1_800_000_000_000
    const turn = externalTurn(settings, () => now)
    const [before] = turn.iceServers('c-1', 'ada', way)
    now += 300_000
    expect(before?.username).toBe('1800000600:c-1:ada')
    expect(turn.iceServers('c-1', 'ada', way)[0]?.username).toBe('1800000900:c-1:ada')
  })

  test('say nothing that is a bad request there, whatever a client calls its call', () => {
    const [server] = externalTurn(settings, () => 0).iceServers(`a 'call' "통화"\n`, 'ada', way)
    expect(server?.username).toMatch(/^600:[\w.-]+:ada$/)
  })
})

describe('of its own relay and another', () => {
  const ended: string[] = []
  const own: IceService = {
    iceServers: () => [{ urls: ['turn:calls.example'], username: 'u', credential: 'c' }],
    callEnded: (call) => ended.push(call)
  }
  const none = { turnUrl: [], turnSecret: '' }

  test('a server has its own unless it is told otherwise', () => {
    expect(wantsOwnRelay({ ...none, relay: 'auto' })).toBe(true)
    expect(wantsOwnRelay({ ...none, relay: 'off' })).toBe(false)
    expect(wantsOwnRelay({ ...settings, relay: 'auto' })).toBe(false)
    expect(wantsOwnRelay({ ...settings, relay: 'on' })).toBe(true)
  })

  test('the other comes first', () => {
    expect(urls(iceServices({ ...settings, relay: 'on' }, own))).toEqual([
      settings.turnUrl,
      ['turn:calls.example']
    ])
    expect(urls(iceServices({ ...settings, relay: 'auto' }, null))).toEqual([settings.turnUrl])
    expect(urls(iceServices({ ...none, relay: 'off' }, null))).toEqual([])
  })

  test('its own is told of the end of a call', () => {
    iceServices({ ...settings, relay: 'on' }, own).callEnded('c-1')
    expect(ended).toEqual(['c-1'])
  })
})
