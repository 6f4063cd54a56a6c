// A few detectors, and a scan with them, for the tests of the engine.

import { createHash, createHmac } from 'node:crypto';
import { NONE } from '../../../src/engine/decide.ts';
import { type CompiledDlp, compileDlp } from '../../../src/engine/dlp/compile.ts';
import { type Coverage, coverageOf } from '../../../src/engine/dlp/coverage.ts';
import { scanAll } from '../../../src/engine/dlp/scan.ts';
import { type Detector, detectorSchema, dlpPolicySchema, type ExactList } from '../../../src/engine/dlp/schema.ts';
import type { Content, Direction, ScanResult, ScanTools } from '../../../src/engine/dlp/types.ts';
import type { Traffic, Verdict } from '../../../src/engine/verdict.ts';
import { flowTo } from '../sample-flow.ts';

export const CARD = '4111 1111 1111 1111';
export const OTHER_CARD = '5105105105105100';
export const TOKEN = 'ghp_aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5';

/** A detector with what every one must have. */
export function detector(source: Record<string, unknown>): Detector {
  return detectorSchema.parse({
    title: 'A detector',
    description: 'For tests.',
    family: 'custom',
    samples: { match: ['x'], silent: ['y'] },
    ...source,
  });
}

export const card = detector({
  id: 'payment-card',
  family: 'financial',
  severity: 'high',
  patterns: [{ regex: String.raw`(?:^|[^0-9.])(\d{4}(?:[ -]?\d{4}){3})(?:$|[^0-9])`, group: 1 }],
  anchors: { digits: 13 },
  reach: { before: 4, after: 4 },
  validators: ['luhn'],
  keywords: ['card', 'credit card'],
  mask: { end: 4 },
});
export const githubToken = detector({
  id: 'github-token',
  family: 'credential',
  severity: 'critical',
  patterns: [{ regex: String.raw`\bgh[po]_[A-Za-z0-9]{36}\b`, alone: 'high' }],
  anchors: { literals: ['ghp_', 'gho_'] },
  reach: { before: 1, after: 40 },
  mask: { start: 4 },
});
export const password = detector({
  id: 'password-assignment',
  family: 'credential',
  patterns: [{ regex: String.raw`(?i)password["']?\s*[:=]\s*["']?([^\s"',;]{8,64})`, group: 1 }],
  anchors: { literals: ['password'] },
  reach: { before: 10, after: 90 },
});
export const email = detector({
  id: 'email-bulk',
  family: 'contact',
  patterns: [{ regex: String.raw`\b[a-z0-9.]{1,40}@[a-z0-9.-]{1,60}\.[a-z]{2,10}\b` }],
  anchors: { literals: ['@'] },
  reach: { before: 42, after: 80 },
  distinct: 3,
});
export const routing = detector({
  id: 'us-bank-routing',
  family: 'financial',
  patterns: [{ regex: String.raw`\b(\d{9})\b`, group: 1, alone: 'none' }],
  anchors: { digits: 9 },
  reach: { before: 4, after: 4 },
  validators: ['aba-routing'],
  keywords: ['routing number', 'aba'],
  proximity: 40,
});
export const marker = detector({
  id: 'internal-classification',
  family: 'classification',
  words: ['strictly confidential', 'Verschlusssache', '機密'],
});
export const hidden = detector({
  id: 'injection-invisible-unicode',
  family: 'prompt-injection',
  patterns: [{ regex: String.raw`[\x{e0000}-\x{e007f}\x{200b}]{4,}` }],
  anchors: {
    characters: [
      [0x200b, 0x200b],
      [0xe0000, 0xe007f],
    ],
  },
  directions: ['response'],
});
export const DETECTORS = [card, githubToken, password, email, routing, marker, hidden];

/** Time stands still, so that no scan ends early on a busy machine. */
export const tools: ScanTools = {
  now: () => 0,
  keyedHash: (text) => createHmac('sha256', 'key of the tests').update(text).digest('hex'),
  sha256: (text) => createHash('sha256').update(text).digest('hex'),
};

/** Time goes on by `tick` milliseconds with every look at the clock. */
export function clockTools(tick: number): ScanTools & { looks(): number } {
  let looks = 0;
  return { ...tools, now: () => tick * looks++, looks: () => looks };
}

export const REDACT_ALL = { id: 'sensitive-data', detectors: ['all'], request: 'redact', response: 'redact' };

export function compile(
  profiles: readonly object[] = [REDACT_ALL],
  detectors: readonly Detector[] = DETECTORS,
  exact: Record<string, ExactList> = {},
): CompiledDlp {
  return compileDlp({ detectors, profiles: dlpPolicySchema.parse({ profiles }).profiles, exact });
}

export function verdictOn(traffic: Traffic): Verdict {
  return { ...NONE, traffic, reason: 'An approved server.' };
}

export function cover(dlp: CompiledDlp, direction: Direction = 'request', traffic: Traffic = 'approved'): Coverage {
  return coverageOf(flowTo('https://tools.example/mcp'), verdictOn(traffic), dlp, direction)!;
}

const dlp = compile();
export const requests = cover(dlp);
export const responses = cover(dlp, 'response');

export function scanJson(text: string, coverage: Coverage = requests, options = { tools, session: 's' }): ScanResult {
  const where = `${coverage.direction}.body`;
  return scanAll({ kind: 'json', text, where }, coverage, options);
}

/** A tool call with these arguments. */
export function callWith(args: unknown): string {
  return JSON.stringify({
    jsonrpc: '2.0',
    id: 4111111111111111,
    method: 'tools/call',
    params: { name: 'note', arguments: args },
  });
}

export function scanHeaders(headers: readonly string[], coverage: Coverage = requests): ScanResult {
  const content: Content = { kind: 'headers', headers, where: 'request.headers' };
  return scanAll(content, coverage, { tools, session: 's' });
}
