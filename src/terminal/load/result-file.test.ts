import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LoadError } from './options.ts'
import { refusal, resultFile } from './result-file.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'patchcord-load-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const sentenceOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof LoadError) return error.message
    throw error
  }
  return 'nothing'
}

test('it is there when it is written, and nothing is before', () => {
  const path = join(folder, 'out.json')
  const write = resultFile(path)
  expect(readdirSync(folder)).toEqual([])
  write('{}\n')
  expect(readdirSync(folder)).toEqual(['out.json'])
  expect(readFileSync(path, 'utf8')).toBe('{}\n')
})

test('what was there stays until then', () => {
  const path = join(folder, 'out.json')
  writeFileSync(path, 'old')
  const write = resultFile(path)
  expect(readFileSync(path, 'utf8')).toBe('old')
  write('new')
  expect(readFileSync(path, 'utf8')).toBe('new')
})

test('a link leads to the file, and stays one', () => {
  writeFileSync(join(folder, 'real.json'), 'old')
  symlinkSync('real.json', join(folder, 'link.json'))
  resultFile(join(folder, 'link.json'))('new')
  expect(readFileSync(join(folder, 'real.json'), 'utf8')).toBe('new')
  expect(readdirSync(folder)).toEqual(['link.json', 'real.json'])
})

test('one sentence says before the run why it cannot be written', () => {
  mkdirSync(join(folder, 'sub'))
  writeFileSync(join(folder, 'file'), '')
  expect(sentenceOf(() => resultFile(join(folder, 'sub')))).toBe(`--json: ${join(folder, 'sub')} is no file.`)
  expect(sentenceOf(() => resultFile('/dev/null'))).toBe('--json: /dev/null is no file.')
  expect(sentenceOf(() => resultFile(join(folder, 'none', 'out.json')))).toBe(
    `--json: there is no folder ${join(folder, 'none')}.`
  )
  expect(sentenceOf(() => resultFile(join(folder, 'file', 'out.json')))).toBe(
    `--json: ${join(folder, 'file')} is no folder.`
  )
})

test.each([
  ['ENOENT', 'there is no folder there'],
  ['EACCES', 'in there nothing can be written by this user'],
  ['EROFS', 'in there nothing can be written'],
  ['ENOSPC', 'there is no space left'],
  ['EIO', 'i/o error']
])('%s is told in words', (code, words) => {
  const { message } = refusal('there/out.json', Object.assign(new Error('i/o error'), { code }))
  expect(message).toBe(`--json: ${words}.`)
})

test('a folder that has gone during the run leaves no half of a file', () => {
  const sub = join(folder, 'sub')
  mkdirSync(sub)
  const write = resultFile(join(sub, 'out.json'))
  rmSync(sub, { recursive: true })
  expect(sentenceOf(() => write('{}'))).toBe(`--json: there is no folder ${sub}.`)
  expect(readdirSync(folder)).toEqual([])
})
