// What is handed to a scan and what comes out of it. No detector is known here.

import type { Action, Finding } from '../verdict.ts';

export type Direction = 'request' | 'response';

/** What a scan reads. */
export type Content =
  /** A JSON-RPC message or batch. `where`: prefix of the places in findings, e.g. `request.body`, `response.message.3`. */
  | { kind: 'json'; text: string; where: string }
  /** Header fields of a request, as name and value in turn, e.g. `['Mcp-Param-Region', 'us-west1']`. */
  | { kind: 'headers'; headers: readonly string[]; where: string };

/** What the pure engine cannot do itself. */
export interface ScanTools {
  /** Milliseconds of a monotonic clock. */
  now(): number;
  /** HMAC-SHA256 with the key of the installation, hexadecimal. */
  keyedHash(text: string): string;
  /** SHA-256, hexadecimal. */
  sha256(text: string): string;
}

export interface ScanResult {
  /** Without the values found. */
  findings: readonly Finding[];
  /** The value of each finding, in the same order. In memory only. */
  values: readonly string[];
  /** The strongest action that the findings call for; `allow` if there are none. */
  action: Action;
  /** Why not everything was read; '' if everything was. */
  truncated: '' | 'budget' | 'size' | 'unreadable';
  /** JSON content with what is to be redacted replaced; undefined if nothing is. */
  text?: string;
  /** Headers with what is to be redacted replaced; undefined if nothing is. */
  headers?: readonly string[];
  /** Each redacted value and its placeholder, for places that repeat it. In memory only. */
  replaced: ReadonlyMap<string, string>;
}

/** A scan under way: it can be left after a while and gone on with later. */
export interface Scan {
  /** Goes on until the clock shows `until`. @returns whether it is done. */
  run(until: number): boolean;
  /** Only when done. */
  result(): ScanResult;
}
