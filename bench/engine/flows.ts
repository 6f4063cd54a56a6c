// Flows for the engine's figures: the exchange of the `post` figure, a benign JSON answer of 10 KB, and carriers for hostile text.

import type { Body, Flow, Message } from '../../src/engine/flow.ts';
import { mcpCall } from '../messages.ts';

/** Where hostile text can stand in a flow. */
export const CARRIERS = [
  'request-body',
  'response-body',
  'sse-answer',
  'sse-message',
  'websocket-message',
  'url-path',
  'url-query',
  'request-header',
  'many-headers',
] as const;
export type Carrier = (typeof CARRIERS)[number];

const TIME = Date.UTC(2026, 10, 20, 9, 30);

/** A complete tool call of 500 bytes, as the engine sees it before it is forwarded. */
export function mcpPost(index: number): Flow {
  return flowOf(index, {
    url: 'https://tools.example:8443/mcp',
    headers: {
      host: 'tools.example:8443',
      'user-agent': 'bench-client/1.0',
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-session-id': '6f1c2f0e-8f0e-4d0e-9a55-3f6d0e7b1a20',
      'mcp-protocol-version': '2025-06-18',
      'content-length': '500',
    },
    text: mcpCall.requestBody,
  });
}

/** The same call once its answer is there. */
export function mcpAnswer(index: number): Flow {
  const response = {
    status: 200,
    headers: { 'content-type': 'application/json', 'content-length': '969' },
    body: bodyOf(mcpCall.responseBody),
  };
  return { ...mcpPost(index), phase: 'response-body', response };
}

/** An order of 10 KB posted to a plain JSON API: many keys, nested objects, numbers, text. */
export function benignPost(index: number): Flow {
  return flowOf(index, {
    url: 'https://shop.example/api/v2/orders?page=3',
    headers: {
      host: 'shop.example',
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
      'content-type': 'application/json',
      accept: 'application/json, text/plain, */*',
      'accept-language': 'en-GB,en;q=0.9',
      cookie: 'session=0f9d8c7b6a5e4d3c2b1a; theme=dark; consent=2026-03-01',
      authorization: 'Bearer 0f9d8c7b6a5e4d3c2b1a0f9d8c7b6a5e4d3c2b1a',
      'x-request-id': '41d8-77aa-0012',
    },
    text: BENIGN_JSON,
  });
}

/** Exactly 10,240 bytes of ordinary JSON. */
export const BENIGN_JSON = benignJson();

function benignJson(): string {
  const lines: unknown[] = [];
  const build = (note: string) =>
    JSON.stringify({ customer: 4711, currency: 'EUR', created: '2026-11-20T09:30:00Z', lines, note });
  for (let index = 0; build('').length < 9900; index++) {
    lines.push({
      id: 100_000 + index,
      sku: `A-${1000 + index * 7}`,
      title: 'Toner cartridge, black',
      quantity: (index % 5) + 1,
      price: 19.9 + index,
      tax: { rate: 0.19, included: true },
      tags: ['office', 'print'],
    });
  }
  return build('x'.repeat(10_240 - build('').length));
}

/** A flow that carries `text` in one place. */
export function carry(carrier: Carrier, text: string, index: number): Flow {
  const json = { 'content-type': 'application/json' };
  const stream = { 'content-type': 'text/event-stream' };
  const url = 'https://tools.example/mcp';
  const message = (via: Message['via'], direction: Message['direction']): Message => ({
    direction,
    via,
    event: 'message',
    text,
    index: 0,
  });
  switch (carrier) {
    case 'request-body':
      return flowOf(index, { url, headers: json, text });
    case 'response-body':
      return { ...mcpPost(index), phase: 'response-body', response: { status: 200, headers: json, body: bodyOf(text) } };
    case 'sse-answer':
      return { ...mcpPost(index), phase: 'response-body', response: { status: 200, headers: stream, body: bodyOf(text) } };
    case 'sse-message':
      return {
        ...mcpPost(index),
        phase: 'message',
        response: { status: 200, headers: stream },
        message: message('sse', 'response'),
      };
    case 'websocket-message':
      return {
        ...flowOf(index, { url, headers: { upgrade: 'websocket', 'sec-websocket-protocol': 'mcp' }, text: '' }),
        phase: 'message',
        message: message('websocket', 'request'),
      };
    case 'url-path':
      return flowOf(index, {
        url: `https://tools.example/${text.replaceAll(/[\s?#]/g, '/')}`,
        headers: json,
        text: mcpCall.requestBody,
      });
    case 'url-query':
      return flowOf(index, { url: `${url}?${text.replaceAll(/[\s#]/g, '&')}`, headers: json, text: mcpCall.requestBody });
    case 'request-header':
      return flowOf(index, {
        url,
        headers: { ...json, 'mcp-name': text, cookie: text, 'user-agent': text },
        text: mcpCall.requestBody,
      });
    case 'many-headers':
      return flowOf(index, { url, headers: { ...json, ...headersOf(text) }, text: mcpCall.requestBody });
  }
}

/** Cuts text into header fields of 40 characters. */
function headersOf(text: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let at = 0; at < text.length; at += 40) headers[`mcp-param-${at}`] = text.slice(at, at + 40);
  return headers;
}

function flowOf(index: number, request: { url: string; headers: Record<string, string>; text: string }): Flow {
  return {
    id: `019ab3f0-7c1e-7000-8000-${index.toString(16).padStart(12, '0')}`,
    time: TIME + index,
    phase: 'request-body',
    client: { address: '10.1.2.3', port: 50_000 },
    principal: { user: 'ann', groups: ['engineering'], device: '', source: 'proxy-auth' },
    server: { host: new URL(request.url).hostname, port: 443, address: '203.0.113.7' },
    tls: {
      sni: new URL(request.url).hostname,
      alpn: 'http/1.1',
      version: 'TLSv1.3',
      ja4: 't13d1516h1_8daaf6152771_02713d6af862',
    },
    inspected: 'yes',
    request: { method: 'POST', url: request.url, httpVersion: '1.1', headers: request.headers, body: bodyOf(request.text) },
  };
}

/** Through bytes, as it arrives: the engine never sees a string that the bench has already walked over. */
function bodyOf(text: string): Body {
  const bytes = Buffer.from(text);
  return { text: bytes.toString('utf8'), bytes: bytes.length, complete: true };
}
