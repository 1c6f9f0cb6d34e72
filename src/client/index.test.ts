import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { sdk as settings } from '../../scripts/lib/bundle.js'
import * as sdk from './index.ts'
import * as sdkForNode from './node.ts'

/** What a page loads for the SDK, compressed: no more than it is now. 15,000 is where it should be. */
const budgetBytes = 19_090

test('the SDK is one function and one error', () => {
  expect(Object.keys(sdk).toSorted()).toEqual(['CallError', 'connect'])
  expect(Object.keys(sdkForNode).toSorted()).toEqual(['CallError', 'connect'])
})

test('the SDK stays within its byte budget', async () => {
  const absWorkingDir = fileURLToPath(new URL('../..', import.meta.url))
  const { outputFiles } = await build({ ...settings, absWorkingDir, sourcemap: false, write: false })
  const [file, ...others] = outputFiles
  expect(others).toEqual([])
  expect(gzipSync(file?.contents ?? '', { level: 9 }).length).toBeLessThan(budgetBytes)
})
