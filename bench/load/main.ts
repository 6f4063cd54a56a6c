// The load process: runs one job at a time for the bench and reports what it cost the process under test.
//
// It reads the CPU clocks of that process itself, right before the first and after the last measured request.

import { connectsLoad, firstConnectsLoad } from './connects.ts';
import { downloadLoad, stallLoad } from './downloads.ts';
import { eventsLoad } from './events.ts';
import type { Job, Report } from './jobs.ts';
import { pacedLoad } from './paced.ts';
import { requestsLoad } from './requests.ts';

function run(job: Job): Promise<Report> {
  switch (job.kind) {
    case 'requests':
    case 'absolute':
      return requestsLoad(job);
    case 'paced':
      return pacedLoad(job);
    case 'connects':
      return connectsLoad(job);
    case 'first-connects':
      return firstConnectsLoad(job);
    case 'events':
      return eventsLoad(job);
    case 'download':
      return downloadLoad(job);
    case 'stall':
      return stallLoad(job);
  }
}

process.on('message', async (job: Job) => {
  try {
    process.send?.({ report: await run(job) });
  } catch (error) {
    process.send?.({ error: error instanceof Error ? error.message : String(error) });
  }
});
process.on('disconnect', () => process.exit(0));
