import { once } from 'node:events'
import { type Socket, createServer } from 'node:net'
import { expect, test, vi } from 'vitest'
import { listening } from '../../../test/support/listening.ts'
import { requestTo } from './request.ts'

const answer = (body: string, ...headers: readonly string[]): string =>
  [
    'HTTP/1.1 200 OK',
    'Connection: close',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
    '',
    body
  ].join('\r\n')

/** As libwebrtc's: it answers, and leaves it to its client to close. */
const server = async (reply: string) => {
  const heard: string[] = []
  const sockets: Socket[] = []
  const ends: Promise<unknown>[] = []
  const listener = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket)
    ends.push(once(socket, 'end'))
    socket.on('error', () => {})
    let text = ''
    socket.on('data', (data) => {
      text += data.toString('latin1')
      if (!text.includes('\r\n\r\n')) return
      heard.push(text)
      socket.write(reply)
    })
  })
  const port = await listening(listener)
  return {
    url: `http://127.0.0.1:${port}`,
    heard,
    ends,
    [Symbol.dispose]() {
      for (const socket of sockets) socket.destroy()
      listener.close()
    }
  }
}

const { signal } = new AbortController()

test('each request has a connection of its own, which its client closes', async () => {
  using stock = await server(answer('ada,1,1\n', 'Pragma: 1'))
  const request = requestTo(stock.url)
  expect(await request({ path: '/sign_in?ada', signal })).toEqual({
    status: 200,
    pragma: 1,
    body: 'ada,1,1\n'
  })
  await request({ path: '/wait?peer_id=1', signal })
  expect(stock.heard.map((text) => text.split('\r\n', 1)[0])).toEqual([
    'GET /sign_in?ada HTTP/1.1',
    'GET /wait?peer_id=1 HTTP/1.1'
  ])
  expect(stock.ends).toHaveLength(2)
  await Promise.all(stock.ends)
})

test('what is posted has the headers that the original server looks for, in its spelling', async () => {
  using stock = await server(answer(''))
  const request = requestTo(stock.url)
  expect(await request({ path: '/message?peer_id=1&to=2', body: 'ö', signal })).toMatchObject({
    pragma: null
  })
  const [text = ''] = stock.heard
  expect(text).toMatch(/^POST \/message\?peer_id=1&to=2 HTTP\/1.1\r\n/)
  expect(text).toContain('\r\nContent-Length: 2\r\n')
  expect(text).toContain('\r\nContent-Type: text/plain\r\n')
  expect(text).not.toContain('chunked')
})

test('a name is sent as it is', async () => {
  using stock = await server(answer(''))
  await requestTo(`${stock.url}/deep`)({ path: '/sign_in?에이다', signal })
  expect(Buffer.from(stock.heard[0] ?? '', 'latin1').toString()).toContain('GET /deep/sign_in?에이다 HTTP')
})

test('a header that is no number, an answer that is none, and a server that is not there', async () => {
  using strange = await server(answer('', 'Pragma: no-cache'))
  expect(await requestTo(strange.url)({ path: '/wait', signal })).toMatchObject({ pragma: null })
  using large = await server(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(4 * 1024 * 1024 + 1)}`)
  await expect(requestTo(large.url)({ path: '/wait', signal })).rejects.toThrow('too large')
  await expect(requestTo('http://127.0.0.1:1')({ path: '/wait', signal })).rejects.toThrow('ECONNREFUSED')
  await expect(requestTo('https://127.0.0.1:1')({ path: '/wait', signal })).rejects.toThrow('ECONNREFUSED')
})

test('a request can be given up', async () => {
  using silent = await server('')
  const control = new AbortController()
  const request = requestTo(silent.url)({ path: '/wait', signal: control.signal })
  control.abort()
  await expect(request).rejects.toThrow('abort')
})

test('in a page it is the page’s own', async () => {
  using stock = await server(answer('BYE', 'Pragma: 2'))
  vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined)
  const request = requestTo(stock.url)
  vi.restoreAllMocks()
  expect(await request({ path: '/wait?peer_id=1', signal })).toEqual({ status: 200, pragma: 2, body: 'BYE' })
  await request({ path: '/message?peer_id=1&to=2', body: 'BYE', signal, outlivesPage: true })
  expect(stock.heard[1]).toMatch(/content-type: text\/plain\r\n/i)
})
