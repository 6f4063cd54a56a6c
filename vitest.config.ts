import { defineConfig } from 'vitest/config';

// Tests start Daylight with the Node they run on, so an older one would fail in confusing ways.
if (Number.parseInt(process.versions.node, 10) < 24) {
  throw new Error(
    `tests need Node 24, this is ${process.versions.node}: use "npm test" or "npx vitest", which run the pinned one`,
  );
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Files run in processes of their own: tests start servers, workers and a database engine, and some change process.env.
    pool: 'forks',
    // End-to-end files each bring up an appliance; more than two at a time would measure the machine, not Daylight.
    maxWorkers: 2,
    // Waits inside the tests have bounds of their own and say what they waited for; this one only ends what hangs.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    retry: 0,
  },
});
