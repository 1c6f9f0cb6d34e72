/** The example for Node as it is, in a project that has the package installed. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { serve } from '../../src/server/serve.ts'
import { eventually } from '../support/eventually.ts'
import { projectWithSdk } from '../support/project.ts'
import { terminal } from '../support/terminal.ts'

const example = fileURLToPath(new URL('../../examples/node/echo.js', import.meta.url))

test('a peer in Node answers, sends back what it gets, and is told of the end', async () => {
  await using server = await serve({ port: 0 })
  await using project = await projectWithSdk()
  const file = join(project.path, 'echo.js')
  await copyFile(example, file)
  const echo = spawn(process.execPath, [file, server.url, 'Parrot'])
  let said = ''
  for (const stream of [echo.stdout, echo.stderr]) stream.on('data', (data) => (said += String(data)))
  await eventually(() => said).toContain('I am Parrot: call me.')

  const where = ['--server', '127.0.0.1', '--port', new URL(server.url).port, '--name', 'ada']
  await using ada = terminal(['Parrot', '--headless', '--stats', '1', '--size', '160x120', ...where])
  await ada.mediaArrives()
  ada.do({ do: 'hang-up' })
  expect(await ada.code).toBe(0)
  await eventually(() => said).toContain('ada: hung-up')
  echo.kill()
  await once(echo, 'close')
})
