// One event in several formats says the same.

import { expect, test } from 'vitest';
import { createFormat, type FormatName } from '../../../src/sinks/formats/format.ts';
import { flowEvent } from '../../store/sample-event.ts';
import { contentOf, READ } from './event-content.ts';
import { companyEvents } from './sample-events.ts';

const ORIGIN = { sensor: 'edge-1', version: '1.2.3', tenant: 'acme' };

test.for(Object.entries(READ))('%s', { timeout: 60_000 }, async ([name, read]) => {
  const format = createFormat(name as FormatName, ORIGIN);
  const flows = (await companyEvents()).filter((event) => event.kind === 'http_flow');
  const odd = flowEvent({
    url: 'https://mcp.example.com/mcp?a=1&b=2|3',
    user_id: 'CORP\\ann=x',
    disposition: 'blocked',
    action: 'block',
  });
  for (const flow of [odd, ...flows.slice(0, 500)]) {
    // LEEF has no field for the end.
    const expected = name === 'leef' ? { ...contentOf(flow), end: Number.NaN } : contentOf(flow);
    expect(read(format(flow)!)).toEqual(expected);
  }
});
