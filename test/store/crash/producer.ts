// A worker for the crash test: `node producer.ts <spool folder>`. Appends events for as long as it lives and prints the id of
// each one after the spool acknowledged it. SIGTERM ends it in order.

import { writeSync } from 'node:fs';
import { processIdentity } from '../../../src/store/process-identity.ts';
import { openSpool } from '../../../src/store/spool.ts';
import { auditEvent, benignEvent, flowEvent, uuid7 } from '../sample-event.ts';

const dir = process.argv[2] ?? '';
const spool = openSpool({
  dir,
  writer: processIdentity('worker'),
  sealMs: 150,
  sealRows: 400,
  onError: (error) => console.error(error.message),
});
let ending = false;
process.once('SIGTERM', () => {
  ending = true;
});

while (!ending) {
  const ids: string[] = [];
  for (let index = 0; index < 20; index++) {
    const event_id = uuid7();
    ids.push(event_id);
    // Two days in one segment: ClickHouse stores them as two parts, and may die between them.
    const ts = Date.now() - (index % 2) * 86_400_000;
    if (index === 0) spool.append(auditEvent({ event_id }));
    else if (index % 3 === 0) spool.append(benignEvent({ event_id, ts }));
    else spool.append(flowEvent({ event_id, ts }));
  }
  await spool.flush();
  report(`${ids.join('\n')}\n`);
  await new Promise((resolve) => setTimeout(resolve, 25));
}
await spool.close();

/** At once and whole: a report that waits in this process dies with it. */
function report(text: string): void {
  const data = Buffer.from(text);
  for (let sent = 0; sent < data.length; ) {
    try {
      sent += writeSync(1, data, sent);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}
