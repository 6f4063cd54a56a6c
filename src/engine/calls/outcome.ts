// What came of a call, and how that is known. The ladder: its answer; else what became of the exchange (blocked, failed, left); else
// the status of HTTP, with what a glance at the answer's bytes showed.
//
// Errors are told by class and code only: what servers write into them may be content.

import type { Disposition } from '../verdict.ts';
import type { Outcome, OutcomeSource } from './call-events.ts';
import type { Answer } from './read-calls.ts';

export interface CallResult {
  outcome: Outcome;
  source: OutcomeSource;
  code: number;
  /** Class of the error, '' without one. */
  error: string;
}

/** How an exchange ended, for the calls in it that were not answered as far as anybody saw. */
export interface Ending {
  status: number;
  disposition: Disposition;
  /** Why it failed, as in its event. */
  error: string;
  /**
   * How far the answer was read: as a document; as a stream of events; not at all, but its bytes were searched; not at all.
   */
  read: 'document' | 'stream' | 'glance' | 'no';
}

const CLASSES: Readonly<Record<number, string>> = {
  [-32700]: 'parse-error',
  [-32600]: 'invalid-request',
  [-32601]: 'method-not-found',
  [-32602]: 'invalid-params',
  [-32603]: 'internal-error',
  [-32002]: 'resource-not-found',
  [-32020]: 'header-mismatch',
  [-32021]: 'missing-capability',
  [-32022]: 'unsupported-version',
  [-32042]: 'url-elicitation-required',
};

/** JSON-RPC 2.0 section 5.1; MCP schema of all revisions. */
export function errorClassOf(code: number): string {
  return CLASSES[code] ?? (code <= -32000 && code >= -32099 ? 'server-error' : 'application-error');
}

/** Nobody answered. */
export const UNANSWERED: CallResult = Object.freeze({ outcome: 'unanswered', source: 'exchange', code: 0, error: '' });
const BLOCKED: CallResult = Object.freeze({ outcome: 'blocked', source: 'exchange', code: 0, error: '' });

/** The result that an answer gives. */
export function resultOf({ outcome, code }: Answer): CallResult {
  if (outcome === 'blocked') return BLOCKED;
  const error = outcome === 'error' ? errorClassOf(code) : outcome === 'tool-error' ? 'tool-error' : '';
  return { outcome, source: 'answer', code, error };
}

const UNKNOWN: CallResult = Object.freeze({ outcome: 'unknown', source: 'exchange', code: 0, error: '' });
/** Its answer is the stream itself, which has none until it ends. */
const STREAMING = 'subscriptions/listen';

/** The result of a call whose answer nobody saw. */
export function resultWithout(method: string, { status, disposition, error, read }: Ending): CallResult {
  if (disposition === 'blocked') return BLOCKED;
  if (disposition === 'failed') {
    // Faults of ours and of the way have a code; without one, the client left.
    const fault = /^ERR_[A-Z_]+/.exec(error)?.[0];
    return fault === undefined ? UNANSWERED : { outcome: 'failed', source: 'exchange', code: 0, error: fault };
  }
  if (status >= 400) return { outcome: 'error', source: 'status', code: 0, error: `http-${status}` };
  if (status !== 200) return UNKNOWN;
  if (read === 'document') return UNANSWERED;
  if (read === 'stream' && method !== STREAMING) return UNKNOWN;
  return { outcome: 'ok', source: read === 'glance' ? 'glance' : 'status', code: 0, error: '' };
}
