// Whether the approvals cover a flow, and how.
//
// Of all approvals that cover the place and whose scope fits (user, group, period, condition), any that allows the tool and
// the method decides; `direct` wins over `portal`. If none allows the call, the call is `outside` the approval. If the place
// is covered but no scope fits, it is `unfit`, which is no approval. Where tools or methods are listed, a message that cannot be
// read for certain is outside.

import type { Flow } from '../flow.ts';
import type { McpFacts } from '../verdict.ts';
import { covers, originOf, type Place, placeOf } from './origin.ts';
import type { Approval } from './schema.ts';
import { compileScope, type Scope } from './scope.ts';
import type { WhenInput } from './when.ts';

export interface CompiledApproval {
  source: Approval;
  place: Place;
  scope: Scope;
  allowsTool: NameTest;
  /** Some tools may not be called. */
  limitsTools: boolean;
  methods: NameTest | undefined;
}

export type ApprovalsByOrigin = ReadonlyMap<string, readonly CompiledApproval[]>;

type NameTest = (name: string) => boolean;

export type ApprovalFinding =
  | { is: 'none' }
  /** Covered, but not for this user, at this time, or under this condition. */
  | { is: 'unfit'; approval: Approval }
  /** Covered, but this tool or method is not allowed. */
  | { is: 'outside'; approval: Approval; what: string }
  | { is: 'approved' | 'bypass'; approval: Approval };

/** Methods that keep a session going; a list of allowed methods need not name them. */
const LIFECYCLE = /^(initialize|ping|server\/discover|notifications\/.*)$/;

/**
 * Compiles one approval.
 *
 * @throws Error that names the offending value.
 */
export function compileApproval(source: Approval): CompiledApproval {
  const { users, groups, until, when } = source;
  const allowed = source.tools && compileNames(source.tools);
  const blocked = source.blockedTools && compileNames(source.blockedTools);
  return {
    source,
    place: placeOf(source.url),
    scope: compileScope({ users, groups, until, when }),
    allowsTool: (name) => (allowed?.(name) ?? true) && !blocked?.(name),
    limitsTools: (allowed ?? blocked) !== undefined,
    methods: source.methods && compileNames(source.methods),
  };
}

/** Names as policy writes them: exact, or `prefix*`. */
export function compileNames(names: readonly string[]): NameTest {
  const exact = new Set(names);
  const prefixes = names.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1));
  return (name) => exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
}

/** Approvals by origin, most specific path first. */
export function indexApprovals(approvals: readonly CompiledApproval[]): ApprovalsByOrigin {
  const byOrigin = new Map<string, CompiledApproval[]>();
  for (const approval of approvals) {
    byOrigin.set(approval.place.origin, [...(byOrigin.get(approval.place.origin) ?? []), approval]);
  }
  for (const list of byOrigin.values()) list.sort((a, b) => lengthOf(b.place) - lengthOf(a.place));
  return byOrigin;
}

/** How specific a place is. */
export function lengthOf(place: Place): number {
  return place.path?.length ?? 0;
}

const NOTHING_FOUND: ApprovalFinding = Object.freeze({ is: 'none' });

/** Judges the places that a flow goes to. `originOnly`: steps before a session happen beside the path of the server. */
export function findApproval(
  places: readonly Place[],
  input: WhenInput,
  approvals: ApprovalsByOrigin,
  originOnly = false,
): ApprovalFinding {
  if (approvals.size === 0) return NOTHING_FOUND;
  const covering = coveringApprovals(places, approvals, originOnly);
  const [first] = covering;
  if (first === undefined) return NOTHING_FOUND;
  const fitting = covering.filter((approval) => approval.scope(input));
  if (fitting[0] === undefined) return { is: 'unfit', approval: first.source };
  const allowing = fitting.filter((approval) => forbidden(approval, input.mcp) === undefined);
  const direct = allowing.find((approval) => approval.source.via === 'direct');
  if (direct !== undefined) return { is: 'approved', approval: direct.source };
  if (allowing[0] !== undefined) return { is: 'bypass', approval: allowing[0].source };
  return { is: 'outside', approval: fitting[0].source, what: forbidden(fitting[0], input.mcp) ?? '' };
}

function coveringApprovals(
  places: readonly Place[],
  approvals: ApprovalsByOrigin,
  originOnly: boolean,
): readonly CompiledApproval[] {
  return places.flatMap((place) =>
    (approvals.get(place.origin) ?? []).filter((approval) => originOnly || covers(approval.place, place)),
  );
}

/** The approvals that cover one of the places and fit the user, the time and the condition. */
export function fittingApprovals(
  places: readonly Place[],
  input: WhenInput,
  approvals: ApprovalsByOrigin,
): readonly CompiledApproval[] {
  return coveringApprovals(places, approvals, false).filter((approval) => approval.scope(input));
}

/** The tool or method that the approval does not allow, as a phrase. */
function forbidden({ allowsTool, limitsTools, methods }: CompiledApproval, mcp: McpFacts): string | undefined {
  const unclear = (limitsTools || methods !== undefined) && mcp.requests.some(({ method }) => method === '');
  if (unclear) return 'a message that cannot be read for certain';
  if (methods !== undefined) {
    const method = mcp.requests.map((request) => request.method).find((name) => !LIFECYCLE.test(name) && !methods(name));
    if (method !== undefined) return `method ${method}`;
  }
  if (!limitsTools) return undefined;
  if (mcp.tool !== '' && !allowsTool(mcp.tool)) return `tool ${mcp.tool}`;
  // The messages of a WebSocket are judged one by one, and the tool is that of the last.
  if (mcp.transport === 'websocket' && !mcp.batch) return undefined;
  const calls = mcp.requests.filter((request) => request.method === 'tools/call').length;
  return calls > 1 ? 'a batch of several tool calls' : undefined;
}

/**
 * The places that a flow may be approved for: where the bytes go, and the server whose memory the flow belongs to if it has
 * the same origin. A CONNECT to an address counts as the name that its certificate was verified for. A Host that names
 * another server than the bytes go to is approved for nothing.
 */
export function placesOf(flow: Flow): readonly Place[] {
  const { server, tls, learned } = flow;
  const claimed = placeOf(flow.request.url);
  const scheme = claimed.origin.slice(0, claimed.origin.indexOf(':'));
  const actual = originOf(scheme, server.host, server.port);
  const places: Place[] = [];
  if (actual === claimed.origin) places.push(claimed);
  else if (isAddress(server.host) && tls.sni !== '' && originOf(scheme, tls.sni, server.port) === claimed.origin) {
    places.push(claimed, { origin: actual, path: claimed.path });
  }
  for (const url of [learned?.url, learned?.stream]) {
    const place = url === undefined ? undefined : placeOf(url);
    if (place !== undefined && places.some(({ origin }) => origin === place.origin)) places.push(place);
  }
  return places;
}

function isAddress(host: string): boolean {
  return host.includes(':') || /^[0-9.]+$/.test(host);
}
