// What a client gets instead of the server's answer, so that the person behind it reads why.
//
//   request with JSON-RPC ids   HTTP 200 with a JSON-RPC error per id (SDK clients hide the text of a 403); 403 with the same in the
//                               old transport, whose clients await their answer in the stream and read only failures here
//   browser page                403 with an HTML page
//   everything else             403 with JSON
//
// Failures of the proxy (no route, bad certificate, ...) take the same forms with their own status.

import type { Flow, Transport } from '../engine/flow.ts';
import { serverKeyOf } from '../engine/inventory/server-key.ts';
import { approvalTargets } from '../engine/policy/approval-targets.ts';
import { redactUrl } from '../engine/redact-url.ts';
import type { RpcRequest, Verdict } from '../engine/verdict.ts';
import type { DaylightError, ErrorCode } from '../errors.ts';
import type { RpcError } from './refuse-message.ts';

export interface Answer {
  status: number;
  reason: string;
  headers: readonly string[];
  body: Buffer;
}

/** JSON-RPC error code of a refusal: server-defined range, clear of the codes that MCP and its SDKs use. */
export const BLOCKED_CODE = -32050;
export const FAILED_CODE = -32051;

const STATUS_OF: Partial<Record<ErrorCode, [number, string]>> = {
  ERR_MISDIRECTED: [421, 'Misdirected Request'],
  ERR_IDENTITY: [403, 'Forbidden'],
  ERR_ADDRESS_REFUSED: [403, 'Forbidden'],
  ERR_PORT_REFUSED: [403, 'Forbidden'],
  ERR_CLIENT_REFUSED: [403, 'Forbidden'],
  ERR_AUTHORITY_INVALID: [400, 'Bad Request'],
  ERR_HTTP_SYNTAX: [400, 'Bad Request'],
  ERR_HTTP_LIMIT: [431, 'Request Header Fields Too Large'],
  ERR_TIMEOUT: [408, 'Request Timeout'],
  ERR_UPSTREAM_TIMEOUT: [504, 'Gateway Timeout'],
};

/**
 * The answer to a request that policy blocks.
 *
 * @param contact whom to ask for approval
 * @param askLink makes the link to ask for approval; absent where requests cannot be taken
 */
export function answerBlocked(
  flow: Flow,
  verdict: Verdict,
  contact: string,
  askLink?: ((eventId: string) => string) | undefined,
): Answer {
  const { code, message, details } = blocked(flow, verdict, contact, askLink);
  return answer(flow, verdict.mcp, { status: 403, reason: 'Forbidden', code, title: 'Blocked by Daylight', message, details });
}

/**
 * The last events of an answer that policy ends: an error for each request that awaits its answer there, '' if none does. Clients take a stream
 * that only breaks off for a lost connection, and wait for it to come back. The first empty line ends an event that was under way.
 */
export function blockedEvents(
  flow: Flow,
  verdict: Verdict,
  contact: string,
  askLink?: ((eventId: string) => string) | undefined,
): string {
  const ids = verdict.mcp.requests.filter(({ id }) => id !== undefined);
  if (ids.length === 0) return '';
  const { code, message, details } = blocked(flow, verdict, contact, askLink);
  const error = { code, message, data: { daylight: details } };
  return `\n\n${ids.map(({ id }) => `event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', id, error })}\n\n`).join('')}`;
}

/** The JSON-RPC error for one message of a stream that is blocked. */
export function blockedError(flow: Flow, verdict: Verdict, contact: string): RpcError {
  const { code, message, details } = blocked(flow, verdict, contact);
  return { code, message, data: { daylight: details } };
}

function blocked(
  flow: Flow,
  verdict: Verdict,
  contact: string,
  askLink?: ((eventId: string) => string) | undefined,
): Pick<Content, 'code' | 'message' | 'details'> {
  const isContent = verdict.policy.step === 'dlp';
  const match = isContent ? undefined : verdict.matches[0];
  const server = redactUrl(flow.request.url);
  const rule = match ? `${match.title} (${match.ruleId})` : `${verdict.policy.step} ${verdict.policy.id}`.trim();
  const askUrl = approvalHelps(flow, verdict) ? askLink?.(flow.id) : undefined;
  const aim = isContent ? 'If this is a mistake' : 'To ask for approval';
  const details = {
    eventId: flow.id,
    traffic: verdict.traffic,
    server,
    rule: match?.ruleId ?? '',
    ruleTitle: match?.title ?? '',
    reason: verdict.reason,
    howToAsk: `${aim}, send ${contact} the event id ${flow.id}.`,
    ...(askUrl !== undefined && { askUrl }),
  };
  const message = `Blocked by Daylight: ${verdict.reason} Rule: ${rule}. ${details.howToAsk}${askUrl === undefined ? '' : ` Or say why you need it: ${askUrl}`}`;
  return { code: BLOCKED_CODE, message, details };
}

/** Whether an approval of the server would let the request pass. Not where content or a call outside an approval was blocked. */
function approvalHelps(flow: Flow, { traffic, signals, mcp, policy }: Verdict): boolean {
  if (policy.step === 'dlp' || policy.step === 'error' || traffic === 'approved' || traffic === 'portal') return false;
  const server = serverKeyOf(flow, { traffic, signals });
  return approvalTargets({ traffic, server, servers: mcp.servers }).length > 0;
}

/** The answer to a request that could not be carried out. `rpc`: the JSON-RPC requests it held, if any. */
export function answerFailed(flow: Flow, rpc: Rpc, error: DaylightError): Answer {
  const [status, reason] = STATUS_OF[error.code] ?? [502, 'Bad Gateway'];
  const message = `Daylight could not pass this request on: ${error.message} Event id ${flow.id}.`;
  const details = { eventId: flow.id, error: error.code, server: redactUrl(flow.request.url), reason: error.message };
  return answer(flow, rpc, { status, reason, code: FAILED_CODE, title: `${status} ${reason}`, message, details });
}

/** The JSON-RPC side of a request. */
type Rpc = { requests: readonly RpcRequest[]; batch: boolean; transport?: Transport };

interface Content {
  status: number;
  reason: string;
  code: number;
  title: string;
  message: string;
  details: Record<string, string>;
}

function answer(flow: Flow, rpc: Rpc, content: Content): Answer {
  const { code, message, details } = content;
  const ids = rpc.requests.filter((request) => request.id !== undefined);
  if (ids.length > 0) {
    const errors = ids.map(({ id }) => ({ jsonrpc: '2.0', id, error: { code, message, data: { daylight: details } } }));
    const text = JSON.stringify(rpc.batch ? errors : errors[0]);
    if (rpc.transport === 'http+sse') return build(content.status, content.reason, 'application/json', text, flow.id);
    return build(200, 'OK', 'application/json', text, flow.id);
  }
  const { headers, method } = flow.request;
  if ((method === 'GET' || method === 'HEAD') && (headers.accept ?? '').includes('text/html')) {
    return build(content.status, content.reason, 'text/html; charset=utf-8', page(content), flow.id);
  }
  return build(
    content.status,
    content.reason,
    'application/json',
    JSON.stringify({ error: { code, message, data: { daylight: details } } }),
    flow.id,
  );
}

function build(status: number, reason: string, type: string, text: string, eventId: string): Answer {
  const body = Buffer.from(`${text}\n`);
  const headers = [
    'Content-Type',
    type,
    'Content-Length',
    String(body.length),
    'Cache-Control',
    'no-store',
    'Daylight-Event',
    eventId,
  ];
  return { status, reason, headers, body };
}

/** What the page shows below its sentences, and under which name. */
const LABELS: Record<string, string> = {
  server: 'Server',
  traffic: 'Traffic',
  ruleTitle: 'Rule',
  rule: 'Rule id',
  error: 'Error',
  eventId: 'Event',
};

function page({ title, details }: Content): string {
  const rows = Object.entries(LABELS)
    .filter(([key]) => details[key])
    .map(([key, label]) => `<dt>${label}</dt><dd>${escapeHtml(details[key]!)}</dd>`)
    .join('');
  const sentences = [details.reason, details.howToAsk].filter(Boolean).map((text) => `<p>${escapeHtml(text!)}</p>`);
  const link = details.askUrl ? `<p><a href="${escapeHtml(details.askUrl)}">Ask for approval</a></p>` : '';
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title><style>
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:12vh auto;padding:0 1.5rem}
h1{font-size:1.5rem}dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;font-size:.875rem}dt{opacity:.7}dd{margin:0;overflow-wrap:anywhere}
</style></head><body><h1>${escapeHtml(title)}</h1>${sentences.join('')}${link}<dl>${rows}</dl></body></html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
