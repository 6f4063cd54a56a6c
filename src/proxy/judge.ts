// Asks the engine, and says what its own fault means for a request: `onError: open` lets it pass and records that it was not
// inspected, `closed` blocks it.

import type { Flow } from '../engine/flow.ts';
import type { Verdict } from '../engine/verdict.ts';
import type { ProxyServices } from './services.ts';

export function judge(services: ProxyServices, flow: Flow, previous: Verdict | undefined): Verdict {
  try {
    return services.decide(flow, services.snapshot(), previous);
  } catch (error) {
    services.log.error({ err: error, flow: flow.id, phase: flow.phase }, 'the engine failed on a flow');
    return faultVerdict(services.config.proxy.onError, previous);
  }
}

function faultVerdict(onError: 'open' | 'closed', previous: Verdict | undefined): Verdict {
  const closed = onError === 'closed';
  return {
    ...EMPTY_VERDICT,
    ...previous,
    action: closed ? 'block' : (previous?.action ?? 'allow'),
    disposition: closed ? 'blocked' : (previous?.disposition ?? 'allowed'),
    reason: closed
      ? 'Daylight could not inspect this request, and proxy.onError is "closed".'
      : 'Daylight could not inspect this request; proxy.onError is "open".',
    policy: { step: 'error', id: '', mode: closed ? 'block' : 'log', comment: 'engine fault' },
  };
}

const EMPTY_VERDICT: Verdict = {
  traffic: 'none',
  action: 'allow',
  disposition: 'allowed',
  reason: '',
  confidence: 0,
  signals: [],
  matches: [],
  findings: [],
  mcp: {
    transport: 'unknown',
    generation: '',
    method: '',
    requests: [],
    batch: false,
    tool: '',
    resource: '',
    prompt: '',
    sessionId: '',
    clientName: '',
    clientVersion: '',
    serverName: '',
    serverVersion: '',
    endpoint: '',
    servers: [],
  },
  policy: { step: 'none', id: '', mode: 'log', comment: '' },
};
