// Policy in the form in which requests are judged by it: places, periods and scopes worked out once.

import { redactUrl } from '../redact-url.ts';
import { type ApprovalsByOrigin, compileApproval, indexApprovals } from './approval.ts';
import { endOf } from './date.ts';
import { type CompiledException, compileException } from './exception.ts';
import { compileGateways, type GatewayOf } from './gateway.ts';
import { type CompiledGroups, compileGroups } from './groups.ts';
import { type CompiledModes, compileModes } from './mode.ts';
import { type Place, placeOf } from './origin.ts';
import { type CompiledPause, compilePause } from './pause.ts';
import type { Policy } from './schema.ts';

export interface CompiledPolicy {
  approvals: ApprovalsByOrigin;
  portals: readonly Place[];
  gatewayOf: GatewayOf;
  blocked: readonly { url: string; place: Place; until: number }[];
  modes: CompiledModes;
  exceptions: readonly CompiledException[];
  pause: CompiledPause | undefined;
  groups: CompiledGroups | undefined;
  /** Some approval hides tools. */
  hidesTools: boolean;
  /** Some entry names a server, so it matters where a flow goes. */
  namesServers: boolean;
  /** Some mode is for a rule or a tag, so it matters which rules match, and not only what the traffic is. */
  namesRules: boolean;
}

/**
 * Compiles policy.
 *
 * @throws Error that names the offending value; `load.ts` checks entry by entry to name the line.
 */
export function compilePolicy({ approved, modes, exceptions, groups }: Policy): CompiledPolicy {
  return {
    namesServers: approved.servers.length + approved.portals.length + modes.blocked.length > 0,
    namesRules: modes.modes.some((entry) => (entry.rule ?? entry.tag) !== undefined),
    approvals: indexApprovals(approved.servers.map(compileApproval)),
    portals: approved.portals.map((portal) => placeOf(portal.url)),
    gatewayOf: compileGateways(approved.gateways),
    blocked: modes.blocked.map(({ url, until }) => ({ url: redactUrl(url), place: placeOf(url), until: endOf(until) })),
    modes: compileModes(modes.default, modes.modes),
    exceptions: exceptions.exceptions.map(compileException),
    pause: compilePause(modes.pause),
    groups: compileGroups(groups.groups),
    hidesTools: approved.servers.some((approval) => approval.hideTools === true),
  };
}
