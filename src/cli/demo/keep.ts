// `daylight demo --keep`: what the demo caught stays, beside four weeks of sample data, and the console is open until Ctrl-C. Real clients go
// on meanwhile, so that the live feed has something to show.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SnapshotSource } from '../../engine/snapshot.ts';
import { DaylightError } from '../../errors.ts';
import type { DemoAppliance } from './appliance.ts';
import { recordSample, SAMPLE_SENSOR } from './sample/record.ts';
import type { Teller } from './teller.ts';

interface KeepOptions {
  appliance: DemoAppliance;
  /** Rules and policy by which the sample data is judged. */
  source: SnapshotSource;
  /** Epoch milliseconds; the end of the sample data. */
  begun: number;
  tell: Teller;
  stop: AbortSignal;
  /** Lets a real client talk through the proxy. */
  useSome(turn: number): Promise<void>;
}

/** Milliseconds between two clients. */
const PAUSE_MS = 5_000;
const STORE_MS = 60_000;

/** Returns when the person has seen enough. */
export async function keepOpen({ appliance, source, begun, tell, stop, useSome }: KeepOptions): Promise<void> {
  tell.step('Sample data: four weeks of a company that does not exist, judged by the same engine');
  const count = await recordSample(appliance.config, source, begun);
  await untilDrained(appliance, stop);
  tell.fact('exchanges', `${count}, all of them made up: their appliance is called "${SAMPLE_SENSOR}"`);

  tell.step('The console is open');
  tell.fact('sign in', readFileSync(join(appliance.config.data, 'admin-invite'), 'utf8').trim());
  tell.fact('range', 'choose "Last 14 days" at the top; what was caught here is the traffic of 127.0.0.1');
  tell.fact('live', 'a real client asks every few seconds: see Activity, Live');
  tell.note('Ctrl-C ends everything and removes it.');
  try {
    for (let turn = 0; ; turn++) {
      await useSome(turn);
      await sleep(PAUSE_MS, undefined, { signal: stop });
    }
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}

async function untilDrained({ console, logTail }: DemoAppliance, stop: AbortSignal): Promise<void> {
  const giveUp = Date.now() + STORE_MS;
  // New segments are noticed a moment after they are written: nothing pending means little if it is said once.
  for (let calm = 0; calm < 3; ) {
    const { store } = (await (await fetch(`${console}/readyz`, { signal: stop })).json()) as {
      store: { ready: boolean; drain: { pendingSegments: number } };
    };
    calm = store.ready && store.drain.pendingSegments === 0 ? calm + 1 : 0;
    if (Date.now() > giveUp) throw new DaylightError('ERR_STORE', `the sample data does not arrive in ClickHouse:\n${logTail()}`);
    await sleep(300, undefined, { signal: stop });
  }
}
