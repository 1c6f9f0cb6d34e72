/** The repository is the same for whoever clones it: it names no machine and no mirror of its authors. */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const made = new Set(['.git', 'node_modules', 'dist', 'coverage', '.cache'])
const ownPath = /(?<![\w.~-])(?:\/(?:root|work|workspace|builds|home\/\w+|Users\/\w+)\/|[A-Z]:\\Users\\)\w/

const filesIn = async (folder: string): Promise<string[]> => {
  const entries = (await readdir(folder, { withFileTypes: true })).filter(({ name }) => !made.has(name))
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => join(folder, name))
  const folders = entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => filesIn(join(folder, name)))
  return [files, ...(await Promise.all(folders))].flat()
}

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>
  >
}

test('the lock file leaves it to npm where packages come from', async () => {
  const lock = await readFile(join(root, 'package-lock.json'), 'utf8')
  expect(lock).toContain('"integrity"')
  expect(lock).not.toContain('"resolved"')
})

// npm leaves out of it what it does not find, and later refuses to install because of what is left out.
test('the lock file lists the packages of every system, not only of the one that it was written on', async () => {
  const { packages }: Lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'))
  const needed = Object.values(packages).flatMap(({ optionalDependencies = {} }) =>
    Object.keys(optionalDependencies)
  )
  expect(needed).toContain('@esbuild/win32-x64')
  expect(needed.filter((name) => !(`node_modules/${name}` in packages))).toEqual([])
})

test.each(['see /home/ada/src', "'/Users/ada/src'", 'at file:///root/x.js', String.raw`C:\Users\Ada`])(
  'a path of one machine is known as such: %s',
  (text) => {
    expect(text).toMatch(ownPath)
  }
)

test('no file holds the marks of a merge that was not finished', async () => {
  const marks = /^(?:<{7}|>{7}) /m
  const files = await filesIn(root)
  const marked = await Promise.all(
    files.map(async (file) => (marks.test(await readFile(file, 'latin1')) ? [file] : []))
  )
  expect(files.length).toBeGreaterThan(10)
  expect(marked.flat()).toEqual([])
})

test('no file names a path of the machine that it was written on', async () => {
  const files = (await filesIn(root)).filter((file) => file !== import.meta.filename)
  const naming = await Promise.all(
    files.map(async (file) => (ownPath.test(await readFile(file, 'latin1')) ? [file] : []))
  )
  expect(files.length).toBeGreaterThan(10)
  expect(naming.flat()).toEqual([])
})
