// The lease file of ISC dhcpd (dhcpd.leases(5)): declarations in the language of its configuration, of which the last for an address
// counts. Read here are `lease` and, in `ia-na` and `ia-ta`, `iaaddr`; all others have to be well-formed and say nothing.

import { ENDED, hostName, type Lease, leaseAddress, malformed } from './lease.ts';

interface Token {
  text: string;
  kind: 'word' | 'string' | '{' | '}' | ';';
  line: number;
}

/** One declaration or statement: its words, and what stands in its braces. */
interface Statement {
  words: Token[];
  block: Statement[] | undefined;
  line: number;
}

const MAX_DEPTH = 16;
const SPACE = /[\s]/;

/** @throws DaylightError ERR_IDENTITY naming the line */
export function parseIscLeases(text: string): Lease[] {
  const tokens = tokensOf(text);
  const leases: Lease[] = [];
  let at = 0;

  function statements(depth: number, opened: number): Statement[] {
    if (depth > MAX_DEPTH) throw malformed(opened, 'braces are nested too deep');
    const found: Statement[] = [];
    let words: Token[] = [];
    for (;;) {
      const token = tokens[at++];
      if (!token) {
        if (depth > 0) throw malformed(opened, 'the brace that opens there is never closed; the server may be writing it');
        if (words[0]) throw malformed(words[0].line, 'the last statement has no end; the server may be writing it');
        return found;
      }
      if (token.kind === '}') {
        if (depth === 0 || words.length > 0) throw malformed(token.line, 'a brace closes where none should');
        return found;
      }
      if (token.kind === '{') {
        found.push({ words, line: token.line, block: statements(depth + 1, token.line) });
        words = [];
      } else if (token.kind === ';') {
        if (words.length > 0) found.push({ words, line: token.line, block: undefined });
        words = [];
      } else words.push(token);
    }
  }

  for (const { words, block, line } of statements(0, 1)) {
    const [kind, name] = words.map(({ text }) => text);
    if (kind === 'lease' && block) leases.push(leaseOf(name, block, line, undefined));
    if ((kind === 'ia-na' || kind === 'ia-ta') && block) {
      for (const inner of block) {
        if (inner.words[0]?.text !== 'iaaddr' || !inner.block) continue;
        leases.push(leaseOf(inner.words[1]?.text, inner.block, inner.line, block));
      }
    }
  }
  return leases;
}

/** @param around statements that concern all addresses of an association */
function leaseOf(name: string | undefined, block: Statement[], line: number, around: Statement[] | undefined): Lease {
  const address = leaseAddress(name ?? '', line);
  let until = 0;
  let active = true;
  let host = '';
  for (const { words, line } of [...(around ?? []), ...block]) {
    const [first, second, third] = words.map(({ text }) => text);
    if (first === 'ends') until = timeOf(words.slice(1), line);
    else if (first === 'binding' && second === 'state') active = third === 'active';
    else if (first === 'abandoned') active = false;
    else if (first === 'client-hostname') host = hostName(second ?? '');
  }
  return { address, host, until: active ? until : ENDED };
}

/** `W YYYY/MM/DD HH:MM:SS` in UTC, `epoch SECONDS`, or `never`. */
function timeOf(words: readonly Token[], line: number): number {
  const [first, date, time] = words.map(({ text }) => text);
  if (first === 'never') return 0;
  if (first === 'epoch' && /^\d{1,11}$/.test(date ?? '')) return Number(date) * 1_000;
  const parts = /^(\d{4})\/(\d{1,2})\/(\d{1,2}) (\d{1,2}):(\d{2}):(\d{2})$/.exec(`${date} ${time}`);
  if (!/^[0-6]$/.test(first ?? '') || !parts)
    throw malformed(line, 'a time must be "W YYYY/MM/DD HH:MM:SS", "epoch SECONDS" or "never"');
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let at = 0;
  while (at < text.length) {
    const char = text[at]!;
    if (char === '\n') line++;
    if (SPACE.test(char)) at++;
    else if (char === '#') while (at < text.length && text[at] !== '\n') at++;
    else if (char === '{' || char === '}' || char === ';') {
      tokens.push({ text: char, kind: char, line });
      at++;
    } else if (char === '"') {
      const read = stringAt(text, at, line);
      tokens.push({ text: read.text, kind: 'string', line });
      at = read.end;
    } else {
      const start = at;
      while (at < text.length && !/[\s{};"#]/.test(text[at]!)) at++;
      tokens.push({ text: text.slice(start, at), kind: 'word', line });
    }
  }
  return tokens;
}

/** Escapes are octal, or a character that stands for itself. Strings end on the line they begin. */
function stringAt(text: string, start: number, line: number): { text: string; end: number } {
  let read = '';
  for (let at = start + 1; at < text.length && text[at] !== '\n'; at++) {
    if (text[at] === '"') return { text: Buffer.from(read, 'latin1').toString('utf8'), end: at + 1 };
    if (text[at] !== '\\') {
      read += Buffer.from(text[at]!, 'utf8').toString('latin1');
      continue;
    }
    const octal = /^[0-7]{1,3}/.exec(text.slice(at + 1, at + 4))?.[0];
    read += octal ? String.fromCharCode(Number.parseInt(octal, 8) & 0xff) : (text[at + 1] ?? '');
    at += octal?.length ?? 1;
  }
  throw malformed(line, 'the quote that opens there is never closed');
}
