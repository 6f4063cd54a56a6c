// Builds exchanges for the tests of signals: a POST of JSON unless told otherwise.

import type { Flow, FlowHeaders, LearnedServer, Message, Phase } from '../../../src/engine/flow.ts';
import { type Extraction, extractSignals } from '../../../src/engine/signals/extract.ts';

export interface Exchange {
  url?: string;
  method?: string;
  headers?: FlowHeaders;
  /** Text as it is, anything else as JSON. */
  body?: unknown;
  /** The body is there, but cannot be read. */
  opaque?: boolean;
  phase?: Phase;
  status?: number;
  answer?: unknown;
  answerHeaders?: FlowHeaders;
  message?: Message;
  learned?: LearnedServer;
}

const text = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body));

export function exchange(given: Exchange): Flow {
  const { body, answer, status, answerHeaders } = given;
  const answered = status !== undefined || answer !== undefined || answerHeaders !== undefined;
  return {
    id: '00000000-0000-7000-8000-000000000000',
    time: 0,
    phase: given.phase ?? (answered ? 'response-body' : body === undefined && !given.opaque ? 'request-headers' : 'request-body'),
    client: { address: '10.0.0.1', port: 40000 },
    principal: { user: '', groups: [], device: '', source: 'none' },
    server: { host: 'work.example', port: 443, address: '' },
    tls: { sni: '', alpn: '', version: '', ja4: '' },
    inspected: 'yes',
    request: {
      method: given.method ?? (body === undefined ? 'GET' : 'POST'),
      url: given.url ?? 'https://work.example/api/assist',
      httpVersion: '1.1',
      headers: given.headers ?? (body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(given.opaque && { body: { text: '', bytes: 9, complete: true, problem: 'unsupported-encoding' as const } }),
      ...(body !== undefined && { body: { text: text(body), bytes: text(body).length, complete: true } }),
    },
    ...(answered && {
      response: {
        status: status ?? 200,
        headers: answerHeaders ?? { 'content-type': 'application/json' },
        ...(answer !== undefined && { body: { text: text(answer), bytes: text(answer).length, complete: true } }),
      },
    }),
    ...(given.message && { message: given.message }),
    ...(given.learned && { learned: given.learned }),
  };
}

export function extract(given: Exchange, previous?: Extraction): Extraction {
  return extractSignals(exchange(given), previous);
}

export function ids(extraction: Extraction): string[] {
  return extraction.signals.map((signal) => signal.id);
}

/** The kind of traffic if it is decided, `suspect` if there is only suspicion, `none` without any. */
export function kind({ score }: Extraction): string {
  return score.decided ? score.kind : score.confidence > 0 ? 'suspect' : 'none';
}

export const INITIALIZE = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'acme', version: '3.0.1' } },
};

export const call = (method: string, params?: unknown, id: unknown = 1): object => ({ jsonrpc: '2.0', id, method, params });

export const LEARNED: LearnedServer = {
  url: 'https://work.example/api/assist',
  transport: 'streamable-http',
  generation: '2025-06-18',
  serverName: 'ops',
  serverVersion: '1.0.0',
  lastSeen: 0,
  blocked: false,
};
