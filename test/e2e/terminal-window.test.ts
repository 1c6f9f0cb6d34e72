/** The terminal client in a terminal, driven by keys. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { serve } from '../../src/server/serve.ts'
import { terminal } from '../support/terminal.ts'
import { keys, openWindow } from '../support/window.ts'

const command = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

const small = ['--server', '127.0.0.1', '--size', '160x120', '--fps', '5']
const portOf = ({ url }: { readonly url: string }): string => new URL(url).port

const headless = (server: { readonly url: string }, name: string, ...more: readonly string[]) =>
  terminal(['--headless', ...small, '--port', portOf(server), '--name', name, ...more])

describe('a person at a terminal', () => {
  test('connects, sees who is there, calls, sees them, mutes, hangs up and quits', async () => {
    await using server = await serve({ port: 0 })
    await using bob = headless(server, 'bob', '--auto-answer')
    await bob.hears('signed-in')
    await using ada = openWindow([...small, '--port', portOf(server), '--name', 'ada'])
    await ada.shows(/connect to a server[^]*127\.0\.0\.1[^]*Esc quit/)
    ada.press(keys.enter)
    await ada.shows(/You are ada[^]*› bob +free/)
    ada.press(keys.enter)
    await ada.shows(/bob \d+:\d\d/)
    // The picture, and how it goes.
    await ada.shows(/[▀▄█]/)
    await ada.shows(/received +picture/)
    ada.press('m')
    await ada.shows(/you: no sound/)
    await bob.hears('muted', ({ remoteAudio, remoteVideo }) => remoteAudio && !remoteVideo)
    ada.press('v')
    await ada.shows(/you: no sound, no picture/)
    ada.forget()
    ada.press(keys.escape)
    await ada.shows(/The call is over \(bob\)[^]*sign out/)
    expect((await bob.hears('ended')).reason).toBe('hung-up')
    ada.press('q')
    expect(await ada.code).toBe(0)
  })

  test('is rung, declines the first time and accepts the second', async () => {
    await using server = await serve({ port: 0 })
    await using ada = openWindow([
      ...small,
      '--port',
      portOf(server),
      '--name',
      'ada',
      '--autoconnect',
      '--picture',
      'off'
    ])
    await ada.shows(/You are ada[^]*Nobody else is here yet/)
    await using bob = headless(server, 'bob')
    bob.do({ do: 'call', peer: await bob.sees('ada') })
    await ada.shows(/bob is calling[^]*Enter accept/)
    expect(ada.raw).toContain('\u0007')
    ada.press(keys.escape)
    expect((await bob.hears('ended')).reason).toBe('declined')
    bob.forget()
    ada.forget()
    bob.do({ do: 'call', peer: await bob.sees('ada') })
    await ada.shows(/bob is calling[^]*Enter accept/)
    ada.press(keys.enter)
    await ada.shows(/bob \d+:\d\d/)
    bob.do({ do: 'say', text: 'hello \u001B]0;evil\u0007\u001B[2Jthere' })
    await ada.shows(/bob: hello \]0;evil\[2Jthere/)
    expect(ada.raw).not.toContain('\u001B]')
    bob.do({ do: 'hang-up' })
    await ada.shows(/The call is over \(bob\)/)
    ada.press('\u0003')
    expect(await ada.code).toBe(0)
  })

  test('is told that there is no server, and can try another', async () => {
    await using server = await serve({ port: 0 })
    await using ada = openWindow([...small, '--port', '1', '--name', 'ada'])
    await ada.shows(/connect to a server/)
    ada.press(keys.enter)
    await ada.shows(/Failed to connect to 127\.0\.0\.1/)
    // Keys that come all at once would be taken for something that is pasted.
    ada.forget()
    ada.press(keys.tab)
    await ada.shows(/Port {4}1 \r?\n/)
    ada.press(keys.backspace)
    await ada.shows(/Port {5}\r?\n/)
    ada.press(portOf(server))
    await ada.shows(new RegExp(`Port {4}${portOf(server)}`))
    ada.press(keys.enter)
    await ada.shows(/You are ada/)
    ada.forget()
    ada.press(keys.escape)
    await ada.shows(/connect to a server/)
    ada.press(keys.escape)
    expect(await ada.code).toBe(0)
  })
})

test('without a terminal it says so, and ends with 6', async () => {
  const child = spawn(process.execPath, [command, 'call'])
  let said = ''
  child.stderr.on('data', (data: Buffer) => (said += data.toString()))
  const [code] = await once(child, 'close')
  expect(code).toBe(6)
  expect(said).toBe(
    'patchcord: This is no terminal to draw in: run it in one, or add --headless for lines of JSON.\n'
  )
})
