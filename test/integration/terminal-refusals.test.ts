/** What goes wrong for the terminal client: one sentence, an exit code that tells, and nothing half-written. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serve } from '../../src/server/serve.ts'
import { EncodedPacket, EncodedVideoPacketSource, FilePathTarget, Mp4OutputFormat, Output } from 'mediabunny'
import { listening } from '../support/listening.ts'
import { avcConfiguration, avcFrames } from '../support/media-vectors.ts'
import { type Terminal, terminal } from '../support/terminal.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchcord-terminal-'))
})
afterAll(() => rm(folder, { recursive: true }))

const at = ({ url }: { readonly url: string }, name: string, ...more: readonly string[]): Terminal => {
  const where = ['--server', '127.0.0.1', '--port', new URL(url).port, '--name', name]
  return terminal(['--headless', '--size', '160x120', '--fps', '10', '--stats', '1', ...where, ...more])
}

/** A few pictures of H.264. */
const writeFilm = async (path: string): Promise<void> => {
  const output = new Output({ format: new Mp4OutputFormat(), target: new FilePathTarget(path) })
  const pictures = new EncodedVideoPacketSource('avc')
  output.addVideoTrack(pictures)
  await output.start()
  const description = Uint8Array.from(avcConfiguration)
  const decoderConfig = { codec: 'avc1.42c00b', codedWidth: 16, codedHeight: 16, description }
  for (const [at, frame] of avcFrames.entries()) {
    const packet = new EncodedPacket(frame, at === 0 ? 'key' : 'delta', at / 5, 0.2)
    await pictures.add(packet, { decoderConfig })
  }
  await output.finalize()
}

/** A port at which nobody listens. */
const nobodysPort = async (): Promise<string> => {
  await using server = await serve({ port: 0 })
  return new URL(server.url).port
}

describe('before it begins, one sentence says what to change:', () => {
  test.each<[string, readonly string[], number, RegExp]>([
    [
      'an impossible port',
      ['--headless', '--port', '99999'],
      1,
      /^patchcord: --port 99999: at most 65535 is possible\.\n$/
    ],
    [
      'an unknown protocol',
      ['--headless', '--protocol', 'sip'],
      1,
      /^patchcord: --protocol sip: one of native, .* is due\.\n$/
    ],
    [
      'two peers',
      ['--headless', 'bob', 'cyd'],
      1,
      /^patchcord: One peer can be called at a time, not bob and cyd\.\n$/
    ],
    ['no terminal', [], 6, /^patchcord: This is no terminal .*--headless.*\n$/],
    [
      'no such file',
      ['--headless', '--source', '/nowhere/film.webm'],
      2,
      /^patchcord: \/nowhere\/film\.webm cannot be read: there is no such file\.\n$/
    ],
    [
      'no port of RTP',
      ['--headless', '--source', 'rtp:99999'],
      2,
      /^patchcord: rtp:99999 names no ports: .*\n$/
    ]
  ])('%s', async (_what, args, code, sentence) => {
    const client = terminal(args)
    expect(await client.code).toBe(code)
    expect(client.said).toMatch(sentence)
    expect(client.news).toEqual([])
  })

  test.each(['--record', '--frames'])('a file for %s that cannot be made', async (option) => {
    const client = terminal(['--headless', option, join(folder, 'no', 'call.webm')])
    expect(await client.code).toBe(2)
    expect(client.said).toMatch(/no\/call\.webm cannot be written: there is no folder \S+no\.\n$/)
  })

  test('an IVF file whose header makes no sense', async () => {
    const path = join(folder, 'broken.ivf')
    await writeFile(path, Buffer.concat([Buffer.from('DKIF'), Buffer.alloc(60, 7)]))
    const client = terminal(['--headless', '--source', path])
    expect(await client.code).toBe(2)
    expect(client.said).toMatch(/broken\.ivf is broken: the header of the IVF file makes no sense\.\n$/)
  })

  test('Ctrl-C ends it even while it waits for what is to come through a pipe', async () => {
    const client = terminal(['--headless', '--source', '-'])
    client.interrupt()
    expect(await client.code).toBe(0)
    expect(client.news).toEqual([])
  })

  test('a file that is no video', async () => {
    const path = join(folder, 'notes.webm')
    await writeFile(path, 'To buy: milk, bread, and a webcam.')
    const client = terminal(['--headless', '--source', path])
    expect(await client.code).toBe(2)
    expect(client.said).toMatch(/notes\.webm is no video: WebM, .* is due\.\n$/)
  })
})

describe('at the server,', () => {
  test('one that is not there is told of, and ends it', async () => {
    const client = terminal(['--headless', '--server', '127.0.0.1', '--port', await nobodysPort()])
    expect(await client.code).toBe(3)
    expect(client.all('problem')).toMatchObject([{ code: 'unreachable' }])
  })

  test('one that does not answer is given up when it is told to sign out', async () => {
    const silent = createServer(() => {})
    const port = String(await listening(silent))
    const client = terminal(['--headless', '--server', '127.0.0.1', '--port', port])
    await client.hears('signing-in')
    client.do({ do: 'sign-out' })
    expect(await client.code).toBe(0)
    silent.close()
  })

  test('one that is not there yet is tried again, and it says when', async () => {
    const port = await nobodysPort()
    await using client = terminal(['--headless', '--autoconnect', '--server', '127.0.0.1', '--port', port])
    expect(await client.hears('waiting')).toMatchObject({ seconds: 1, attempt: 2 })
    await using server = await serve({ port: Number(port) })
    expect(server.url).toContain(port)
    await client.hears('signed-in')
  })

  test('a name that is taken is another, and both are told', async () => {
    await using server = await serve({ port: 0 })
    await using first = at(server, 'ada')
    await first.hears('signed-in')
    await using second = at(server, 'ada')
    const { name, asked } = await second.hears('signed-in')
    expect(asked).toBe('ada')
    expect(name).not.toBe('ada')
  })

  test('whoever is not here is not called, and the exit code says so', async () => {
    await using server = await serve({ port: 0 })
    const client = at(server, 'ada', 'bob')
    expect(await client.code).toBe(5)
    expect(client.all('problem')).toMatchObject([{ code: 'unknown-peer' }])
  })

  test('whoever leaves in a call ends it with "left"', async () => {
    await using server = await serve({ port: 0 })
    await using bob = at(server, 'bob', '--auto-answer', '--protocol', 'peerconnection')
    await bob.hears('signed-in')
    const ada = at(server, 'ada', 'bob')
    await ada.mediaArrives()
    bob.do({ do: 'sign-out' })
    const code = await ada.code
    expect([0, 15]).toContain(code)
    expect(ada.last('ended')?.reason).toBe(code === 0 ? 'hung-up' : 'left')
  })

  test('a second caller hears that the first is being talked to', async () => {
    await using server = await serve({ port: 0 })
    await using bob = at(server, 'bob', '--auto-answer')
    await bob.hears('signed-in')
    await using ada = at(server, 'ada', 'bob')
    await ada.mediaArrives()
    const cyd = at(server, 'cyd', 'bob')
    expect(await cyd.code).toBe(11)
    expect(ada.last('ended')).toBeUndefined()
  })
})

describe('in a call,', () => {
  test('a second call is not made, and it says so', async () => {
    await using server = await serve({ port: 0 })
    await using bob = at(server, 'bob', '--auto-answer')
    await using cyd = at(server, 'cyd')
    await Promise.all([bob.hears('signed-in'), cyd.hears('signed-in')])
    await using ada = at(server, 'ada', 'bob')
    await ada.hears('phase', ({ phase }) => phase === 'connected')
    ada.do({ do: 'call', peer: await ada.sees('cyd') })
    expect(await ada.hears('problem')).toEqual({
      event: 'problem',
      code: 'not-called',
      message: 'We only support connecting to one peer at a time'
    })
    expect(cyd.last('call')).toBeUndefined()
  })

  test('a codec that the other side does not take is told of, and ends it', async () => {
    const path = join(folder, 'film.mp4')
    await writeFilm(path)
    await using server = await serve({ port: 0 })
    await using bob = at(server, 'bob', '--auto-answer', '--codecs', 'VP8')
    await bob.hears('signed-in')
    const ada = at(server, 'ada', 'bob', '--source', path)
    expect(await ada.code).toBe(2)
    expect(ada.last('problem')).toMatchObject({
      code: 'unsupported-codec',
      message: 'bob takes no pictures in H264, so they are not sent.'
    })
  })

  test('what is no command is told of, and the rest is obeyed', async () => {
    await using server = await serve({ port: 0 })
    const ada = at(server, 'ada')
    await ada.hears('signed-in')
    for (const line of [
      'hello',
      '{}',
      '{"do":"dance"}',
      '{"do":"call"}',
      '[1,2',
      'null',
      '{"do":"say","text":7}'
    ])
      ada.write(`${line}\n`)
    ada.do({ do: 'call', peer: 'nobody' })
    ada.do({ do: 'hang-up' })
    ada.do({ do: 'accept' })
    ada.do({ do: 'quit' })
    expect(await ada.code).toBe(0)
    const codes = ada.all('problem').map(({ code }) => code)
    expect(codes).toEqual([...Array.from({ length: 7 }, () => 'bad-command'), 'unknown-peer'])
  })
})
