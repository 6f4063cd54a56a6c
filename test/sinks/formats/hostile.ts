// Events whose texts an attacker wrote.

import fc from 'fast-check';
import type { Event } from '../../../src/engine/event.ts';
import { auditEvent, flowEvent, llmCallEvent, mcpCallEvent } from '../../store/sample-event.ts';
import { findingEvents, matchEvent } from './sample-events.ts';

const TRICKS = [
  '\0',
  '\r\n',
  '\n',
  '\t',
  '\u001b[2J',
  '\u0085',
  '\u2028',
  '\u2029',
  '\u202e',
  '\u200b',
  '\ufeff',
  '\ud800',
  '\udc00',
  '\ud83d\ude00',
  '\u0007',
  '|',
  '\\',
  '=',
  '\\|',
  '\\=',
  '\\n',
  ' cs1=x',
  ' src=1.2.3.4 ',
  '\tusrName=root',
  '"',
  '{"a":1}',
  '</script>',
  '<!channel>',
  '<@U1>',
  '<https://evil.example|click>',
  '@everyone',
  '<at>bob</at>',
  '[a](https://evil.example)',
  '![x](https://evil.example/p.png)',
  '*b*',
  '`c`',
  '__proto__',
  'CEF:0|',
  'LEEF:2.0|',
  '\u05d0\u200f',
  'x'.repeat(8192),
  '\ud800'.repeat(50),
  '',
  ' ',
  '  a  ',
  '%0a',
  '&amp;',
  '\\u{a}',
  '\\ud800',
];

export const hostileText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom(...TRICKS), fc.string({ unit: 'binary', maxLength: 20 }), fc.string({ maxLength: 10 })), {
    maxLength: 6,
  })
  .map((parts) => parts.join(''));

/** Columns whose words are ours, whatever passes. */
const OURS = new Set([
  ...[
    'kind',
    'traffic',
    'action',
    'disposition',
    'inspected',
    'level',
    'finding',
    'severity',
    'confidence',
    'direction',
    'outcome',
  ],
  ...['parent_kind', 'decoded', 'cost_usd'],
]);

function withTexts(event: Event, texts: readonly string[], but: ReadonlySet<string>): Event {
  let next = 0;
  const text = (): string => texts[next++ % texts.length] ?? '';
  return Object.fromEntries(
    Object.entries(event).map(([column, value]) => {
      if (but.has(column)) return [column, value];
      if (Array.isArray(value)) return [column, value.length === 0 ? [text()] : value.map(text)];
      return [column, typeof value === 'string' ? text() : value];
    }),
  ) as unknown as Event;
}

const AUDIT_OURS = new Set(['kind', 'outcome']);

/** Every text of an event is hostile, numbers are what they may be. */
export const hostileEvent: fc.Arbitrary<Event> = fc
  .tuple(
    fc.constantFrom<() => Event>(flowEvent, matchEvent, mcpCallEvent, llmCallEvent, auditEvent, () => findingEvents()[0]!),
    fc.array(hostileText, { minLength: 1, maxLength: 12 }),
    fc.nat({ max: 70_000 }),
  )
  .map(([make, texts, number]) => {
    const event = withTexts(make(), texts, make().kind === 'audit_log' ? AUDIT_OURS : OURS);
    return event.kind === 'http_flow' ? { ...event, dst_port: number, status: number % 600 } : event;
  });
