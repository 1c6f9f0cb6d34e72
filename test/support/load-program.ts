/** `patchcord load` as a process of its own, as the command runs it. */
import { runLoad } from '../../src/terminal/load/load.ts'

const { stdin, stdout, stderr, env: environment } = process
const control = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => control.abort())
const code = await runLoad(process.argv.slice(2), {
  stdin,
  stdout,
  stderr,
  environment,
  interrupted: control.signal
})
stdout.write('', () => process.exit(code))
