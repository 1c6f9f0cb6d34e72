// @ts-check
/** What is built from what, and whether the build in `dist` is that of the sources at hand. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { innerNames, innerWords } from './inner-names.js'

/** The server alone. */
/** @type {import('esbuild').BuildOptions} */
export const server = {
  entryPoints: { cli: 'src/server/cli.ts', 'relay-worker': 'src/server/mmsg/relay-worker.ts' },
  outdir: 'dist/server',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  sourcemap: true,
  logLevel: 'warning'
}

/** The command with all its parts, each loaded when it is asked for; the server is where it is alone, too. */
/** @type {import('esbuild').BuildOptions} */
export const command = {
  ...server,
  entryPoints: {
    cli: 'src/cli.ts',
    'server/cli': 'src/server/cli.ts',
    'server/relay-worker': 'src/server/mmsg/relay-worker.ts',
    'terminal/call': 'src/terminal/call-cli.ts',
    'terminal/load': 'src/terminal/load/load.ts'
  },
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  splitting: true
}

/**
 * Words in quotes as the numbers that stand for them, in as much room, for the sake of source maps.
 *
 * @param {string} code
 * @param {readonly string[]} words
 */
const numbered = (code, words) =>
  code.replaceAll(/"([a-z-]+)"/g, (quoted, word) => {
    const at = words.indexOf(word)
    return at < 0 ? quoted : `"${at}"`.padEnd(quoted.length)
  })

/**
 * Makes what esbuild has made smaller still, source maps included, with numbers for these words.
 *
 * @param {readonly string[]} words
 * @returns {import('esbuild').Plugin}
 */
const terser = (words) => ({
  name: 'terser',
  setup(build) {
    const { write = true } = build.initialOptions
    build.initialOptions.write = false
    build.onEnd(async ({ outputFiles = [] }) => {
      const { minify } = await import('terser')
      for (const file of outputFiles) {
        if (!file.path.endsWith('.js')) continue
        const map = outputFiles.find(({ path }) => path === `${file.path}.map`)
        const minified = await minify(numbered(file.text, words), {
          module: true,
          ecma: 2022,
          compress: { passes: 3, lhs_constants: false },
          format: { ascii_only: true },
          ...(map && { sourceMap: { content: map.text, includeSources: true, url: basename(map.path) } })
        })
        file.contents = Buffer.from(minified.code ?? '')
        if (map && typeof minified.map === 'string') map.contents = Buffer.from(minified.map)
      }
      if (!write) return
      for (const { path, contents } of outputFiles) {
        mkdirSync(dirname(path), { recursive: true })
        writeFileSync(path, contents)
      }
    })
  }
})

/** Files without imports, so that a page can load them by their addresses. */
/** @type {import('esbuild').BuildOptions} */
const sdkFile = {
  outdir: 'dist/client',
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  minify: true,
  sourcemap: true,
  logLevel: 'warning'
}

/** @type {import('esbuild').BuildOptions} */
export const sdk = {
  ...sdkFile,
  entryPoints: { index: 'src/client/index.ts' },
  mangleProps: new RegExp(`^(?:${innerNames.join('|')})$`),
  plugins: [terser(innerWords)]
}

/** Only a room's client may look for Socket.IO when it is not given one. */
/** @type {import('esbuild').BuildOptions} */
export const sdkBeside = {
  ...sdkFile,
  entryPoints: {
    conductor: 'src/client/conductor.ts',
    mdn: 'src/client/foreign/mdn.ts',
    peerconnection: 'src/client/foreign/peerconnection.ts',
    rooms: 'src/client/foreign/rooms.ts'
  },
  external: ['socket.io-client'],
  plugins: [terser([])]
}

/** The same for Node, with what comes from packages left where it is. */
/** @type {import('esbuild').BuildOptions} */
export const sdkForNode = {
  ...server,
  entryPoints: {
    node: 'src/client/node.ts',
    werift: 'src/rtc/werift/index.ts',
    wrtc: 'src/rtc/wrtc/index.ts'
  },
  outdir: 'dist/client',
  // A track is of one class, whichever stack it is for.
  chunkNames: 'chunks/[name]-[hash]',
  splitting: true
}

/** Written by a build that has succeeded. */
export const stamp = 'dist/.fingerprint'

const inputs = [
  'src',
  'scripts/build.js',
  'scripts/lib/bundle.js',
  'scripts/lib/inner-names.js',
  'vite.config.ts',
  'tsconfig.base.json'
]
const settings = ['tsconfig.json', 'package.json', 'package-lock.json']

/**
 * The files at or below a path, tests left out, in the same order on every system.
 *
 * @param {string} path
 * @returns {string[]}
 */
const filesOf = (path) => {
  if (!existsSync(path)) return []
  if (!statSync(path).isDirectory()) return /\.test\.tsx?$/.test(path) ? [] : [path]
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesOf(join(path, name)))
}

/**
 * A hash of everything that goes into a build. Times of files would not do: they are those of the
 * checkout, and going back to an older commit makes its files look new.
 *
 * @param {string} folder
 */
export const fingerprint = (folder) => {
  const hash = createHash('sha256')
  for (const file of [...inputs, ...settings].flatMap((path) => filesOf(join(folder, path)))) {
    const content = readFileSync(file)
    hash.update(`${file.slice(folder.length)} ${content.length}\n`).update(content)
  }
  return hash.digest('hex')
}

/** @param {string} folder */
export const isBuilt = (folder) => {
  const file = join(folder, stamp)
  return existsSync(file) && readFileSync(file, 'utf8') === fingerprint(folder)
}
