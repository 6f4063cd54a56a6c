import { describe, expect, it } from 'vitest';
import type { HttpFlowEvent } from '../../src/engine/event.ts';
import { createClientCounts } from '../../src/store/client-counts.ts';
import type { ClientCount, SpoolEvent } from '../../src/store/segment.ts';
import { flowEvent } from './sample-event.ts';

const HOUR = 3_600_000;

function counted(
  events: Partial<HttpFlowEvent>[],
  store: { benign?: 'off' | 'count' | 'full'; pseudonymise?: boolean } = {},
): ClientCount[] {
  const rows: SpoolEvent[] = [];
  const counts = createClientCounts({
    spool: { append: (row) => void rows.push(row) },
    store: { benign: 'count', pseudonymise: false, ...store },
    key: Buffer.alloc(32, 7),
  });
  const base = {
    user_id: 'ann',
    user_agent: 'curl/8',
    ja4: 'j',
    dst_host: 'a.example',
    url: 'https://a.example/',
    error: '',
    evasion: [],
  };
  for (const event of events) counts.add(flowEvent({ ...base, ts: 5 * HOUR + 7, inspected: 'yes', ...event }));
  counts.close();
  return rows as ClientCount[];
}
const brief = (rows: ClientCount[]) =>
  rows.map(({ state, who, application, ja4, dst_host, n }) => [state, who, application, ja4, dst_host, n]);

describe('what could be inspected is counted', () => {
  it('by person without the host, and by host without the person', () => {
    const rows = counted([{}, { ts: 5 * HOUR + 99 }]);
    expect(brief(rows)).toEqual([
      ['covered', 'ann', 'curl', 'j', '', 2],
      ['covered', '', 'curl', '', 'a.example', 2],
    ]);
    expect(rows[0]).toMatchObject({ ts: 5 * HOUR, last_ts: 5 * HOUR + 99 });
  });

  it('without hosts where benign flows are not stored', () => {
    expect(brief(counted([{}], { benign: 'off' }))).toEqual([['covered', 'ann', 'curl', 'j', '', 1]]);
  });

  it('with person and host where the client refused the certificate', () => {
    expect(
      brief(counted([{ inspected: 'opaque', error: 'ERR_CLIENT_TLS: unknown ca', user_agent: '' }], { benign: 'off' })),
    ).toEqual([['refused', 'ann', '', 'j', 'a.example', 1]]);
  });

  it('under a pseudonym where people have one, and by address where nobody is known', () => {
    const [hidden] = counted([{}], { pseudonymise: true });
    expect(hidden?.who).toMatch(/^p-[0-9a-f]{32}$/);
    const [unknown] = counted([{ user_id: '', src_ip: '10.0.0.9' }]);
    expect(unknown?.who).toBe('10.0.0.9');
  });

  it('with ways around it', () => {
    const rows = counted([{ evasion: ['http3', 'relay:ngrok'] }]);
    expect(brief(rows).slice(2)).toEqual([
      ['http3', 'ann', 'curl', '', '', 1],
      ['http3', '', 'curl', '', 'a.example', 1],
      ['relay:ngrok', 'ann', 'curl', '', 'a.example', 1],
    ]);
  });

  it('in pieces, when programs invent names', () => {
    const rows = counted(Array.from({ length: 6_000 }, (_, n) => ({ user_id: `u${n}`, dst_host: `h${n}.example` })));
    expect(rows).toHaveLength(12_000);
  });

  it('not for connections that failed for another reason', () => {
    expect(counted([{ inspected: 'opaque', error: 'ERR_ADDRESS_REFUSED: private' }])).toEqual([]);
  });
});
