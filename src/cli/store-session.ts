// The store for one command: that of the running appliance, else the embedded engine started for as long as the command
// takes, else the ClickHouse server of the configuration.

import type { Config } from '../config.ts';
import { DaylightError } from '../errors.ts';
import { createLog } from '../log.ts';
import { connectStore, openStore, type Store } from '../store/connect.ts';
import { startEmbedded } from '../store/embedded.ts';
import { migrate } from '../store/migrate.ts';

/** Runs `use` with a store, and ends what was started for it. */
export async function withStore<T>(config: Config, use: (store: Store) => Promise<T>): Promise<T> {
  const { store, end } = await open(config);
  try {
    return await use(store);
  } finally {
    await store.close();
    await end();
  }
}

async function open(config: Config): Promise<{ store: Store; end: () => Promise<void> }> {
  try {
    return { store: openStore(config), end: async () => {} };
  } catch (error) {
    if (!(error instanceof DaylightError) || error.code !== 'ERR_NOT_RUNNING') throw error;
  }
  const engine = await startEmbedded({ dataDir: config.data, log: createLog('error') });
  try {
    await engine.ready;
    const store = connectStore(engine);
    await migrate(store.writer, { database: store.database });
    return { store, end: () => engine.stop() };
  } catch (error) {
    await engine.stop();
    throw error;
  }
}
