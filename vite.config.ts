import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('viewer'),
  plugins: [react(), tailwindcss()],
  resolve: { alias: { '@viewer': here('viewer') } },
  build: { outDir: here('dist/viewer'), emptyOutDir: true, target: 'es2022', sourcemap: true },
  worker: { format: 'es' },
  test: {
    root: here('.'),
    projects: [
      { extends: true, test: { name: 'unit', include: ['gateway/**/*.test.ts', 'storage/**/*.test.ts', 'viewer/**/*.test.{ts,tsx}'] } },
      {
        extends: true,
        test: {
          name: 'real',
          include: ['test/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          // Real servers and a real browser on two cores: one file at a time.
          fileParallelism: false,
        },
      },
    ],
  },
});
