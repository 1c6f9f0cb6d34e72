import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'src/**/*.test.tsx', 'test/**/*.test.ts'],
    testTimeout: 15_000,
    coverage: {
      provider: 'v8',
      include: ['src/core/**', 'src/dialects/**', 'src/media/**', 'src/stun/**', 'src/turn/**'],
      exclude: ['**/*.test.ts'],
      thresholds: { branches: 100 }
    }
  }
})
