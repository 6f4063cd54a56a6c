// An approval that names tools or methods, against requests that are written so that the proxy reads one thing and the server another.
// What is refused at once is also what a simulation over the stored event refuses.

import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/engine/decide.ts';
import { toEvent } from '../../../src/engine/event.ts';
import type { Body, Flow } from '../../../src/engine/flow.ts';
import { compilePolicy } from '../../../src/engine/policy/compile.ts';
import { policySchema } from '../../../src/engine/policy/schema.ts';
import { createSimulation } from '../../../src/engine/policy/simulate.ts';
import { compileSnapshot } from '../../../src/engine/snapshot.ts';
import type { Verdict } from '../../../src/engine/verdict.ts';
import { loadSnapshotSource } from '../../../src/load.ts';
import { flowTo } from '../sample-flow.ts';

const URL_ = 'https://tools.example/mcp';
const { rules } = loadSnapshotSource('rules').source;
const policyOf = (limits: object) =>
  policySchema.parse({ approved: { servers: [{ url: URL_, ...limits }] }, modes: {}, exceptions: {}, groups: {} });
const NAMED = policyOf({ tools: ['safe'] });
const LISTED = policyOf({ methods: ['tools/list'] });
const FREE = policyOf({});
const learned = {
  ...{
    url: URL_,
    transport: 'streamable-http' as const,
    generation: '' as const,
    serverName: '',
    serverVersion: '',
    lastSeen: 0,
    blocked: false,
  },
};

function post(body: Body): Flow {
  const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
  return flowTo(URL_, { learned, phase: 'request-body', request });
}

const written = (text: string): Flow => post({ text, bytes: text.length, complete: true });
const call = (params: string): string => `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`;

function eventOf(flow: Flow, verdict: Verdict) {
  const outcome = {
    endTime: flow.time,
    requestBytes: 1,
    responseBytes: 1,
    ttfbMs: 5,
    disposition: verdict.disposition,
    error: '',
  };
  return toEvent(flow, verdict, outcome, { tenant: 't', sensor: 's' });
}

/** The actions that a flow ends in, one after the other for messages of a WebSocket; and whether a simulation would block. */
function judged(flows: readonly Flow[], policy: typeof NAMED) {
  const verdicts = (by: typeof NAMED): Verdict[] => {
    const snapshot = compileSnapshot({ rules, policy: by });
    let last: Verdict | undefined;
    return flows.map((flow) => {
      last = decide(flow, snapshot, last);
      return last;
    });
  };
  const simulation = createSimulation(compileSnapshot({ rules, policy: FREE }).rules, compilePolicy(FREE), compilePolicy(policy));
  const outcome = simulation.add(eventOf(flows.at(-1)!, verdicts(FREE).at(-1)!));
  return { actions: verdicts(policy).map(({ action }) => action), simulated: outcome?.proposed.blocked };
}

const REFUSED = { actions: ['block'], simulated: true };
const ALLOWED = { actions: ['allow'], simulated: false };
const fillers = (count: number, message: (id: number) => string): string =>
  Array.from({ length: count }, (_, id) => message(id)).join(',');

describe('an approval for the tool `safe` alone', () => {
  it('allows it', () => expect(judged([written(call('{"name":"safe"}'))], NAMED)).toEqual(ALLOWED));

  it.each([
    ['a name given twice, the allowed one first', call('{"name":"safe","name":"danger"}')],
    ['a name given twice, the allowed one last', call('{"name":"danger","name":"safe"}')],
    [
      'parameters given twice',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"safe"},"params":{"name":"danger"}}',
    ],
    ['a name in another case', call('{"name":"safe","Name":"danger"}')],
    ['everything in another case', '{"JSONRPC":"2.0","Id":1,"Method":"tools/call","Paramſ":{"NAME":"danger"}}'],
    [
      'more than is read of a batch',
      `[${fillers(130, (id) => `{"jsonrpc":"2.0","id":${id},"method":"ping"}`)},${call('{"name":"safe"}')},${call('{"name":"danger"}')}]`,
    ],
    [
      'a batch of answers before the calls',
      `[${fillers(130, (id) => `{"jsonrpc":"2.0","id":${id},"result":{}}`)},${call('{"name":"safe"}')},${call('{"name":"danger"}')}]`,
    ],
  ])('refuses %s', (_, text) => expect(judged([written(text)], NAMED)).toEqual(REFUSED));

  it('refuses a body that cannot be read', () => {
    const opaque = post({ text: '', bytes: 99, complete: false, problem: 'unsupported-encoding' });
    expect(judged([opaque], NAMED)).toEqual(REFUSED);
    const wide = Buffer.from(call('{"name":"danger"}'), 'utf16le');
    expect(judged([written(wide.toString())], NAMED)).toEqual(REFUSED);
    expect(judged([written(`\ufffd\ufffd${wide}`)], NAMED)).toEqual(REFUSED);
    expect(judged([opaque], FREE)).toEqual(ALLOWED);
  });

  it('allows one call after the other over a WebSocket, and refuses another tool', () => {
    const message = (text: string): Flow => ({
      ...written(''),
      phase: 'message',
      message: { direction: 'request', via: 'websocket', event: '', text, index: 0 },
    });
    const safe = message(call('{"name":"safe"}'));
    expect(judged([safe, safe, safe], NAMED)).toEqual({ actions: ['allow', 'allow', 'allow'], simulated: false });
    const others = [
      message(call('{"name":"danger"}')),
      message(call('{"name":"safe","name":"danger"}')),
      message(`[${call('{"name":"safe"}')},${call('{"name":"safe"}')}]`),
    ];
    for (const other of others) expect(judged([safe, other], NAMED)).toEqual({ actions: ['allow', 'block'], simulated: true });
  });
});

it('an approval for one method refuses a request that names two', () => {
  expect(judged([written('{"jsonrpc":"2.0","id":1,"method":"tools/list"}')], LISTED)).toEqual(ALLOWED);
  expect(
    judged([written('{"jsonrpc":"2.0","id":1,"method":"tools/call","method":"tools/list","params":{"name":"a"}}')], LISTED),
  ).toEqual(REFUSED);
});
