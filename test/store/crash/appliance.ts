// The main process for the crash test: `node appliance.ts <data folder>`. Runs the engine and the drain as an appliance
// does. Prints `engine PID` whenever the engine answers, and `idle` after a line on stdin once the spool is empty; ends
// in order when stdin ends.

import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connectStore } from '../../../src/store/connect.ts';
import { startDrain } from '../../../src/store/drain.ts';
import { startEmbedded } from '../../../src/store/embedded.ts';
import { migrate } from '../../../src/store/migrate.ts';

const dataDir = process.argv[2] ?? '';
const say = (_: unknown, message?: string) => console.error(message);
const engine = await startEmbedded({
  dataDir,
  log: { debug() {}, info() {}, warn: say, error: say },
  onRestart: () => console.log(`engine ${engine.enginePid()}`),
});
await engine.ready;
const store = connectStore(engine);
await migrate(store.writer, { database: engine.database });
const drain = startDrain({
  dir: join(dataDir, 'spool'),
  client: store.writer,
  database: engine.database,
  scanMs: 50,
  onTrouble: ({ message }) => console.error(message),
});
console.log(`engine ${engine.enginePid()}`);

const lines = createInterface({ input: process.stdin });
lines.on('line', async () => {
  await drain.idle();
  console.log('idle');
});
lines.on('close', async () => {
  await drain.stop();
  await store.close();
  await engine.stop();
});
