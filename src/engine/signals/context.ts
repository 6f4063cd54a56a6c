// What is known of the place a request goes to: memory of servers, usual paths and hosts of MCP.
//
// Only requests that could be MCP are looked at: POST, DELETE, and GET that asks for an event stream. A person who opens a page of
// that name in a browser is no sign of anything.

import type { Flow } from '../flow.ts';
import { addSignal, type Draft, requestHeader } from './draft.ts';
import { lastSegment, type Place } from './place.ts';

const TUNNEL_HOST = /\.(?:ngrok(?:-free)?\.(?:app|dev|io)|trycloudflare\.com|devtunnels\.ms|ts\.net|loca\.lt)(?::\d+)?$/;

/** Reads memory and address. */
export function readContext(flow: Flow, place: Place, draft: Draft): void {
  const { method } = flow.request;
  const { learned } = flow;
  const stream = method === 'GET' && requestHeader(flow, 'accept').includes('text/event-stream');
  const socket = method === 'GET' && requestHeader(flow, 'upgrade').toLowerCase() === 'websocket';
  if (learned !== undefined) {
    addSignal(draft, 'mcp.learned', 'memory', learned.serverName);
    const preflight = method === 'OPTIONS' && requestHeader(flow, 'access-control-request-method') !== '';
    if (method === 'DELETE' || stream || socket || preflight || (method === 'POST' && mayBeJson(flow))) {
      addSignal(draft, 'mcp.learned.fits', 'request.method', method);
    }
    draft.mcp.transport = learned.transport;
    draft.mcp.generation ||= learned.generation;
    draft.mcp.serverName = learned.serverName;
    draft.mcp.serverVersion = learned.serverVersion;
  }
  if (/\/v1\/tunnels\/[^/]+\/(?:poll|response)$/.test(place.path)) readVendorTunnel(flow, draft);
  if (method !== 'POST' && method !== 'DELETE' && !stream) return;
  if (
    method === 'POST' &&
    requestHeader(flow, 'content-type').startsWith('application/grpc') &&
    /[/.]mcp(?:[/.]|service)/.test(place.path)
  ) {
    addSignal(draft, 'mcp.grpc', 'request.url.path', place.path);
  }
  if (lastSegment(place.path) === 'mcp') addSignal(draft, 'mcp.path', 'request.url.path', place.path);
  if (place.host.includes('mcp') && /(?:^|\.)mcp\./.test(place.host))
    addSignal(draft, 'mcp.host', 'request.url.host', place.host);
}

function readVendorTunnel(flow: Flow, draft: Draft): void {
  if (requestHeader(flow, 'x-tunnel-client-name') !== '') addSignal(draft, 'mcp.tunnel.vendor', 'request.url.path', '');
}

/** What a JSON-RPC POST to this place adds: paths of the old transport, hosts that expose local servers. */
export function readRpcContext(place: Place, draft: Draft): void {
  const last = lastSegment(place.path);
  if (last === 'sse' || (/^messages?$/.test(last) && /session_?id=/i.test(place.query)))
    addSignal(draft, 'mcp.path', 'request.url.path', place.path);
  if (TUNNEL_HOST.test(place.host)) addSignal(draft, 'mcp.tunnel-host', 'request.url.host', place.host);
}

function mayBeJson(flow: Flow): boolean {
  const type = requestHeader(flow, 'content-type');
  return type === '' || type.includes('json') || type.startsWith('text/plain') || type.startsWith('application/octet-stream');
}
