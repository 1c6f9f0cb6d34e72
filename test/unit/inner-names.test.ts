/**
 * The names and words that the build of the SDK shortens. A name is shortened wherever it stands behind a dot, so it must
 * be nobody else's: not a browser's, not a wire's, not the app's. Nothing that is only read, as W3C's statistics
 * are, can be among them, for each has to be declared here. A word is shortened wherever it stands in quotes.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { innerNames, innerWords } from '../../scripts/lib/inner-names.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

const withoutComments = (code: string): string =>
  code.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '')

const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const source = (path: string): string => withoutComments(read(path))

const wordsIn = (text: string): readonly string[] => text.match(/[A-Za-z_$][\w$]*/g) ?? []

/** What is set as code in a page of the docs. */
const codeIn = (page: string): string => (page.match(/```[\s\S]*?```|`[^`\n]+`/g) ?? []).join('\n')

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => /^(core|dialects|client)\/.*(?<!\.test)\.ts$/.test(path))
  .map((path) => ({ path, code: source(`src/${path}`) }))

const all = sources.map(({ code }) => code).join('\n')

/** Everything that a browser's API, or the language, calls anything. */
const libraries = (): string => {
  const folder = join(root, 'node_modules/@typescript')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const declarations = files.filter((file) => /lib[\\/]lib\.(dom|es)[\w.]*\.d\.ts$/.test(file))
  expect(declarations.length).toBeGreaterThan(20)
  return declarations.map((file) => source(join('node_modules/@typescript', file))).join('\n')
}

/** The exported types of a module. */
const typesOf = (code: string): string =>
  (
    code.match(
      /^export (?:interface|type|class) [\s\S]*?(?=^(?:export|const|class|interface|type|function)\b)/gm
    ) ?? []
  ).join('\n')

const isMember = /^[ \t]+(?:readonly |static |async |get |declare )*/.source

test('each is declared as a member of something in the SDK', () => {
  for (const name of innerNames)
    expect(all, name).toMatch(new RegExp(`(?:${isMember}|[{;,] (?:readonly )?)${name}\\??(?:[(:<]| =)`, 'm'))
})

test('none is a word of a browser or of the language', () => {
  const words = new Set(
    [...libraries().matchAll(/(?<=[\s{;(]|^)([A-Za-z_$][\w$]*)\??[(:<]/gm)].map(([, name]) => name)
  )
  expect(innerNames.filter((name) => words.has(name))).toEqual([])
})

/** What an app, a wire or a reader of the docs sees. */
const surfaces = (): readonly string[] => [
  source('src/client/types.ts'),
  source('src/client/platform.ts'),
  source('src/core/signal.ts'),
  source('src/dialects/channel.ts'),
  ...[
    'client/files',
    'client/partner',
    'client/quality',
    'client/verification',
    'client/errors',
    'client/media'
  ].map((path) => typesOf(source(`src/${path}.ts`))),
  typesOf(source('src/core/verification.ts')),
  source('src/dialects/native-client.ts'),
  codeIn(read('docs/protocol.md')),
  codeIn(read('docs/sdk.md'))
]

test('none is in a type that an app sees, on a wire, or in what the docs call code', () => {
  const words = new Set(surfaces().flatMap(wordsIn))
  expect(innerNames.filter((name) => words.has(name))).toEqual([])
})

test('none stands in quotes anywhere, where it would not be shortened', () => {
  const quoted = new Set([...all.matchAll(/['"`]([\w$]+)['"`]/g)].map(([, name]) => name))
  expect(innerNames.filter((name) => quoted.has(name))).toEqual([])
})

const hyphenatedIn = (text: string): readonly string[] => text.match(/[a-z]+(?:-[a-z]+)*/gi) ?? []

test('each inner word is a word of a union in the SDK, in small letters', () => {
  const literals = new Set([...all.matchAll(/[|:<(] '([a-z]+(?:-[a-z]+)*)'/g)].map(([, word]) => word))
  expect(innerWords.filter((word) => !literals.has(word))).toEqual([])
  expect(new Set(innerWords).size).toBe(innerWords.length)
})

test('none is said to anybody else: to an app, over a wire, or to a browser', () => {
  const wires = sources.filter(({ path }) => /^dialects\/(?:native|channel|read)/.test(path))
  const heard = [...surfaces(), ...wires.map(({ code }) => code), libraries()]
  const words = new Set(heard.flatMap(hyphenatedIn))
  expect(innerWords.filter((word) => words.has(word))).toEqual([])
})
