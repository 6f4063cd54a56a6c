// What the engine judges: one exchange between a client and a server, as plain JSON.
//
// A Flow holds facts and nothing else. The proxy fills it phase by phase; a HAR entry, a stored event and a rule sample
// become the same shape. Because it is plain JSON, one click saves it as a test sample.

import type { JsonOutline } from './signals/outline.ts';

/** How far the exchange has come. `decide` is called once per phase and sees everything up to it. */
export type Phase = 'connect' | 'request-headers' | 'request-body' | 'response-headers' | 'response-body' | 'message';

/**
 * Header fields by lower-case name. Repeated fields are joined with ", " (RFC 9110 section 5.3), `cookie` with "; ".
 */
export type FlowHeaders = Readonly<Record<string, string>>;

/** Who made the request, and how that is known. */
export interface Principal {
  /** User name, or '' when nobody could be identified. */
  user: string;
  groups: readonly string[];
  device: string;
  /** `address`: nothing but the source address is known. */
  source: 'address' | 'proxy-auth' | 'mtls' | 'address-map' | 'header' | 'none';
}

/** A body as the engine sees it: a decoded, bounded prefix. The wire carries the original bytes. */
export interface Body {
  /** The prefix after content decoding, as UTF-8 text (invalid sequences replaced). */
  text: string;
  /** Decoded bytes seen so far; larger than the prefix when `truncated`. */
  bytes: number;
  /** The body has ended, and `text` is all of it. */
  complete: boolean;
  /** Why the body could not be read as it should. */
  problem?: 'unsupported-encoding' | 'bad-encoding' | 'too-large';
  /** What the streaming scanner kept of a JSON body that is longer than the prefix (see signals/json-scanner.ts). */
  outline?: JsonOutline;
}

/** One message of a stream: an SSE event or a WebSocket text message. */
export interface Message {
  direction: 'request' | 'response';
  via: 'sse' | 'websocket';
  /** SSE event name (`message` when the field is absent). */
  event: string;
  text: string;
  /** Position in its direction, from 0. */
  index: number;
}

export interface FlowRequest {
  /** Upper-case method as received. */
  method: string;
  /** Absolute URL as received, credentials included; what is stored and matched by policy is `redactUrl(url)`. */
  url: string;
  httpVersion: '1.0' | '1.1' | '2';
  headers: FlowHeaders;
  body?: Body;
}

export interface FlowResponse {
  status: number;
  headers: FlowHeaders;
  body?: Body;
}

/** What was learnt earlier about the server that this flow goes to. Looked up by the caller, part of the input. */
export interface LearnedServer {
  /** Origin and path that spoke MCP, e.g. `https://tools.example:8443/mcp`. */
  url: string;
  /** For an endpoint that an event stream of the old transport named: URL of that stream, under which the server is approved. */
  stream?: string;
  transport: Transport;
  generation: Generation | '';
  serverName: string;
  serverVersion: string;
  /** Epoch milliseconds of the last proof. */
  lastSeen: number;
  /** The server was blocked on its answer: later requests are refused before they leave. */
  blocked: boolean;
}

/** MCP revisions that differ on the wire (MCP specification, changelogs of each revision). */
export type Generation = '2024-11-05' | '2025-03-26' | '2025-06-18' | '2025-11-25' | '2026-07-28';

export type Transport = 'http+sse' | 'streamable-http' | 'websocket' | 'unknown';

/** TLS facts of the client side of the flow; empty strings for plain HTTP. */
export interface FlowTls {
  sni: string;
  alpn: string;
  version: string;
  /** JA4 client fingerprint (FoxIO JA4, BSD-3-Clause specification). */
  ja4: string;
  /** The client sent an encrypted_client_hello extension, real or random. */
  ech?: boolean;
}

export interface Flow {
  /** UUIDv7; also the event id. */
  id: string;
  /** Start of the request, epoch milliseconds. Policy dates are compared with it. */
  time: number;
  phase: Phase;
  client: { address: string; port: number };
  principal: Principal;
  /** Where the bytes go: the CONNECT authority, never the inner Host. `address` is '' until resolved. */
  server: { host: string; port: number; address: string };
  tls: FlowTls;
  /** Whether content could be seen. `passthrough`: on the do-not-inspect list. `opaque`: not HTTP. */
  inspected: 'yes' | 'passthrough' | 'opaque';
  request: FlowRequest;
  response?: FlowResponse;
  /** The message under judgement in phase `message`. */
  message?: Message;
  learned?: LearnedServer;
}
