import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import * as sdk from './index.ts'
import * as sdkForNode from './node.ts'

/** What a page loads for the SDK, compressed: no more than it is now. 15,000 is where it should be. */
const budgetBytes = 21_000

test('the SDK is one function and one error', () => {
  expect(Object.keys(sdk).toSorted()).toEqual(['CallError', 'connect'])
  expect(Object.keys(sdkForNode).toSorted()).toEqual(['CallError', 'connect'])
})

test('the SDK stays within its byte budget', async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('index.ts', import.meta.url))],
    bundle: true,
    minify: true,
    format: 'esm',
    write: false
  })
  const [bundle] = outputFiles
  expect(gzipSync(bundle?.contents ?? '', { level: 9 }).length).toBeLessThan(budgetBytes)
})
