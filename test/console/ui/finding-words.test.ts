import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/console/api/shapes.ts';
import { findingFilter, showsFinding } from '../../../src/console/ui/pages/findings/finding-words.ts';
import { parseFilter } from '../../../src/engine/filter/parse.ts';

const finding: Finding = {
  id: 'f1',
  kind: 'shadow',
  level: 'medium',
  serverKey: 'https://mcp.example.com/mcp',
  user: 'ann@example.com',
  summary: 'uses a server that nobody approved',
  count: 3,
  firstSeen: 1,
  lastSeen: 2,
  state: 'acknowledged',
  assignee: 'kim',
  note: 'asked her lead',
  changed: false,
};
const everything = { state: 'all', kind: '', level: '', assignee: '', search: '' };

describe('the queue', () => {
  it('shows what is not resolved unless told otherwise', () => {
    expect(showsFinding(finding, { ...everything, state: '' })).toBe(true);
    expect(showsFinding({ ...finding, state: 'resolved' }, { ...everything, state: '' })).toBe(false);
    expect(showsFinding({ ...finding, state: 'resolved' }, { ...everything, state: 'resolved' })).toBe(true);
    expect(showsFinding(finding, { ...everything, state: 'new' })).toBe(false);
  });

  it('narrows down by kind, level, assignee and words', () => {
    expect(showsFinding(finding, { ...everything, kind: 'dlp' })).toBe(false);
    expect(showsFinding(finding, { ...everything, level: 'high' })).toBe(false);
    expect(showsFinding(finding, { ...everything, assignee: 'kim' })).toBe(true);
    expect(showsFinding(finding, { ...everything, assignee: 'lea' })).toBe(false);
    expect(showsFinding(finding, { ...everything, search: 'ANN lead' })).toBe(true);
    expect(showsFinding(finding, { ...everything, search: 'ann sales' })).toBe(false);
  });

  it('leads to the requests that it is made of, with a filter that can be read', () => {
    expect(findingFilter(finding)).toBe('server:https://mcp.example.com/mcp user:ann@example.com traffic:shadow');
    expect(findingFilter({ ...finding, kind: 'dlp', user: '10.1.2.3' })).toBe(
      'server:https://mcp.example.com/mcp user:"" net:10.1.2.3 dlp:>0',
    );
    expect(findingFilter({ ...finding, kind: 'tool-changed', user: '' })).toBe('server:https://mcp.example.com/mcp');
    for (const user of ['ada', '10.1.2.3', '2001:db8::1', 'a "b" (c)'])
      expect(() => parseFilter(findingFilter({ ...finding, user }), { now: 0 })).not.toThrow();
  });
});
