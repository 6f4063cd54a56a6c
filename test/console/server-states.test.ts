import { describe, expect, it } from 'vitest';
import type { Review, ServerRow } from '../../src/console/api/options.ts';
import type { ServerState } from '../../src/console/api/shapes.ts';
import { riskOf } from '../../src/console/server-risk.ts';
import { createServerStates } from '../../src/console/server-states.ts';
import { policySchema } from '../../src/engine/policy/schema.ts';

const NOW = Date.UTC(2026, 10, 20);
const KEY = 'https://tools.example/mcp';

function stateOf(key: string, policy: object, reviews: Review[] = []) {
  const parsed = policySchema.parse({ approved: {}, modes: {}, exceptions: {}, ...policy });
  return createServerStates(
    () => parsed,
    () => new Map(reviews.map((review) => [review.serverKey, review])),
    () => NOW,
  ).of(key);
}

describe('how it stands with a server', () => {
  const review: Review = { serverKey: KEY, state: 'in-review', owner: 'ana', note: 'asked' };
  const approved = (entry: object) => ({ approved: { servers: [{ url: KEY, ...entry }] } });

  it.each([
    ['new', {}, []],
    ['in-review', {}, [review]],
    ['approved', approved({}), [review]],
    ['approved', approved({ url: 'https://tools.example' }), []],
    ['approved', approved({ until: '2026-11-20' }), []],
    ['in-review', approved({ until: '2026-11-19' }), [review]],
    ['new', approved({ url: 'https://tools.example/mcpx' }), []],
    ['blocked', { ...approved({}), modes: { blocked: [{ url: KEY }] } }, [review]],
    ['approved', { ...approved({}), modes: { blocked: [{ url: KEY, until: '2026-11-01' }] } }, []],
  ])('is %s: %j %j', (state, policy, reviews) => {
    expect(stateOf(KEY, policy, reviews).state).toBe(state);
  });

  it('policy names the owner, else the review does; what has no URL goes by its name', () => {
    expect(stateOf(KEY, approved({ owner: 'finance' }), [review])).toMatchObject({ owner: 'finance', note: 'asked' });
    expect(stateOf(KEY, {}, [review])).toMatchObject({ owner: 'ana', approval: null, block: null });
    const named = { approved: { servers: [{ url: 'name:github' }] } };
    expect(stateOf('attached:github', named).state).toBe('approved');
  });
});

describe('the risk of a server', () => {
  const calm: ServerRow = {
    ...{ serverKey: KEY, name: '', transport: [], generation: [], users: 1, n: 1, blocked: 0, tools: 3, findings: 0 },
    ...{ highFindings: 0, clients: [], authentication: ['bearer'], traffic: ['shadow'], firstSeen: 0, lastSeen: 0 },
  };

  it.each([
    ['low', calm, 'approved'],
    ['low', calm, 'new'],
    ['medium', { ...calm, authentication: ['none'] }, 'new'],
    ['high', { ...calm, findings: 2, highFindings: 1 }, 'new'],
    ['high', { ...calm, serverKey: 'http://10.0.0.7:8080/mcp', users: 30 }, 'new'],
  ] satisfies [string, ServerRow, ServerState][])('is %s with its reasons', (level, server, state) => {
    const risk = riskOf(server, state);
    expect(risk.level).toBe(level);
    expect(risk.reasons.length > 0).toBe(level !== 'low' || state === 'new');
  });
});
