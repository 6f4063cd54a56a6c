// Texts for the figure of DLP: a tool call, the list of tickets that a tool gives back, and texts that are meant to be slow.

import type { Detector } from '../../src/engine/dlp/schema.ts';

const KB = 1024;
const HOSTILE_BYTES = 64 * KB;
const SEED = 20_261_120;
const FINDINGS = ' Card 4111 1111 1111 1111, IBAN DE89 3704 0044 0532 0130 00, key ghp_aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5';
const WORDS = (
  'the report of our team shows that deployment to production was delayed by a failing test in the payments service and the ' +
  'customer asked for an update please see the ticket with details about account invoice order region Berlin Madrid shipment'
).split(' ');

/** The same numbers in every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
}

/** A tool call of some 500 bytes. */
export function toolCall(): string {
  const take = random(SEED);
  const call = (query: string): string =>
    JSON.stringify({
      jsonrpc: '2.0',
      id: 12,
      method: 'tools/call',
      params: { name: 'search_tickets', arguments: { query, project: 'acme/web', limit: 20, since: '2026-11-01' } },
    });
  let query = prose(take, 5);
  while (call(query).length < 500) query += ` ${prose(take, 1)}`;
  return call(query);
}

/** A tool result of some 10 KB. */
export function toolResult(withFindings: boolean): string {
  return resultOf(10 * KB, withFindings ? FINDINGS : '');
}

/** A tool result of 1 MB. */
export function longResult(): string {
  return resultOf(KB * KB, '');
}

/** Tickets as JSON in a text, which is how most servers answer. */
function resultOf(bytes: number, end: string): string {
  const take = random(SEED);
  const tickets: string[] = [];
  // Quotes and line ends are escaped in the text.
  for (let size = 200; size < bytes; ) {
    const ticket = ticketOf(take, tickets.length);
    tickets.push(ticket);
    size += JSON.stringify(ticket).length;
  }
  const text = `[${tickets.join(',')}]${end}`;
  return JSON.stringify({ jsonrpc: '2.0', id: 7, result: { content: [{ type: 'text', text }], isError: false } });
}

function ticketOf(take: (below: number) => number, number: number): string {
  const login = `user${number}`;
  return JSON.stringify({
    id: 100_000 + take(900_000),
    number,
    title: prose(take, 8),
    state: 'open',
    created_at: `2026-1${take(2)}-${10 + take(19)}T0${take(9)}:30:${10 + take(49)}Z`,
    user: { login, id: 1_000_000 + take(9_000_000), url: `https://api.example/users/${login}` },
    labels: ['bug', `p${take(4)}`],
    trace: 'xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx'.replace(/x/g, () => take(16).toString(16)),
    price: take(100_000) / 100,
    body: `${prose(take, 45)}.\n\n${prose(take, 20)}.`,
  });
}

function prose(take: (below: number) => number, words: number): string {
  return Array.from({ length: words }, () => WORDS[take(WORDS.length)]).join(' ');
}

/** Answers of 64 KB that keep detectors busy. */
export function hostileTexts(detectors: readonly Detector[]): { name: string; text: string }[] {
  const literals = detectors.flatMap(({ anchors }) => anchors?.literals ?? []).join(' ');
  const samples = detectors.flatMap((detector) =>
    detector.samples.match.map((each) => (typeof each === 'string' ? each : each.text)),
  );
  const answers = {
    'all literals': literals,
    'all samples': samples.join('\n'),
    'all samples, escaped': samples.map((sample) => encodeURIComponent(sample)).join('\n'),
    'card numbers': '4111 1111 1111 1111, ',
    'numbers in groups': '1234 5678 ',
    'nine digits': '021000021  ',
    'a@a@a': 'a@',
    'mail addresses': 'ann.b@corp.example, ',
    assignments: 'password = abcdefg1; token: ',
    'private keys': '-----BEGIN PRIVATE KEY-----\n',
    URLs: 'https://a:b1c2d3@',
    'base64 of numbers': Buffer.from('pay 4111 1111 1111 1111 now').toString('base64').concat(' '),
    'percent signs': '%34%31%%',
    'unseen characters': '\u{e0041}\u200b',
    'digits only': '1234567890',
    'plain words': 'the report of our team ',
  };
  const wrapped = Object.entries(answers).map(([name, unit]) => ({
    name,
    text: JSON.stringify({ jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: fill(unit) }] } }),
  }));
  return [
    ...wrapped,
    { name: 'open brackets', text: fill('[') },
    { name: 'card numbers as numbers', text: `{"result":[${fill('4111111111111111,')}1]}` },
    { name: 'escaped letters', text: `{"result":["${'\\u0041'.repeat(HOSTILE_BYTES / 6)}"]}` },
  ];
}

function fill(unit: string): string {
  return unit.repeat(Math.ceil(HOSTILE_BYTES / unit.length)).slice(0, HOSTILE_BYTES);
}
