/** Builds the web app: `src/app` to `dist/app`, served by the server at `/` and `/l/NAME`. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: here('src/app'),
  cacheDir: here('.cache/vite'),
  // Absolute, since the same page is served at `/` and at `/l/NAME`.
  base: '/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: here('dist/app'),
    emptyOutDir: true,
    // Nothing inline: the page runs under a policy that allows only what this server sends.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The first versions with `light-dark()`, so that nothing is rewritten for older ones.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5']
  },
  server: { proxy: { '/ws': { target: 'ws://localhost:8888', ws: true } } }
})
