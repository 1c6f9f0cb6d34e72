/** A film that the terminal client plays, as a page in Chromium receives it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { serve } from '../../src/server/serve.ts'
import { launchChromium } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import { writeFilm } from '../support/film.ts'
import { hangingGetPage } from '../support/kinds.ts'
import { connectionsClosed, received, watchMedia } from '../support/media.ts'
import { terminalProcess } from '../support/terminal.ts'

const pages = fileURLToPath(new URL('../pages', import.meta.url))
const pictures = 75
const framesPerSecond = 15

test.each(['native', 'peerconnection'])(
  'every picture of a film arrives over %s, and at its end the call is over',
  // A decoder that is kept from working for a moment goes on at the next key frame, but not in three films in a row.
  { retry: 2 },
  async (protocol) => {
    const folder = await mkdtemp(join(tmpdir(), 'patchcord-film-'))
    const film = join(folder, 'film.webm')
    await writeFilm(film, { pictures, framesPerSecond })
    await using browser = await launchChromium({ autoplay: true })
    await using server = await serve({ port: 0, static: pages })
    const page = await browser.newPage()
    await watchMedia(page)
    await page.goto(new URL(hangingGetPage.path, server.url).href)
    await hangingGetPage.use(page).signIn('bob')
    const where = ['--server', '127.0.0.1', '--port', new URL(server.url).port, '--protocol', protocol]
    await using ada = terminalProcess([
      'bob',
      '--headless',
      ...where,
      '--name',
      'ada',
      '--source',
      film,
      '--at-end',
      'stay'
    ])
    await ada.hears('source-ended')
    await eventually(async () => (await received(page)).framesDecoded).toBe(pictures)
    await eventually(async () => (await received(page)).audioPackets).toBeGreaterThan(
      pictures / framesPerSecond / 0.02 - 10
    )
    ada.do({ do: 'hang-up' })
    await connectionsClosed(page)
    expect(await ada.code).toBe(0)
    await rm(folder, { recursive: true })
  }
)
