import { describe, expect, test } from 'vitest'
import { WindowFront } from './window-front.tsx'

const ada = { id: '1', name: 'ada', busy: false, dialect: 'native' }

const opened = (port: number): WindowFront =>
  new WindowFront({ server: 'localhost', port, name: 'me', depth: null, pictureOf: () => null })

const typed = (front: WindowFront, text: string): void => front.press({ type: 'type', text })

describe('a port that there cannot be', () => {
  test.each(['65536', '99999'])('%s is turned down before anybody is asked for it', (port) => {
    const front = opened(1)
    front.press({ type: 'switch-field' })
    front.press({ type: 'erase' })
    typed(front, port)
    front.press({ type: 'connect' })
    expect(front.state.notes).toEqual([{ text: 'A port is a number up to 65535.', isError: true }])
  })

  test('is not the last that there is', () => {
    const front = opened(65_535)
    front.press({ type: 'connect' })
    expect(front.state.notes).toEqual([])
  })
})

describe('a call that rings', () => {
  test.each(['accept', 'decline'] as const)('is shown until the answer: %s', async (type) => {
    const front = opened(1)
    const ringing = front.ring(ada, new AbortController().signal)
    expect(front.state.ringing).toEqual(ada)
    front.press({ type })
    expect(await ringing).toBe(type === 'accept')
    expect(front.state.ringing).toBeNull()
  })

  test('is gone when it is too late, and nothing is left to answer', async () => {
    const front = opened(1)
    const control = new AbortController()
    const ringing = front.ring(ada, control.signal)
    control.abort()
    expect(await ringing).toBe(false)
    expect(front.state.ringing).toBeNull()
    front.press({ type: 'accept' })
  })
})

test('whoever draws is told of every change', () => {
  const front = opened(1)
  let changes = 0
  const unsubscribe = front.subscribe(() => (changes += 1))
  front.switchToPeerList()
  front.messageBox('Call', 'ada is in another call.', false)
  expect([front.state.screen, changes]).toEqual(['list', 2])
  unsubscribe()
  front.switchToConnectUi()
  expect([front.state.screen, changes]).toEqual(['connect', 2])
})
