/** The SDK as a program in Node has it, with no more than `import { connect } from 'patchcord'`. */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { serve } from '../../src/server/serve.ts'
import { projectWithSdk } from '../support/project.ts'

const program = `
import { connect } from 'patchcord'
class Nothing extends EventTarget {}
const rtc = { RTCPeerConnection: Nothing, MediaStream: Nothing }
const [ada, bob] = [await connect(process.argv[2], { name: 'ada', rtc }), await connect(process.argv[2], { name: 'bob', rtc })]
bob.addEventListener('text', ({ detail }) => {
  console.log(detail.from.name, detail.text)
  ada.close()
  bob.close()
})
ada.sendText('hello from Node', bob.self.id)
`

test('a program in Node signs in and talks, and ends when its lines are closed', async () => {
  await using server = await serve({ port: 0 })
  await using folder = await projectWithSdk()
  const file = join(folder.path, 'program.js')
  await writeFile(file, program)
  const { stdout } = await promisify(execFile)(process.execPath, [file, server.url], { timeout: 20_000 })
  expect(stdout).toBe('ada hello from Node\n')
})

test('a page gets nothing of what is only for Node', async () => {
  await using folder = await projectWithSdk()
  const bundled = await build({
    stdin: { contents: "import { connect } from 'patchcord'; connect()", resolveDir: folder.path },
    bundle: true,
    platform: 'browser',
    write: false,
    metafile: true
  })
  const inputs = Object.keys(bundled.metafile.inputs).filter((input) => input.includes('patchcord/'))
  expect(inputs.map((input) => input.split('patchcord/').at(-1))).toEqual(['dist/client/index.js'])
})
