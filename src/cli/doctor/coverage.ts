// What `daylight doctor` finds in the counts of the last day: programs that refuse the certificate of Daylight. One that trusts the CA
// nowhere is a problem: it does not work, or does not go through Daylight any more.

import type { Config } from '../../config.ts';
import { EVERYTHING } from '../../engine/filter/tree.ts';
import { openStore } from '../../store/connect.ts';
import { createReports } from '../../store/reports/reports.ts';
import type { Finding } from './finding.ts';

const DAY = 86_400_000;
/** Named one by one. */
const MOST = 5;

export async function coverage(config: Config, running: boolean): Promise<Finding> {
  const check = 'coverage';
  if (!running) return { check, state: 'ok', detail: 'not looked at: no appliance is running' };
  const store = openStore(config);
  try {
    const now = Date.now();
    const { applications, failing } = await createReports(() => store.reader).coverage({
      from: now - DAY,
      to: now,
      filter: EVERYTHING,
    });
    const names = (pairs: typeof failing): string =>
      [...new Set(pairs.map(({ application, ja4, host }) => `${application || `JA4 ${ja4}`} at ${host}`))]
        .slice(0, MOST)
        .join(', ');
    const untrusting = failing.filter(({ trustsElsewhere }) => !trustsElsewhere);
    if (untrusting.length > 0)
      return {
        ...{ check, state: 'problem', detail: `in the last day, programs did not trust the CA: ${names(untrusting)}` },
        fix: 'set them up (docs/start/clients.md); the page Coverage says who uses them',
      };
    if (failing.length > 0)
      return {
        ...{ check, state: 'warning', detail: `in the last day, programs pinned certificates: ${names(failing)}` },
        fix: 'daylight passthrough add HOST --reason --owner --until, if they have to work',
      };
    const covered = applications.filter((each) => each.covered > 0).length;
    return { check, state: 'ok', detail: `${covered} kinds of programs came through in the last day, none was refused` };
  } finally {
    await store.close();
  }
}
