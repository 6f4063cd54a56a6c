// Scores DLP on its labelled set: every snippet is scanned by all shipped detectors in one profile at medium confidence, as the
// proxy scans the traffic of an approved server.
//
// Counted by snippet. Found: findings of the detector, or of one in `also`, cover each labelled value in full; where the label is
// a passage and not a value (markers, injections), a finding that overlaps it is enough. Wrong: a detector fires in a snippet that
// is not its own and does not name it in `also`, or in a negative of its own, or in a positive of its own beside all labels.

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { decide } from '../../src/engine/decide.ts';
import { compileDlp } from '../../src/engine/dlp/compile.ts';
import { coverageOf } from '../../src/engine/dlp/coverage.ts';
import { scanAll } from '../../src/engine/dlp/scan.ts';
import { dlpPolicySchema, type Family } from '../../src/engine/dlp/schema.ts';
import type { Direction, ScanResult } from '../../src/engine/dlp/types.ts';
import type { Flow } from '../../src/engine/flow.ts';
import { readHar } from '../../src/engine/har.ts';
import { policySchema } from '../../src/engine/policy/schema.ts';
import { compileSnapshot, type SnapshotSource } from '../../src/engine/snapshot.ts';
import type { Verdict } from '../../src/engine/verdict.ts';
import { loadSnapshotSource } from '../../src/load.ts';
import { scanTools } from '../../src/proxy/content-scan.ts';
import { readDlpCorpus, readings, type Snippet } from './dlp-corpus.ts';
import { type Count, precision, recall } from './measure.ts';

const RULES = join(import.meta.dirname, '..', '..', 'rules');
/** Least precision and recall over all detectors. */
const LEAST = 0.97;
/** Their labels are passages: where one begins and ends is a matter of taste. */
const PASSAGES: readonly Family[] = ['source-code', 'classification', 'prompt-injection'];
/** Characters in common from which two texts overlap. */
const OVERLAP = 4;

export interface DlpCount extends Count {
  positive: number;
  negative: number;
}

export interface DlpRemark {
  kind: 'miss' | 'false alarm';
  detector: string;
  snippet: string;
  /** The beginnings of the values that were missed, or what was found instead, masked. */
  what: string;
}

export interface MeasuredDlp {
  snippets: number;
  overall: Count;
  byDetector: Record<string, DlpCount>;
  remarks: DlpRemark[];
}

/** Scans every snippet and counts. */
export function measureDlp(snippets: readonly Snippet[] = readDlpCorpus()): MeasuredDlp {
  const { scan, families } = scanByShippedDetectors();
  const byDetector: Record<string, DlpCount> = {};
  for (const id of families.keys()) byDetector[id] = { positive: 0, negative: 0, found: 0, missed: 0, wrong: 0 };
  const remarks: DlpRemark[] = [];
  for (const snippet of snippets) {
    const count = byDetector[snippet.detector];
    if (count === undefined) throw new Error(`${snippet.name}: there is no detector ${snippet.detector}; rename the file`);
    const result = scan(snippet);
    count[snippet.positive ? 'positive' : 'negative']++;
    if (snippet.positive) {
      const missed = missedValues(snippet, result, PASSAGES.includes(families.get(snippet.detector)!));
      count[missed.length === 0 ? 'found' : 'missed']++;
      if (missed.length > 0) remarks.push(remark('miss', snippet.detector, snippet, missed.map(shorten)));
    }
    for (const [detector, found] of falseAlarms(snippet, result)) {
      byDetector[detector]!.wrong++;
      remarks.push(remark('false alarm', detector, snippet, found));
    }
  }
  return { snippets: snippets.length, overall: sum(Object.values(byDetector)), byDetector, remarks };
}

/** Which limits are not kept, one sentence each. */
export function unmetDlpLimits({ overall }: MeasuredDlp): string[] {
  return Object.entries({ precision: precision(overall), recall: recall(overall) })
    .filter(([, value]) => value < LEAST)
    .map(([name, value]) => `DLP: ${name} over all detectors is ${value.toFixed(4)}, not ${LEAST}.`);
}

/** A scan as in the proxy, but for the clock: it stands still, so that no scan ends early on a slow machine. */
function scanByShippedDetectors(): { scan: (snippet: Snippet) => ScanResult; families: Map<string, Family> } {
  const { source, detectorFiles } = loadSnapshotSource(RULES);
  const detectors = (source.dlp?.detectors ?? []).filter(({ id }) => detectorFiles.get(id)?.startsWith(join(RULES, 'dlp')));
  const { profiles } = dlpPolicySchema.parse({ profiles: [{ id: 'eval', detectors: ['all'] }] });
  const dlp = compileDlp({ detectors, profiles, exact: {} });
  const { flow, verdict } = approvedExchange(source.rules);
  const tools = { ...scanTools(randomBytes(32)), now: () => 0 };
  const coverages = { request: coverageOf(flow, verdict, dlp, 'request'), response: coverageOf(flow, verdict, dlp, 'response') };
  const coverageFor = (direction: Direction) => {
    const coverage = coverages[direction];
    if (coverage === undefined) throw new Error(`The profile of the evaluation does not cover ${direction}s.`);
    return coverage;
  };
  return {
    scan: ({ name, content, direction }) => {
      const result = scanAll(content, coverageFor(direction), { tools, session: name });
      if (result.truncated !== '') throw new Error(`${name}: the scan ended early (${result.truncated}).`);
      return result;
    },
    families: new Map(detectors.map(({ id, family }) => [id, family])),
  };
}

/** An exchange with a server that policy approves, judged. */
function approvedExchange(rules: SnapshotSource['rules']): { flow: Flow; verdict: Verdict } {
  const url = 'https://tools.example/mcp';
  const policy = policySchema.parse({ approved: { servers: [{ url }] }, modes: {}, exceptions: {} });
  const headers = [
    { name: 'content-type', value: 'application/json' },
    { name: 'accept', value: 'application/json, text/event-stream' },
  ];
  const text = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'search', arguments: {} } });
  const request = { method: 'POST', url, headers, postData: { mimeType: 'application/json', text } };
  const entries = [{ request, response: { status: 200, headers: [] } }];
  const [entry] = readHar(JSON.stringify({ log: { entries } }));
  const flow = entry!.flow;
  return { flow, verdict: decide(flow, compileSnapshot({ rules, policy })) };
}

function missedValues(snippet: Snippet, { findings, values }: ScanResult, passage: boolean): string[] {
  const counted = new Set([snippet.detector, ...snippet.also]);
  const found = values.filter((_, index) => counted.has(findings[index]!.detector)).flatMap(readings);
  return snippet.find.filter((value) => !found.some((text) => text.includes(value) || (passage && overlap(text, value))));
}

/** Detectors that fire without reason, with what they found, masked. */
function falseAlarms({ positive, detector, find, also }: Snippet, { findings, values }: ScanResult): Map<string, string[]> {
  const alarms = new Map<string, string[]>();
  findings.forEach((finding, index) => {
    if (also.includes(finding.detector)) return;
    const own = positive && finding.detector === detector;
    if (own && readings(values[index]!).some((text) => find.some((value) => overlap(text, value)))) return;
    alarms.set(finding.detector, [...(alarms.get(finding.detector) ?? []), `${finding.masked} (${finding.confidence})`]);
  });
  return alarms;
}

/** One is part of the other, or ends as the other begins. */
function overlap(a: string, b: string): boolean {
  if (a.includes(b) || b.includes(a)) return true;
  for (let length = Math.min(a.length, b.length); length >= OVERLAP; length--) {
    if (a.endsWith(b.slice(0, length)) || b.endsWith(a.slice(0, length))) return true;
  }
  return false;
}

function sum(counts: readonly Count[]): Count {
  const add = (key: keyof Count) => counts.reduce((total, count) => total + count[key], 0);
  return { found: add('found'), missed: add('missed'), wrong: add('wrong') };
}

function remark(kind: DlpRemark['kind'], detector: string, { name }: Snippet, parts: readonly string[]): DlpRemark {
  return { kind, detector, snippet: name, what: parts.slice(0, 3).join(', ') + (parts.length > 3 ? ', …' : '') };
}

function shorten(value: string): string {
  return value.length > 12 ? `${JSON.stringify(value.slice(0, 11)).slice(0, -1)}…"` : JSON.stringify(value);
}
