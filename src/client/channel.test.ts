import { expect, test } from 'vitest'
import { channelPair } from '../../test/support/fake-channel.ts'
import type { ControlMessage } from '../dialects/channel.ts'
import { ControlChannel } from './channel.ts'

test('what is said before the channel is open leaves when it is, in its order', async () => {
  const [near, far] = channelPair('connecting')
  const heard: ControlMessage[] = []
  const opened: string[] = []
  const channel = new ControlChannel(
    near,
    () => {},
    () => opened.push('near')
  )
  const other = new ControlChannel(
    far,
    (message) => heard.push(message),
    () => {}
  )
  channel.send({ type: 'text', text: 'one' })
  channel.send({ type: 'text', text: 'two' })
  far.open()
  near.open()
  await Promise.resolve()
  await Promise.resolve()
  expect(heard).toEqual([
    { type: 'text', text: 'one' },
    { type: 'text', text: 'two' }
  ])
  expect(opened).toEqual(['near'])
  near.close()
  other.send({ type: 'text', text: 'too late' })
})

test('what is no message is nobody’s', async () => {
  const [near, far] = channelPair()
  const heard: ControlMessage[] = []
  const channel = new ControlChannel(
    far,
    (message) => heard.push(message),
    () => {}
  )
  near.send('{"type":"shout"}')
  near.send(new ArrayBuffer(3))
  near.send('{"type":"muted","audio":true,"video":false}')
  for (let turn = 0; turn < 4; turn += 1) await Promise.resolve()
  expect(heard).toEqual([{ type: 'muted', audio: true, video: false }])
  channel.send({ type: 'text', text: 'x' })
})

test('what waits for a channel that never opens is bounded', async () => {
  const [near, far] = channelPair('connecting')
  const heard: ControlMessage[] = []
  const channel = new ControlChannel(
    near,
    () => {},
    () => {}
  )
  far.addEventListener('message', () => heard.push({ type: 'text', text: '' }))
  for (let said = 0; said < 400; said += 1) channel.send({ type: 'text', text: String(said) })
  far.open()
  near.open()
  for (let turn = 0; turn < 300; turn += 1) await Promise.resolve()
  expect(heard).toHaveLength(256)
})
