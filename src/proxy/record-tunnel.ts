// The event of a tunnel that held no readable exchange: passed through, not HTTP, or broken before it began.

import { type HttpFlowEvent, toEvent } from '../engine/event.ts';
import { judge } from './judge.ts';
import { opaqueFlow, type Tunnel } from './open-flow.ts';
import type { ProxyServices } from './services.ts';
import { uuidv7 } from './uuid.ts';

export interface TunnelOutcome {
  /** Epoch milliseconds. */
  start: number;
  inspected: 'passthrough' | 'opaque';
  up: number;
  down: number;
  /** '' if the tunnel ended as tunnels do. */
  error: string;
}

export function recordTunnel(services: ProxyServices, tunnel: Tunnel, outcome: TunnelOutcome): void {
  services.emit(eventOf(services, tunnel, outcome));
}

/**
 * Notes that a client left right after the TLS handshake without a word. That may mean that it does not trust the CA, or that it changed its
 * mind: a sign that Coverage weighs, and no event.
 */
export function noteLeaving(services: ProxyServices, tunnel: Tunnel, start: number): void {
  const outcome: TunnelOutcome = { start, inspected: 'opaque', up: 0, down: 0, error: 'ERR_CLIENT_TLS: left without a word' };
  services.noteClient(eventOf(services, tunnel, outcome));
}

function eventOf(services: ProxyServices, tunnel: Tunnel, outcome: TunnelOutcome): HttpFlowEvent {
  const flow = opaqueFlow(tunnel, outcome.inspected, uuidv7(outcome.start), outcome.start);
  const verdict = judge(services, flow, undefined);
  return toEvent(
    flow,
    verdict,
    {
      endTime: services.now(),
      requestBytes: outcome.up,
      responseBytes: outcome.down,
      ttfbMs: 0,
      disposition: outcome.error === '' ? verdict.disposition : 'failed',
      error: outcome.error,
    },
    services.origin,
  );
}
