import { defineConfig } from 'vitest/config';

// Tests start Daylight with the Node they run on, so an older one would fail in confusing ways.
if (Number.parseInt(process.versions.node, 10) < 24) {
  throw new Error(
    `tests need Node 24, this is ${process.versions.node}: use "npm test" or "npx vitest", which run the pinned one`,
  );
}

// These start programs, take ports or change the environment: each file gets a process of its own.
const APART = ['test/e2e/**/*.test.ts', 'test/cli/**/*.test.ts', 'test/backup/**/*.test.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    // End-to-end files each bring up an appliance; more than two at a time would measure the machine, not Daylight.
    maxWorkers: 2,
    // Waits inside the tests have bounds of their own and say what they waited for; this one only ends what hangs.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    retry: 0,
    projects: [
      { extends: true, test: { name: 'apart', include: APART } },
      { extends: true, test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: APART, isolate: false } },
    ],
  },
});
