// Asks the engine, and says what its own fault means for a request: `onError: open` lets it pass and records that it was not
// inspected, `closed` blocks it.

import type { Flow } from '../engine/flow.ts';
import type { Verdict } from '../engine/verdict.ts';
import type { ProxyServices } from './services.ts';

export function judge(services: ProxyServices, flow: Flow, previous: Verdict | undefined): Verdict {
  const verdict = services.decide(flow, services.snapshot(), previous);
  if (verdict.policy.step !== 'error') return verdict;
  services.log.error({ flow: flow.id, phase: flow.phase, reason: verdict.reason }, 'the engine failed on a flow');
  if (services.config.proxy.onError === 'open') return verdict;
  return {
    ...verdict,
    action: 'block',
    disposition: 'blocked',
    reason: `${verdict.reason} Requests that cannot be inspected are blocked here (proxy.onError is "closed").`,
  };
}
