import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFormat, type FormatName } from '../../../src/sinks/formats/format.ts';
import { benignEvent, flowEvent, llmCallEvent, mcpCallEvent } from '../../store/sample-event.ts';
import { CONTROL } from './grammar.ts';
import { hostileEvent } from './hostile.ts';
import { auditEvents, companyEvents, findingEvents, matchEvent } from './sample-events.ts';

const ORIGIN = { sensor: 'edge-1', version: '1.2.3', tenant: 'acme' };
const CHATS = ['slack', 'teams'] as const satisfies FormatName[];
const HOUR = 3_600_000;

interface Slack {
  text: string;
  mrkdwn: boolean;
  blocks: { type: string; text?: SlackText; fields?: SlackText[] }[];
}

interface SlackText {
  type: string;
  text: string;
  emoji: boolean;
}

interface Teams {
  type: string;
  attachments: [{ contentType: string; content: { type: string; version: string; body: TeamsBlock[] } }];
}

interface TeamsBlock {
  type: string;
  inlines: { type: string; text: string }[];
}

/** Limits of Block Kit, and nothing that Slack acts upon. */
function checkSlack(line: string): void {
  const message = JSON.parse(line) as Slack;
  expect(message.mrkdwn).toBe(false);
  const texts = message.blocks.flatMap(({ text, fields = [] }) => (text ? [text, ...fields] : fields));
  for (const { type, text, emoji } of texts) {
    expect([type, emoji, text.length > 0]).toEqual(['plain_text', false, true]);
    expect(text.length).toBeLessThanOrEqual(2000);
  }
  for (const text of [message.text, ...texts.map((each) => each.text)]) {
    expect(text).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
    expect(text.isWellFormed()).toBe(true);
  }
  expect(message.blocks[0]).toMatchObject({ type: 'header' });
  expect(message.blocks[0]!.text!.text.length).toBeLessThanOrEqual(150);
  for (const { fields } of message.blocks) expect(fields?.length ?? 0).toBeLessThanOrEqual(10);
}

/** Only elements that show text as it is, and the size that Teams takes. */
function checkTeams(line: string): void {
  expect(Buffer.byteLength(line)).toBeLessThan(28_000);
  const { type, attachments } = JSON.parse(line) as Teams;
  expect([type, attachments.length]).toEqual(['message', 1]);
  const [{ contentType, content }] = attachments;
  expect([contentType, content.type]).toEqual(['application/vnd.microsoft.card.adaptive', 'AdaptiveCard']);
  for (const block of content.body) {
    expect(block.type).toBe('RichTextBlock');
    for (const { type: run, text } of block.inlines) {
      expect([run, typeof text]).toEqual(['TextRun', 'string']);
      expect(text.isWellFormed()).toBe(true);
    }
  }
  expect(content).not.toHaveProperty('msteams');
}

const CHECK = { slack: checkSlack, teams: checkTeams };

describe.for(CHATS)('%s', (name) => {
  test('texts of an attacker are shown and do nothing', () => {
    fc.assert(
      fc.property(hostileEvent, (event) => {
        const line = createFormat(name, ORIGIN)(event);
        if (line === undefined) return;
        expect(line).not.toMatch(CONTROL);
        CHECK[name](line);
      }),
      { numRuns: 400 },
    );
  });

  test('of days of a company little is told', { timeout: 60_000 }, async () => {
    const events = await companyEvents();
    const format = createFormat(name, ORIGIN);
    const lines = events.map(format).filter((line) => line !== undefined);
    for (const line of lines) CHECK[name](line);
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.length).toBeLessThan(events.length / 10);
  });

  test('what nobody needs to hear at once is not told', () => {
    const format = createFormat(name, ORIGIN);
    const silent = [benignEvent(), flowEvent({ traffic: 'approved' }), mcpCallEvent(), llmCallEvent(), ...auditEvents()];
    const low = matchEvent({ severity: 'low', action: 'log', disposition: 'logged' });
    expect([...silent, low].map(format)).toEqual([...silent, low].map(() => undefined));
  });

  test('a new server is told once, and again if it has to be sent again', () => {
    const format = createFormat(name, ORIGIN);
    const first = flowEvent();
    expect(format(first)).toContain('mcp.example.com/mcp');
    expect(format(flowEvent())).toBeUndefined();
    expect(format(first)).toContain('mcp.example.com/mcp');
    expect(format(flowEvent({ server_key: 'https://other.example/mcp' }))).toContain('other.example');
  });

  test('a block is told once an hour for each user and server; its matches tell one by DLP', () => {
    const format = createFormat(name, ORIGIN);
    const ts = Date.now();
    const block = { ts, action: 'block', disposition: 'blocked' } as const;
    expect(format(flowEvent(block))).toContain('Blocked');
    expect(format(flowEvent({ ...block, ts: ts + 1000 }))).toBeUndefined();
    expect(format(flowEvent({ ...block, user_id: 'bob' }))).toContain('bob');
    expect(format(flowEvent({ ...block, ts: ts + HOUR }))).toContain('Blocked');
    expect(format(flowEvent({ ...block, user_id: 'carol', policy_step: 'dlp' }))).toBeUndefined();
    expect(format(matchEvent())).toContain('4539 **** **** 6467');
  });

  test('findings of servers are told', () => {
    for (const finding of findingEvents()) expect(createFormat(name, ORIGIN)(finding)).toContain(finding.tool);
  });

  test('sealed evidence stays in the store', () => {
    expect(createFormat(name, ORIGIN)(matchEvent({ evidence: 'eyJhbGciOi.sealed' }))).not.toContain('sealed');
  });
});
