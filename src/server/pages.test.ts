import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listening } from '../../test/support/listening.ts'
import { pages } from './pages.ts'

const parent = mkdtempSync(join(tmpdir(), 'patchcord-'))
const folder = join(parent, 'own')
mkdirSync(join(folder, '.git'), { recursive: true })
writeFileSync(join(parent, 'secret.txt'), 'a secret')
writeFileSync(join(folder, 'mine.txt'), '0123456789')
writeFileSync(join(folder, '.env'), 'a secret')
writeFileSync(join(folder, '.git', 'config'), 'a secret')
symlinkSync(join(parent, 'secret.txt'), join(folder, 'link.txt'))
symlinkSync(join(folder, 'mine.txt'), join(folder, 'own-link.txt'))
writeFileSync(join(folder, 'vanishing.txt'), 'soon gone')

const app = join(parent, 'app')
mkdirSync(app)
writeFileSync(join(app, 'index.html'), 'the app')

const sdk = join(parent, 'client')
mkdirSync(sdk)
writeFileSync(join(sdk, 'index.js'), 'export const connect = 1')

const page = pages(folder, app, sdk)
const server = createServer((request, response) => {
  if (request.url === '/vanishing.txt') {
    const setHeader = response.setHeader.bind(response)
    response.setHeader = (name, value) => {
      // After the look at the file, and before it is read.
      rmSync(join(folder, 'vanishing.txt'), { force: true })
      return setHeader(name, value)
    }
  }
  page(request, response)
})
let url = ''
beforeAll(async () => {
  url = `http://127.0.0.1:${await listening(server)}`
})
afterAll(() => {
  server.close()
  rmSync(parent, { recursive: true })
})

describe('a range', () => {
  test.each([
    ['bytes=5-2', 416],
    ['bytes=20-', 416],
    ['bytes=2-5', 206],
    ['nonsense', 200]
  ])('%s is answered with %d', async (range, status) => {
    const response = await fetch(`${url}/mine.txt`, { headers: { Range: range } })
    expect(response.status).toBe(status)
    if (status === 206) expect(await response.text()).toBe('2345')
  })
})

test('the SDK is served as one file, to the pages of any host', async () => {
  const response = await fetch(`${url}/patchcord.js`)
  expect(response.headers.get('content-type')).toMatch(/javascript/)
  expect(response.headers.get('access-control-allow-origin')).toBe('*')
  expect(await response.text()).toBe('export const connect = 1')
})

test('a file that vanishes before it is read is not found', async () => {
  expect((await fetch(`${url}/vanishing.txt`)).status).toBe(404)
  expect(await (await fetch(`${url}/mine.txt`)).text()).toBe('0123456789')
})

test.each(['/.env', '/.git/config', '/link.txt', '/../secret.txt', '/%2e%2e/secret.txt', '/%00', '/%'])(
  '%s is not shown',
  async (path) => {
    const response = await fetch(url + path)
    expect([400, 403, 404]).toContain(response.status)
    expect(await response.text()).not.toContain('secret')
  }
)

test('a link within the folder is followed', async () => {
  expect(await (await fetch(`${url}/own-link.txt`)).text()).toBe('0123456789')
})

test('the app is served with what its page may do', async () => {
  const response = await fetch(`${url}/l/main`)
  // Where it has not been built, this says so.
  expect(response.headers.has('content-security-policy') || response.status === 503).toBe(true)
})

test('a file is no folder of pages', () => {
  const file = join(folder, 'mine.txt')
  expect(() => pages(file)).toThrow(`--static: there is no folder ${file}.`)
})

test.each(['/', '/l/garden', '/l/garden/?x=1'])(
  'the app is at %s, and may load nothing from elsewhere',
  async (path) => {
    const response = await fetch(`${url}${path}`)
    expect(await response.text()).toBe('the app')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'")
  }
)

test('an app that has not been built is missed in a sentence', async () => {
  const bare = createServer(pages('', join(parent, 'nowhere')))
  const response = await fetch(`http://127.0.0.1:${await listening(bare)}/`)
  expect([response.status, await response.text()]).toEqual([503, expect.stringContaining('npm run build')])
  bare.close()
})
