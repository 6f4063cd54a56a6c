// The extraction while it is being made: signals without repetition, the facts of the MCP side, and what later phases need to know
// of earlier ones.

import type { Flow, Generation } from '../flow.ts';
import type { McpFacts, Signal } from '../verdict.ts';
import { SIGNALS, type SignalId, type Weight } from './catalogue.ts';

/** What later phases need to know of earlier ones. Plain JSON. */
export interface Carry {
  /** Position of the last examined phase, see extract.ts. */
  through: number;
  /** The request holds JSON-RPC. */
  rpc: boolean;
  /** A message of the request expects an answer. */
  asks: boolean;
  /** Evidence from the body that counts in full only when the answer confirms it. */
  held: readonly Signal[];
  /** The answer is JSON-RPC or an event stream. */
  confirmed: boolean;
  /** A named event other than `message` was seen. */
  namedEvent: boolean;
  /** Messages examined in phase `message`. */
  messages: number;
}

export interface Draft {
  signals: Signal[];
  mcp: { -readonly [K in keyof McpFacts]: McpFacts[K] };
  carry: Carry;
}

export const NO_MCP: McpFacts = Object.freeze({
  transport: 'unknown',
  generation: '',
  method: '',
  requests: Object.freeze([]),
  batch: false,
  tool: '',
  resource: '',
  prompt: '',
  sessionId: '',
  clientName: '',
  clientVersion: '',
  serverName: '',
  serverVersion: '',
  endpoint: '',
  servers: Object.freeze([]),
});

const MAX_SIGNALS = 48;
const MAX_VALUE = 160;
const MAX_SERVERS = 64;

/** Adds a signal unless one of that id is there. */
export function addSignal(draft: Draft, id: SignalId, where: string, value: string, weight: Weight = SIGNALS[id].weight): void {
  const { signals } = draft;
  if (signals.length >= MAX_SIGNALS) return;
  for (const signal of signals) if (signal.id === id) return;
  signals.push({ id, where, value: shorten(value), weight });
}

export function hasSignal(draft: Draft, id: SignalId): boolean {
  return draft.signals.some((signal) => signal.id === id);
}

/** Remembers a server that a model API is to call, or that is attached to the client. */
export function addServer(draft: Draft, server: string): void {
  const { servers } = draft.mcp;
  const name = server.slice(0, 512);
  if (name === '' || servers.includes(name) || servers.length >= MAX_SERVERS) return;
  draft.mcp.servers = [...servers, name];
}

const GENERATIONS = new Set<string>([
  '2024-11-05',
  '2025-03-26',
  '2025-06-18',
  '2025-11-25',
  '2026-07-28',
] satisfies Generation[]);

/** The generation that a protocol version names, '' for one that is not known. */
export function generationOf(version: string): Generation | '' {
  return GENERATIONS.has(version) ? (version as Generation) : '';
}

/** Shortens a value for display, without control characters. */
function shorten(value: string): string {
  const short = value.length > MAX_VALUE ? `${value.slice(0, MAX_VALUE)}…` : value;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to be removed
  return /[\u0000-\u001f\u007f]/.test(short) ? short.replace(/[\u0000-\u001f\u007f]+/g, ' ') : short;
}

/** A header of the request, '' if it is missing. */
export function requestHeader(flow: Flow, name: string): string {
  return flow.request.headers[name] ?? '';
}
