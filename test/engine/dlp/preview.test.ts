import { describe, expect, it } from 'vitest';
import { compileDlp } from '../../../src/engine/dlp/compile.ts';
import { previewScan } from '../../../src/engine/dlp/preview.ts';
import { detectorSchema, dlpPolicySchema } from '../../../src/engine/dlp/schema.ts';

const tools = { now: () => 0, keyedHash: () => 'abcdef0123456789', sha256: () => '' };
const detector = detectorSchema.parse({
  id: 'ticket',
  title: 'Ticket',
  description: 'For a test.',
  family: 'custom',
  patterns: [{ regex: 'TK-\\d{6}', alone: 'low', near: 'high' }],
  anchors: { literals: ['tk-'] },
  keywords: ['ticket'],
  directions: ['request'],
  samples: { match: ['ticket TK-123456'], silent: ['TK-12345'] },
});
const { profiles } = dlpPolicySchema.parse({
  profiles: [
    { id: 'medium', detectors: ['all'], request: 'redact' },
    { id: 'two', detectors: ['all'], threshold: 'low', count: 2, request: 'block', users: ['nobody'] },
    { id: 'off', detectors: ['all'], request: 'off' },
    { id: 'others', detectors: ['family:financial'] },
  ],
});
const dlp = compileDlp({ detectors: [detector], profiles, exact: {} });

function preview(text: string, threshold: 'low' | 'medium' = 'medium', direction: 'request' | 'response' = 'request') {
  const content = { kind: 'json', text: JSON.stringify({ params: { arguments: { text } } }), where: 'request.body' } as const;
  return previewScan(content, { dlp, direction, threshold, tools });
}

describe('previewScan', () => {
  it('says what each profile would do, whomever it is for', () => {
    const [finding] = preview('the ticket TK-123456').findings;
    expect(finding).toMatchObject({ detector: 'ticket', confidence: 'high' });
    expect(finding?.profiles).toEqual([
      { profile: 'medium', action: 'redact' },
      { profile: 'two', action: 'log' },
    ]);
    const both = preview('ticket TK-123456 and ticket TK-123457').findings;
    expect(both.map((each) => each.profiles.at(-1))).toEqual(Array(2).fill({ profile: 'two', action: 'block' }));
  });

  it('shows what is less sure only if a profile takes it or one asks for it', () => {
    expect(preview('it is TK-123456').findings.map((each) => each.profiles)).toEqual([[{ profile: 'two', action: 'log' }]]);
    expect(preview('it is TK-123456').text).toBeUndefined();
    expect(preview('it is TK-123456', 'low').text).toContain('[ticket abcdef]');
  });

  it('runs no detector in a direction that it does not look at', () => {
    expect(preview('ticket TK-123456', 'low', 'response').findings).toEqual([]);
  });
});
