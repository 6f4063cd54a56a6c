// Why a rule matched, read again from a stored event.

import { describe, expect, it } from 'vitest';
import { INSTALL_DIR } from '../../../src/config.ts';
import { decide } from '../../../src/engine/decide.ts';
import { toEvent } from '../../../src/engine/event.ts';
import { explainEvent } from '../../../src/engine/explain-event.ts';
import { recordedEvidence } from '../../../src/engine/rules/recorded-evidence.ts';
import { sampleFlows } from '../../../src/engine/rules/samples.ts';
import { compileSnapshot } from '../../../src/engine/snapshot.ts';
import type { Verdict } from '../../../src/engine/verdict.ts';
import { loadSnapshotSource } from '../../../src/load.ts';
import { flowEvent } from '../../store/sample-event.ts';
import { ruleWith } from '../sample-flow.ts';

describe('evidence out of a stored event', () => {
  const event = flowEvent({ signals: ['mcp.path', 'mcp.body.method'], confidence: 95, user_agent: 'node' });

  it('names selection, field and value of each line that matched', () => {
    const rule = ruleWith({
      signs: { signal: ['mcp.path', 'mcp.host'] },
      by: { 'http.request.method': 'POST', 'mcp.tool': 'echo', 'http.request.header.user-agent': 'node' },
      other: { 'mcp.tool': 'nothing' },
      condition: 'signs and by or other',
    });
    expect(recordedEvidence(event, rule)).toEqual([
      { selection: 'signs', field: 'signal', value: 'mcp.path' },
      { selection: 'by', field: 'http.request.method', value: 'POST' },
      { selection: 'by', field: 'mcp.tool', value: 'echo' },
      { selection: 'by', field: 'http.request.header.user-agent', value: 'node' },
    ]);
  });

  it('says of what is not stored that it is not', () => {
    const rule = ruleWith({
      sel: {
        signal: 'mcp.path',
        'flow.phase': 'request-headers',
        'http.request.header.x-key|exists': true,
        'message.via': 'sse',
      },
      condition: 'sel',
    });
    expect(recordedEvidence(event, rule).map(({ value }) => value)).toEqual([
      'mcp.path',
      '(not stored)',
      '(not stored)',
      '(not stored)',
    ]);
  });

  it('is empty for a rule that has become another', () => {
    expect(recordedEvidence(event, ruleWith({ sel: { signal: 'mcp.host' }, condition: 'sel' }))).toEqual([]);
  });
});

it('for the samples of the shipped rules, what is stored tells the same lines as the exchange itself', () => {
  const { source } = loadSnapshotSource(`${INSTALL_DIR}/rules`);
  const snapshot = compileSnapshot(source);
  let lines = 0;
  for (const sample of source.rules.flatMap((rule) => rule.samples.match)) {
    if (typeof sample === 'string') continue;
    let verdict: Verdict | undefined;
    const flows = sampleFlows(sample);
    for (const flow of flows) verdict = decide(flow, snapshot, verdict);
    const outcome = { endTime: 1, requestBytes: 1, responseBytes: 1, ttfbMs: 1, disposition: 'logged' as const, error: '' };
    const event = toEvent(flows.at(-1)!, verdict!, outcome, { tenant: '', sensor: '' });
    const explained = new Map(explainEvent(event, source.rules).rules.map((rule) => [rule.id, rule]));
    for (const match of verdict!.matches) {
      const told = explained.get(match.ruleId)!.evidence;
      expect(
        told.map(({ selection, field }) => `${selection} ${field}`),
        `${sample.name}, ${match.title}`,
      ).toEqual(match.evidence.map(({ selection, field }) => `${selection} ${field}`));
      lines += told.length;
    }
  }
  expect(lines).toBeGreaterThan(50);
});
