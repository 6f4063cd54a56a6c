// What the engine says about a flow. Never a bare boolean: every verdict carries its reason and its evidence.

import type { Generation, Transport } from './flow.ts';
import type { Extraction } from './signals/extract.ts';

/** What kind of traffic this is. See docs/reference/words.md. */
export const TRAFFIC = [
  'none',
  'suspect',
  'install',
  'discovery',
  'attached',
  'hosted',
  'shadow',
  'bypass',
  'approved',
  'portal',
] as const;
export type Traffic = (typeof TRAFFIC)[number];

/** What policy asks for, weakest first. */
export const ACTIONS = ['allow', 'log', 'redact', 'block'] as const;
export type Action = (typeof ACTIONS)[number];

/** What happened. `failed`: the exchange broke for a reason other than policy. */
export const DISPOSITIONS = ['allowed', 'logged', 'redacted', 'blocked', 'failed'] as const;
export type Disposition = (typeof DISPOSITIONS)[number];

/** One observed fact. */
export interface Signal {
  /** Dotted name, e.g. `mcp.header.protocol-version`. */
  id: string;
  /** Where it was seen, e.g. `request.headers.mcp-session-id`, `request.body.method`, `response.sse.endpoint`. */
  where: string;
  /** The value seen, shortened; never a credential. */
  value: string;
  weight: 'decisive' | 'strong' | 'weak';
}

/** A rule that matched, with the selections and values that made it match. */
export interface Match {
  ruleId: string;
  title: string;
  level: 'informational' | 'low' | 'medium' | 'high' | 'critical';
  tags: readonly string[];
  traffic: Traffic;
  evidence: readonly { selection: string; field: string; value: string }[];
}

/** One DLP hit. Never the value itself. */
export interface Finding {
  /** Detector id and its family. */
  detector: string;
  family: string;
  severity: 'low' | 'medium' | 'high' | 'critical';
  /** Profile that decided the action. */
  profile: string;
  direction: 'request' | 'response';
  /** JSON path or header name, e.g. `request.body.params.arguments.note`, `request.headers.mcp-param-card`. */
  where: string;
  /** Place and length in the decoded text there, in characters. */
  offset: number;
  length: number;
  /** The text was found under this coding. */
  decoded: '' | 'percent' | 'base64';
  /** A checksum or other validator agreed. */
  validated: boolean;
  confidence: 'low' | 'medium' | 'high';
  action: 'log' | 'redact' | 'block';
  /** Masked sample. */
  masked: string;
  /** Keyed hash of the value: equal values can be told, none can be guessed without the key. */
  hash: string;
}

/**
 * One JSON-RPC request or notification seen in the request. `id` is undefined for a notification. `method` is '' for what servers may
 * read differently, and for what could not be read.
 */
export interface RpcRequest {
  id: string | number | null | undefined;
  method: string;
}

/** What is known of the MCP side of the flow. Empty strings where nothing was seen. */
export interface McpFacts {
  transport: Transport;
  generation: Generation | '';
  /** First JSON-RPC method of the request. */
  method: string;
  requests: readonly RpcRequest[];
  batch: boolean;
  tool: string;
  resource: string;
  prompt: string;
  sessionId: string;
  clientName: string;
  clientVersion: string;
  serverName: string;
  serverVersion: string;
  /** Absolute URL that an old-transport `endpoint` event named, '' otherwise. */
  endpoint: string;
  /** URLs of servers that a model provider was asked to call (`hosted`), or names of servers attached to the client (`attached`). */
  servers: readonly string[];
}

/** Which step of policy decided. */
export interface PolicyStep {
  step:
    | 'none'
    | 'exception'
    | 'approval'
    | 'rule-mode'
    | 'tag-mode'
    | 'traffic-mode'
    | 'default-mode'
    | 'server-block'
    | 'pause'
    | 'dlp'
    | 'error';
  /** Rule id, tag, traffic class, approval URL or exception id that decided; '' if none. */
  id: string;
  mode: 'off' | 'log' | 'block';
  /** What the mode list alone would have said, before approvals and exceptions. */
  comment: string;
}

/** What policy was asked about at an earlier phase of a flow. */
export interface Judgement {
  /** Before any answer was there. */
  asked: boolean;
  matches: readonly Match[];
  mcp: McpFacts;
}

export interface Verdict {
  traffic: Traffic;
  action: Action;
  disposition: Disposition;
  /** One sentence for a person. */
  reason: string;
  /** 0 to 100. */
  confidence: number;
  signals: readonly Signal[];
  matches: readonly Match[];
  findings: readonly Finding[];
  /** Whether DLP read the content, and if not all of it, why. Absent where no profile covers the flow. */
  scan?: 'complete' | 'truncated';
  mcp: McpFacts;
  policy: PolicyStep;
  /** Earlier phases whose matches and facts this verdict does not repeat: another policy might have blocked there (policy/earlier.ts). */
  earlier?: readonly Judgement[];
  /** What the signals were read from, so that a later phase reads only what is new. Not stored. */
  extraction?: Extraction;
}
