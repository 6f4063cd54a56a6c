// The rows of calls: one for each request to an MCP server, one for each call to a model API, whatever road it took. Each names the
// exchange it was part of.
//
// A row is written for every call of the data path, so what has its column's default value is left out of it.

import type { Generation, Transport } from '../flow.ts';
import type { Action, Disposition, Traffic } from '../verdict.ts';

/** What came of a call. `failed`: it did not get through; `unanswered`: it did, and nobody answered; `unknown`: the answer went elsewhere. */
export type Outcome = 'ok' | 'tool-error' | 'error' | 'blocked' | 'failed' | 'unanswered' | 'unknown';

/**
 * How the outcome is known: the answer was read; its bytes were only searched for signs of an error; only the status of HTTP is known;
 * or the exchange itself says it.
 */
export type OutcomeSource = 'answer' | 'glance' | 'status' | 'exchange';

/** Straight to the server or provider, or through a portal or gateway that policy names. */
export type Road = 'direct' | 'portal' | 'gateway';

interface CallOrigin {
  /** Epoch milliseconds at which it was asked. */
  ts: number;
  event_id: string;
  tenant: string;
  sensor: string;
  /** `event_id` of the exchange in `http_flow`. */
  parent_id: string;
  user_id?: string;
  user_groups?: readonly string[];
  dst_host: string;
  traffic: Traffic;
  road: Road;
  action: Action;
  disposition: Disposition;
  dlp_count?: number;
}

export interface McpCallEvent extends CallOrigin {
  kind: 'mcp_call';
  /** URL of the portal in policy. */
  portal?: string;
  session_id?: string;
  client_name?: string;
  server_key: string;
  generation?: Generation;
  transport: Transport;
  method: string;
  tool?: string;
  resource?: string;
  prompt?: string;
  outcome: Outcome;
  outcome_source: OutcomeSource;
  /** Of JSON-RPC. */
  error_code?: number;
  /** Class of the error (outcome.ts); never what the server wrote. */
  error?: string;
  status: number;
  duration_ms: number;
  /** Bytes of the message and of its answer; absent where they cannot be told from others. */
  args_bytes?: number;
  result_bytes?: number;
  /** What the call was given, redacted; only if excerpts are stored. */
  excerpt?: string;
}

export interface LlmCallEvent extends CallOrigin {
  kind: 'llm_call';
  /** Name of the gateway in policy. */
  gateway?: string;
  /** Who serves the model, as far as its address says; `other` where it does not. */
  provider: string;
  /** Form of the API (model-api.ts). */
  api: string;
  model_requested: string;
  /** As the answer names it. */
  model: string;
  stream: 0 | 1;
  status: number;
  error?: string;
  finish_reason?: string;
  /** All tokens of the request, cached ones included. */
  input_tokens?: number;
  /** All tokens of the answer, reasoning included. */
  output_tokens?: number;
  /** Part of the input that was read from a cache, and part that was written to one. */
  cached_tokens?: number;
  cache_write_tokens?: number;
  reasoning_tokens?: number;
  /** US dollars as a decimal number; null if the model has no price or the answer no usage. */
  cost_usd: string | null;
  /** Milliseconds to the first byte of the answer. */
  ttft_ms: number;
  duration_ms: number;
  req_bytes: number;
  resp_bytes: number;
  /** How many tools were offered, and the names of the first of them. */
  tools_offered?: number;
  tools?: readonly string[];
  /** Servers that the provider was told to call. */
  mcp_servers?: readonly string[];
}
