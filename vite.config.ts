import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Far above what a loaded machine needs: reaching it is a failure. A beginning has room for three attempts at an S3 server. */
const UNHURRIED = { testTimeout: 120_000, hookTimeout: 300_000 };
/** One file at a time: breaches that are planted in the tree itself, and what must happen within a second. */
const ALONE = ['architecture/**/*', 'e2e/blank'].map((name) => `test/${name}.test.ts`);

/** Files that take minutes: begun last, one of them would leave a processor with nothing to do at the end. */
const LONG = [
  'e2e/pages',
  'integration/commands',
  'integration/backup-drill',
  'integration/crash-ingest',
  'integration/hostile',
  'integration/looks/garbage-collection',
  'e2e/touch/raised',
  'conformance/shared-data',
].map((name) => here(`test/${name}.test.ts`));

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const order = ({ project, moduleId }: TestSpecification) => project.config.sequence.groupOrder * 2 + (LONG.includes(moduleId) ? 0 : 1);
    return (await super.sort(files)).sort((a, b) => order(a) - order(b));
  }
}

export default defineConfig({
  root: here('viewer'),
  plugins: [react(), tailwindcss()],
  resolve: {
    alias: {
      '@viewer': here('viewer'),
      // vtk.js reads XML through xmlbuilder2, which needs Node's `events` and stops the page at start. We read no XML.
      xmlbuilder2: here('viewer/imaging/no-xml.ts'),
      // It writes <style> elements, which our Content-Security-Policy refuses; the page itself never scrolls, so nothing is to be locked.
      'react-remove-scroll': here('viewer/design/remove-scroll.tsx'),
    },
  },
  build: {
    outDir: here('dist/viewer'),
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: true,
    // A file inlined as data: would need a wider policy.
    assetsInlineLimit: 0,
    // The imaging chunk is known to be large and is loaded only on the study page.
    chunkSizeWarningLimit: 4000,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // What every page needs comes in two files, preloaded together: libraries, which stay the same from one version to the next, and ours.
        codeSplitting: {
          groups: [
            { name: 'libraries', tags: ['$initial'], test: /node_modules/, priority: 2 },
            { name: 'start', tags: ['$initial'], priority: 1 },
          ],
        },
      },
    },
  },
  worker: { format: 'es' },
  optimizeDeps: {
    // `vite dev` only: the codecs are CommonJS, and are found in a worker.
    include: [
      '@cornerstonejs/codec-charls/decodewasmjs',
      '@cornerstonejs/codec-libjxl/decodewasmjs',
      '@cornerstonejs/codec-openjpeg/decodewasmjs',
      '@cornerstonejs/codec-openjph/wasmjs',
    ],
  },
  server: {
    proxy: { '/api': 'http://127.0.0.1:8080', '/dicom-web': 'http://127.0.0.1:8080' },
  },
  test: {
    root: here('.'),
    sequence: { sequencer: LongFirst },
    reporters: ['default', here('test/closing-line.ts')],
    globalSetup: here('test/fixtures/servers/folder-of-the-run.ts'),
    // How long something may take to come about: far above what a loaded machine needs, so that reaching it is a failure and not a slow machine.
    expect: { poll: { timeout: 30_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          testTimeout: 60_000,
          include: ['gateway/**/*.test.ts', 'storage/**/*.test.ts', 'viewer/**/*.test.{ts,tsx}'],
          sequence: { groupOrder: 1 },
        },
      },
      // Real servers, and browsers beside them, which wait for disks, processes and one another: two files at a time leave a fifth of two cores idle.
      {
        extends: true,
        test: {
          name: 'real',
          include: ['test/**/*.test.ts'],
          exclude: ALONE,
          ...UNHURRIED,
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: ALONE,
          ...UNHURRIED,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
