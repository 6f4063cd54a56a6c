// Asks the engine, and says what its own fault means for a request: `onError: open` lets it pass and records that it was not
// inspected, `closed` blocks it, unless protection is paused.

import type { Flow } from '../engine/flow.ts';
import { isPaused } from '../engine/policy/pause.ts';
import type { Verdict } from '../engine/verdict.ts';
import type { ProxyServices } from './services.ts';

export function judge(services: ProxyServices, flow: Flow, previous: Verdict | undefined): Verdict {
  const snapshot = services.snapshot();
  const verdict = services.decide(asOfNow(services, flow), snapshot, previous);
  if (verdict.policy.step !== 'error') return verdict;
  services.log.error({ flow: flow.id, phase: flow.phase, reason: verdict.reason }, 'the engine failed on a flow');
  if (services.config.proxy.onError === 'open' || isPaused(snapshot.policy, flow.time)) return verdict;
  return {
    ...verdict,
    action: 'block',
    disposition: 'blocked',
    reason: `${verdict.reason} Requests that cannot be inspected are blocked here (proxy.onError is "closed").`,
  };
}

/**
 * The flow as policy sees it. Its dates are compared with the time of the request, but a stream may stay open for days: what comes
 * over it is judged by the time at which it comes, so that a pause or an approval does not outlive its date there.
 */
export function asOfNow(services: Pick<ProxyServices, 'now'>, flow: Flow): Flow {
  return flow.phase === 'message' ? { ...flow, time: services.now() } : flow;
}
