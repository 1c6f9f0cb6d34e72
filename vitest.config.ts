import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'src/**/*.test.tsx', 'test/**/*.test.ts'],
    // On a busy machine everything takes several times as long, and is as right.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 10_000 } },
    coverage: {
      provider: 'v8',
      include: ['src/core/**', 'src/dialects/**', 'src/media/**', 'src/stun/**', 'src/turn/**'],
      exclude: ['**/*.test.ts'],
      thresholds: { branches: 100 }
    }
  }
})
