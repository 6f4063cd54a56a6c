// What has to be stored of a flow beside its columns, so that it can be decided again (stored-flow.ts).
//
// Columns hold the facts of the last verdict. The column `policy_facts` holds, as JSON, only what they do not tell, so it is '' for most
// rows: several requests in one body, judgements of earlier phases, what was known of the server. Rules are told by their place in
// the column `rules`, or by id if they are not in it.

import type { HttpFlowEvent } from '../event.ts';
import type { Flow } from '../flow.ts';
import { serverKeyOfUrl } from '../inventory/server-key.ts';
import { learn } from '../learn.ts';
import { redactUrl } from '../redact-url.ts';
import { isSignalId, SIGNALS } from '../signals/catalogue.ts';
import { NO_MCP } from '../signals/draft.ts';
import type { Judgement, McpFacts, Signal, Verdict } from '../verdict.ts';
import { isAsked, POLICY_FACTS, sameList } from './earlier.ts';
import { placeOf } from './origin.ts';

/** What is stored of a flow beside its columns. Every key is absent in the usual case. */
export interface PolicyFacts {
  /** Methods of the requests, unless there is just the one of `mcp_method`; a second `tools/call` in a batch stands for any more. */
  methods?: readonly string[];
  /** Judgements of earlier phases, oldest first: what differs from the row. */
  earlier?: readonly EarlierFacts[];
  /** The row itself was judged before any answer, as earlier judgements were. */
  asked?: 1;
  /** Stream of the old transport that named this endpoint, unless `server_key` is its key. */
  stream?: string;
  /** The server had been blocked on an earlier answer. */
  blocked?: 1;
  /** The answer proved that the server speaks MCP, though no signal of the row says so. */
  proved?: 1;
  /** The path as policy compares it, unless that follows from `url`; null if it is ambiguous. */
  path?: string | null;
  /** Not all earlier judgements had room. */
  cut?: 1;
}

interface EarlierFacts extends Partial<Pick<McpFacts, (typeof POLICY_FACTS)[number] | 'servers'>> {
  asked?: 1;
  rules?: readonly (number | string)[];
  /** How many of the methods had been seen. */
  requests?: number;
}

/** Characters: the column takes no more than 8,192. */
const ROOM = 8_000;
const MOST_METHODS = 64;
const LONGEST_METHOD = 128;

/** The column `policy_facts` of a flow. */
export function policyFactsOf(flow: Flow, verdict: Verdict, serverKey: string): string {
  const { matches, earlier = [], mcp } = verdict;
  if (matches.length === 0 && earlier.length === 0) return '';
  const facts: PolicyFacts = {};
  const methods = methodsOf(mcp);
  if (!sameList(methods, usualMethods(mcp.method))) facts.methods = methods.slice(0, MOST_METHODS);
  if (methods.length > MOST_METHODS) facts.cut = 1;
  const told = earlier.flatMap((judgement) => earlierFacts(judgement, verdict, methods));
  if (told.length > 0) facts.earlier = told;
  if (told.some(({ asked }) => asked) && isAsked(verdict)) facts.asked = 1;
  const { learned } = flow;
  if (learned?.stream !== undefined && serverKeyOfUrl(learned.stream) !== serverKey) facts.stream = redactUrl(learned.stream);
  if (learned?.blocked) facts.blocked = 1;
  const signals = verdict.signals.map(({ id }) => id);
  if (learn(flow, verdict).length > 0 && !proves(flow, { signals, confidence: verdict.confidence, traffic: verdict.traffic }))
    facts.proved = 1;
  const path = hiddenPath(flow.request.url);
  if (path !== undefined) facts.path = path;
  return write(facts);
}

function write(facts: PolicyFacts): string {
  for (const _ in facts) {
    const text = JSON.stringify(facts);
    if (text.length <= ROOM) return text;
    const fewer = facts.earlier?.slice(0, facts.earlier.length >> 1) ?? [];
    return fewer.length > 0
      ? write({ ...facts, earlier: fewer, cut: 1 })
      : write({ ...facts, methods: facts.methods?.slice(0, 8) ?? [], earlier: [], cut: 1 });
  }
  return '';
}

export function usualMethods(method: string): readonly string[] {
  return method === '' ? [] : [method];
}

function methodsOf({ requests, transport, batch }: McpFacts): readonly string[] {
  const calls = transport === 'websocket' && !batch ? 1 : 2;
  const methods: string[] = [];
  for (const { method } of requests) {
    const short = method.length > LONGEST_METHOD ? method.slice(0, LONGEST_METHOD) : method;
    const known = methods.filter((each) => each === short).length;
    if (known < (short === 'tools/call' ? calls : 1) && methods.length <= MOST_METHODS) methods.push(short);
  }
  return methods;
}

/** Nothing if it is the same as the row's in all that counts. */
function earlierFacts({ asked, matches, mcp }: Judgement, last: Verdict, methods: readonly string[]): EarlierFacts[] {
  const facts: EarlierFacts = {};
  const all = last.matches.map(({ ruleId }) => ruleId);
  const rules = matches.map(({ ruleId }) => (all.includes(ruleId) ? all.indexOf(ruleId) : ruleId));
  if (rules.length !== all.length || rules.some((rule) => typeof rule === 'string')) facts.rules = rules;
  const requests = methodsOf(mcp).length;
  if (requests !== methods.length) facts.requests = requests;
  for (const name of POLICY_FACTS) if (mcp[name] !== last.mcp[name]) Object.assign(facts, { [name]: mcp[name] });
  if (!sameList(mcp.servers, last.mcp.servers)) facts.servers = mcp.servers;
  for (const _ in facts) return [asked ? { asked: 1, ...facts } : facts];
  return [];
}

/** The path of a URL in comparable form, if its stored form would give another one. */
function hiddenPath(url: string): string | null | undefined {
  const stored = redactUrl(url);
  if (stored === url) return undefined;
  const { path } = placeOf(url);
  return path === placeOf(stored).path ? undefined : (path ?? null);
}

/** Whether what a row tells is enough to see that the answer proved the server. */
export function proves(flow: Flow, row: Pick<HttpFlowEvent, 'confidence' | 'traffic'> & { signals: readonly string[] }): boolean {
  const signals: Signal[] = row.signals
    .filter(isSignalId)
    .map((id) => ({ id, where: '', value: '', weight: SIGNALS[id].weight }));
  const verdict = { ...EMPTY, signals, confidence: row.confidence, traffic: row.traffic };
  return learn({ ...flow, phase: 'message' }, verdict).length > 0;
}

const EMPTY: Verdict = {
  traffic: 'none',
  action: 'allow',
  disposition: 'allowed',
  reason: '',
  confidence: 0,
  signals: [],
  matches: [],
  findings: [],
  mcp: NO_MCP,
  policy: { step: 'none', id: '', mode: 'off', comment: '' },
};
