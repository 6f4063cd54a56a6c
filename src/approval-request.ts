// What a person asks for who was blocked: the shape that the page, the store of requests and the commands share.

import type { HttpFlowEvent } from './engine/event.ts';
import { approvalTargets } from './engine/policy/approval-targets.ts';

export const REQUEST_STATES = ['pending', 'approved', 'denied'] as const;
export type RequestState = (typeof REQUEST_STATES)[number];

/** How many days can be asked for. */
export const ASKED_DAYS = [30, 90, 365] as const;

/** What is known of the request that was blocked. All of it is empty while the event is not stored. */
export interface BlockedFacts {
  /** What an approval has to name: redacted URLs, or `name:NAME`. */
  servers: readonly string[];
  traffic: string;
  /** Why it was blocked, one sentence. */
  blocked: string;
  /** Id of the first rule that matched. */
  rule: string;
  method: string;
  tool: string;
  /** Who it was, as the proxy identified them; '' if it did not. */
  user: string;
  /** Address of the client. */
  address: string;
}

export interface ApprovalRequest extends BlockedFacts {
  /** `rq-17`. */
  id: string;
  event_id: string;
  state: RequestState;
  /** Epoch milliseconds. */
  created: number;
  /** Who asks, in their own words: nobody has verified it. */
  name: string;
  reason: string;
  days: number;
  /** Epoch milliseconds; 0 while the request is pending. */
  decided: number;
  decided_by: string;
  comment: string;
  /** Last day of the approval. */
  until: string;
}

export type RequestDraft = Pick<ApprovalRequest, 'event_id' | 'created' | 'name' | 'reason' | 'days' | keyof BlockedFacts>;

/** What became of a draft. */
export type Filing =
  | { is: 'filed' | 'known'; request: ApprovalRequest }
  /** Seconds after which it makes sense to try again. */
  | { is: 'refused'; why: string; retryAfter: number };

export const NO_FACTS: BlockedFacts = Object.freeze({
  servers: Object.freeze([]),
  traffic: '',
  blocked: '',
  rule: '',
  method: '',
  tool: '',
  user: '',
  address: '',
});

/** A pseudonym names nobody whom a policy could name. */
const PSEUDONYM = /^p-[0-9a-f]{32}$/;

export function factsOf(event: HttpFlowEvent): BlockedFacts {
  return {
    servers: approvalTargets({ traffic: event.traffic, server: event.server_key, servers: event.mcp_servers }),
    traffic: event.traffic,
    blocked: event.reason,
    rule: event.rules[0] ?? '',
    method: event.mcp_method,
    tool: event.mcp_tool,
    user: PSEUDONYM.test(event.user_id) ? '' : event.user_id,
    address: event.src_ip,
  };
}
