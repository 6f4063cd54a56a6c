import { describe, expect, it } from 'vitest';
import { startScan } from '../../../src/engine/dlp/scan.ts';
import {
  CARD,
  callWith,
  card,
  compile,
  cover,
  detector,
  githubToken,
  OTHER_CARD,
  REDACT_ALL,
  requests,
  responses,
  scanHeaders,
  scanJson,
  TOKEN,
  tools,
} from './scanning.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const argumentsOf = (text: string | undefined): unknown => JSON.parse(text ?? '{}').params.arguments;

describe('what is found', () => {
  it('is told with its place, its confidence and a masked sample, never the value', () => {
    const result = scanJson(callWith({ note: `card ${CARD}` }));
    expect(result.findings).toEqual([
      {
        detector: 'payment-card',
        family: 'financial',
        severity: 'high',
        profile: 'sensitive-data',
        direction: 'request',
        where: 'request.body.params.arguments.note',
        offset: 5,
        length: 19,
        decoded: '',
        validated: true,
        confidence: 'high',
        action: 'redact',
        masked: '***************1111',
        hash: tools.keyedHash(`dlp${CARD}`).slice(0, 32),
      },
    ]);
    expect(result.values).toEqual([CARD]);
    expect(result.truncated).toBe('');
    expect(JSON.stringify(result.findings)).not.toContain(CARD);
  });

  it('is nothing in a message without any of it', () => {
    const result = scanJson(callWith({ note: 'nothing to see, 42 times', at: '2026-11-20T09:30:00Z' }));
    expect(result).toEqual({ findings: [], values: [], action: 'allow', truncated: '', replaced: new Map() });
  });

  it.each([
    ['no-break spaces', CARD.replaceAll(' ', '\u00a0')],
    ['thin spaces', CARD.replaceAll(' ', '\u2009')],
    ['en dashes', CARD.replaceAll(' ', '\u2013')],
    ['full-width digits', CARD.replace(/\d/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0))],
  ])('may be written with %s; all around it stays as it was written', (_, number) => {
    for (const text of [callWith({ note: `№\u00a01:\u3000${number} – ｏｋ` }), callWith({ note: `\\ ${number}` })]) {
      const result = scanJson(text);
      expect(result.values).toEqual([number]);
      expect(result.text).toBe(text.replace(number, result.replaced.get(number)!));
    }
  });

  it('is also what stands under `Params`, which some servers take for `params`', () => {
    expect(scanJson(callWith({ note: CARD }).replace('"params"', '"Params"')).values).toEqual([CARD]);
  });

  it('is told by what names the value in the same object', () => {
    const [name, value] = ['password', 'm0ssGreen_hill'];
    const found = (fields: unknown) =>
      scanJson(callWith({ fields })).findings.map(({ where }) => where.replace('request.body.params.arguments.fields', ''));
    expect(
      found([
        { name: 'colour', value },
        { name, value },
      ]),
    ).toEqual(['.1.value']);
    expect(found({ key: name, more: { a: [1, 'b'] }, value })).toEqual(['.value']);
    // Not of another object, nor after the value.
    expect(found([{ name }, { value }])).toEqual([]);
    expect(found({ name, inner: { value } })).toEqual([]);
    expect(found({ value, name })).toEqual([]);
  });

  it('may be in results, resources, prompts and errors, at any depth', () => {
    const text = `see ${CARD}`;
    const places = [
      {
        result: {
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text },
          ],
        },
      },
      { result: { contents: [{ uri: 'file:///a', text }] } },
      { result: { messages: [{ role: 'user', content: { type: 'text', text } }] } },
      { error: { code: -1, message: 'no', data: { detail: text } } },
      { method: 'notifications/message', params: { data: text } },
    ].map((message) => scanJson(JSON.stringify({ jsonrpc: '2.0', id: 1, ...message }), responses).findings[0]?.where);
    expect(places).toEqual([
      'response.body.result.content.1.text',
      'response.body.result.contents.0.text',
      'response.body.result.messages.0.content.text',
      'response.body.error.data.detail',
      'response.body.params.data',
    ]);
  });

  it('may be in any message of a batch', () => {
    const batch = `[${callWith({ a: 'x' })},${callWith({ b: [CARD] })}]`;
    expect(scanJson(batch).findings.map(({ where }) => where)).toEqual(['request.body.1.params.arguments.b.0']);
  });

  it('is not looked for outside params, result and error, nor in what the protocol puts there', () => {
    const message = {
      jsonrpc: CARD,
      id: CARD,
      method: CARD,
      other: CARD,
      params: { name: CARD, cursor: CARD, requestState: CARD, _meta: { progressToken: CARD } },
      result: { nextCursor: CARD, protocolVersion: CARD },
    };
    expect(scanJson(JSON.stringify(message)).findings).toEqual([]);
    expect(scanJson(JSON.stringify({ params: { uri: `https://a.example/?n=${OTHER_CARD}` } })).findings).toHaveLength(1);
    expect(scanJson(JSON.stringify({ params: { _meta: { note: CARD }, arguments: { name: CARD } } })).findings).toHaveLength(2);
  });

  it('is found in a member whose name is written with escapes', () => {
    expect(scanJson(`{"par\\u0061ms":{"x":"${CARD}"}}`).findings).toHaveLength(1);
  });

  it('is found under JSON escapes, percent escapes and base64, each undone once', () => {
    const escaped = [...CARD].map((char) => `\\u00${char.charCodeAt(0).toString(16)}`).join('');
    expect(scanJson(`{"params":{"a":"no ${escaped}"}}`).findings).toMatchObject([{ decoded: '', offset: 3 }]);
    expect(scanJson(callWith({ a: `?card=${encodeURIComponent(CARD)}` })).findings).toMatchObject([{ decoded: 'percent' }]);
    expect(scanJson(callWith({ blob: base64(`the card is ${CARD}`) })).findings).toMatchObject([
      { decoded: 'base64', offset: 12 },
    ]);
    expect(scanJson(callWith({ a: base64(base64(`the card is ${CARD}`)) })).findings).toEqual([]);
    expect(scanJson(callWith({ a: encodeURIComponent(encodeURIComponent(CARD)) })).findings).toEqual([]);
  });

  it('is found in base64 among other text, in the URL alphabet and in lines', () => {
    const secret = `?? ~~ the card is ${CARD}, and so on, and so on ÿþ`;
    const url = Buffer.from(secret).toString('base64url');
    expect(url).toMatch(/[-_]/);
    expect(scanJson(callWith({ a: `see ${url} there` })).findings).toMatchObject([{ decoded: 'base64' }]);
    const lines = base64(`${'a line of text. '.repeat(6)}${CARD} and more`).replace(/.{76}/g, '$&\r\n');
    expect(scanJson(callWith({ a: lines })).findings).toMatchObject([{ decoded: 'base64' }]);
  });

  it('is found in a number of a document', () => {
    expect(scanJson(`{"params":{"a":[1,${OTHER_CARD}]}}`).findings).toMatchObject([
      { where: 'request.body.params.a.1', offset: 0 },
    ]);
    expect(scanJson('{"params":{"a":5105105105105.105}}').findings).toEqual([]);
  });

  it('is found by the name of its member, which is not itself searched', () => {
    const found = scanJson(callWith({ db_password: 'hunter2hunter2', [TOKEN]: 'x', passwords: ['first-secret'] }));
    expect(found.findings.map(({ where, offset }) => [where, offset])).toEqual([
      ['request.body.params.arguments.db_password', 0],
    ]);
    expect(scanJson('{"params":{"password":"tab\\there-secret"}}').values).toEqual([]);
    expect(scanJson('{"params":{"password":"quo\\"te"}}').values).toEqual([]);
  });

  it('is a word only as a whole, whatever its case and the white space in it', () => {
    const found = (note: string): number => scanJson(callWith({ note })).findings.length;
    expect(found('This is STRICTLY\nConfidential.')).toBe(1);
    expect(found('not strictly confidentially told')).toBe(0);
    expect(found('verschlusssachen')).toBe(0);
    expect(found('本文書は機密です')).toBe(1);
  });

  it('is found through several windows that touch, each time once', () => {
    const many = Array.from({ length: 300 }, () => CARD).join(', ');
    const result = scanJson(callWith({ many }));
    expect(result.truncated).toBe('');
    expect(result.findings).toHaveLength(100);
    expect(argumentsOf(result.text)).toEqual({
      many: Array.from({ length: 300 }, () => [...result.replaced.values()][0]).join(', '),
    });
  });

  it('does not mistake the edge of a window for the edge of a number', () => {
    const long = '4111111111111111'.padStart(60, '4');
    expect(scanJson(callWith({ a: `x${long}y`, b: `${long} 12` })).findings).toEqual([]);
  });

  it('does not mistake the edge of a window for the end of the text', () => {
    const line = detector({
      id: 'line',
      patterns: [{ regex: '(?:^|;)(KEY [a-z ]+)(?:$|;)', group: 1 }],
      anchors: { literals: ['KEY '] },
      reach: { before: 0, after: 6 },
    });
    const values = (a: string): readonly string[] => scanJson(callWith({ a }), cover(compile([REDACT_ALL], [line]))).values;
    expect(values('KEY abc def ghi')).toEqual(['KEY abc def ghi']);
    expect(values('x;KEY abc def ghi;y')).toEqual(['KEY abc def ghi']);
    expect(values('x KEY abc def')).toEqual([]);
    expect(values('KEY abc def - ghi')).toEqual([]);
  });

  it('is found where a match goes on behind its window', () => {
    const long = detector({
      id: 'long-token',
      family: 'credential',
      patterns: [{ regex: 'tok_[a-z0-9]{30,}' }],
      anchors: { literals: ['tok_'] },
      reach: { before: 0, after: 40 },
    });
    const value = `tok_${'a1'.repeat(600)}`;
    const result = scanJson(callWith({ a: `${value} end` }), cover(compile([REDACT_ALL], [long])));
    expect(result.values).toEqual([value]);
  });

  it('is looked for everywhere by a detector without anchors', () => {
    const free = detector({
      id: 'zeds',
      patterns: [{ regex: 'z{3,9}' }],
      anchors: { none: true },
      reach: { before: 5, after: 5 },
    });
    const coverage = cover(compile([REDACT_ALL], [free]));
    const text = `${'abc '.repeat(6_000)}zzzz`;
    expect(scanJson(callWith({ text }), coverage).values).toEqual(['zzzz']);
  });

  it('is found in characters that nobody sees, in answers only', () => {
    const text = JSON.stringify({ result: { content: [{ text: `a${'\u{e0041}'.repeat(5)}b \u200b c` }] } });
    expect(scanJson(text, responses).findings).toMatchObject([
      { detector: 'injection-invisible-unicode', offset: 1, length: 10 },
    ]);
    expect(scanJson(text, requests).findings).toEqual([]);
  });
});

describe('words to the model', () => {
  it('are looked for in what servers return, not where the protocol has them describe themselves', () => {
    const cue = `a${'\u{e0041}'.repeat(5)}b`;
    const where = (result: object) => scanJson(JSON.stringify({ result }), responses).findings.map((finding) => finding.where);
    expect(where({ instructions: cue, tools: [{ name: 'x', description: cue }] })).toEqual([]);
    expect(where({ messages: [{ content: { type: 'text', text: cue } }], tools_used: cue })).toEqual([
      'response.body.result.messages.0.content.text',
      'response.body.result.tools_used',
    ]);
  });
});

describe('how sure a finding is', () => {
  it('rises with a keyword near it, in the text, in its name or beside it in the document', () => {
    const sure = (args: object): string | undefined => scanJson(callWith(args)).findings[0]?.confidence;
    expect(sure({ a: CARD })).toBe('medium');
    expect(sure({ a: `my credit-card: ${CARD}` })).toBe('high');
    expect(sure({ cardNumber: CARD })).toBe('high');
    expect(sure({ card_numbers: ['x', CARD] })).toBe('high');
    expect(sure({ kind: 'card', a: CARD })).toBe('high');
    expect(sure({ a: `discarded ${CARD}` })).toBe('medium');
    expect(sure({ a: `card ${'x '.repeat(60)}${CARD}` })).toBe('medium');
  });

  it('is handed down a list or a column, as far as the values stand close together', () => {
    const numbers = ['021000021', '026009593', '121000248', '071000013', '011401533'];
    const rows = numbers.map((number, index) => `Branch of the bank ${index};${number}`).join('\n');
    expect(scanJson(callWith({ a: `name;aba\n${rows}` })).values).toEqual(numbers);
    expect(scanJson(callWith({ a: rows })).values).toEqual([]);
    expect(scanJson(callWith({ a: `aba ${numbers[0]} ${'x '.repeat(40)}${numbers[1]}` })).values).toEqual([numbers[0]]);
    expect(scanJson(callWith({ a: `aba ${numbers[0]}`, b: 'x'.repeat(50), c: numbers[1] })).values).toEqual([numbers[0]]);
  });

  it('is nothing without a keyword where a pattern asks for one', () => {
    expect(scanJson(callWith({ a: 'number 021000021' })).findings).toEqual([]);
    expect(scanJson(callWith({ a: 'routing-number 021000021' })).findings).toMatchObject([{ confidence: 'high' }]);
    expect(scanJson(callWith({ aba: 121000248 })).findings).toHaveLength(1);
  });

  it('counts for nothing where a validator or an allowed pattern objects', () => {
    expect(scanJson(callWith({ a: 'card 4111 1111 1111 1112' })).findings).toEqual([]);
    const allowed = cover(compile([REDACT_ALL], [{ ...card, allow: ['^4111'] }]));
    expect(scanJson(callWith({ a: `${CARD} ${OTHER_CARD}` }), allowed).values).toEqual([OTHER_CARD]);
  });

  it('needs as much entropy as the detector asks for', () => {
    const random = { ...githubToken, entropy: 4 };
    const coverage = cover(compile([REDACT_ALL], [random]));
    expect(scanJson(callWith({ a: TOKEN }), coverage).findings).toHaveLength(1);
    expect(scanJson(callWith({ a: `ghp_${'a'.repeat(36)}` }), coverage).findings).toEqual([]);
  });

  it('needs the value to be in the list of an exact detector', () => {
    const customer = detector({
      id: 'customers',
      patterns: [{ regex: String.raw`\b[A-Z]{2}-\d{6}\b`, alone: 'high' }],
      anchors: { digits: 6 },
      exact: { file: 'customers.json' },
    });
    const salt = '00'.repeat(16);
    const hashes = [tools.sha256(`${salt}ab-123456`).slice(0, 16)];
    const coverage = cover(compile([REDACT_ALL], [customer], { customers: { salt, hashes } }));
    expect(scanJson(callWith({ a: 'AB-123456 and AB-123457' }), coverage)).toMatchObject({
      values: ['AB-123456'],
      findings: [{ validated: true }],
    });
  });

  it('needs as many different values as the detector asks for', () => {
    const mails = (...names: string[]): number =>
      scanJson(callWith({ a: names.map((name) => `${name}@corp.example`).join(' ') })).findings.length;
    expect(mails('ann', 'bob', 'ann')).toBe(0);
    expect(mails('ann', 'bob', 'cid')).toBe(3);
  });
});

describe('what a finding calls for', () => {
  const both = [
    { id: 'cards', detectors: ['payment-card'], threshold: 'high', request: 'block', response: 'log' },
    { id: 'all', detectors: ['all'], except: ['contact', 'family:contact'], request: 'redact', response: 'redact', count: 2 },
  ];

  it('is the strongest action of the profiles that take it', () => {
    const coverage = cover(compile(both));
    expect(scanJson(callWith({ a: `card ${CARD}`, b: TOKEN }), coverage)).toMatchObject({
      action: 'block',
      findings: [
        { profile: 'cards', action: 'block' },
        { profile: 'all', action: 'redact' },
      ],
    });
  });

  it('is to log it while the profile has too few findings', () => {
    const coverage = cover(compile(both));
    const one = scanJson(callWith({ a: CARD }), coverage);
    expect(one).toMatchObject({ action: 'log', findings: [{ profile: 'all', action: 'log' }] });
    expect(one.text).toBeUndefined();
    expect(scanJson(callWith({ a: CARD, b: OTHER_CARD }), coverage)).toMatchObject({ action: 'redact' });
  });

  it('is nothing below the threshold', () => {
    const coverage = cover(compile([{ ...REDACT_ALL, threshold: 'high' }]));
    expect(scanJson(callWith({ a: CARD }), coverage)).toMatchObject({ findings: [], action: 'allow' });
  });

  it('goes to the better one of two that overlap, and both are covered by one placeholder', () => {
    const result = scanJson(callWith({ a: `password=${TOKEN}, ok` }));
    expect(result.findings.map((finding) => finding.detector)).toEqual(['github-token']);
    expect(argumentsOf(result.text)).toEqual({ a: expect.stringMatching(/^password=\[github-token [0-9a-f]{6}\], ok$/) });
    const wider = detector({
      id: 'line',
      family: 'custom',
      patterns: [{ regex: '(LINE [^;]*)', group: 1 }],
      anchors: { literals: ['LINE'] },
    });
    const union = scanJson(callWith({ a: `x LINE ${TOKEN} tail; y` }), cover(compile([REDACT_ALL], [wider, githubToken])));
    expect(union.findings.map((finding) => finding.detector)).toEqual(['line', 'github-token']);
    expect(argumentsOf(union.text)).toEqual({ a: expect.stringMatching(/^x \[github-token [0-9a-f]{6}\]; y$/) });
  });
});

describe('header fields', () => {
  it('are read if they carry arguments or are no standard field', () => {
    const result = scanHeaders([
      ...['Authorization', `Bearer ${TOKEN}`, 'Cookie', `a=${TOKEN}`, 'X-Api-Key', TOKEN, 'Mcp-Session-Id', TOKEN],
      ...['User-Agent', TOKEN, 'Content-Type', TOKEN, 'Sec-Fetch-Mode', TOKEN, 'traceparent', TOKEN, 'Host', TOKEN],
      ...['Mcp-Param-Card', CARD, 'X-Note', `see ${TOKEN}`, 'Mcp-Name', `https://a.example/?t=${TOKEN}`],
    ]);
    expect(result.findings.map(({ where }) => where)).toEqual([
      'request.headers.mcp-param-card',
      'request.headers.x-note',
      'request.headers.mcp-name',
    ]);
    expect(result.findings[0]?.confidence).toBe('high');
    expect(result.headers?.slice(0, 18)).toHaveLength(18);
    expect(result.headers?.[19]).toMatch(/^\[payment-card [0-9a-f]{6}\]$/);
    expect(result.headers?.[21]).toMatch(/^see \[github-token [0-9a-f]{6}\]$/);
    expect(result.text).toBeUndefined();
  });

  it('are decoded from the form in which MCP writes what a header cannot hold', () => {
    const result = scanHeaders(['mcp-param-a', `=?base64?${base64(`ü ${CARD}`)}?=`]);
    expect(result.findings).toMatchObject([{ decoded: 'base64', offset: 2 }]);
    const [, coded] = /^=\?base64\?(.*)\?=$/.exec(result.headers?.[1] ?? '') ?? [];
    expect(Buffer.from(coded ?? '', 'base64').toString()).toMatch(/^ü \[payment-card [0-9a-f]{6}\]$/);
  });

  it('stay as they are where nothing is found', () => {
    expect(scanHeaders(['mcp-param-a', 'us-west1', 'x-b', '']).headers).toBeUndefined();
  });
});

describe('a scan', () => {
  it('gives no result before it is done', () => {
    const scan = startScan({ kind: 'json', text: callWith({ a: CARD }), where: 'b' }, requests, { tools, session: 's' });
    expect(() => scan.result()).toThrow('not done');
    expect(scan.run(Number.POSITIVE_INFINITY)).toBe(true);
    expect(scan.run(0)).toBe(true);
    expect(scan.result().findings).toHaveLength(1);
  });
});
