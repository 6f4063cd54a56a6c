// The event of a tunnel that held no readable exchange: passed through, not HTTP, or broken before it began.

import { toEvent } from '../engine/event.ts';
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
  const flow = opaqueFlow(tunnel, outcome.inspected, uuidv7(outcome.start), outcome.start);
  const verdict = judge(services, flow, undefined);
  services.emit(
    toEvent(
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
    ),
  );
}
