// What policy makes of the rules that matched. Each match is ruled on its own, in this order:
//
//   1. rule switched off     a mode entry that names this very rule says off: the match does not count
//   2. portal                the flow goes to a portal of ours: `portal`, allowed
//   3. blocked server        `blocked` covers the server more specifically than, or just as, any approval: block, whatever
//                            the modes say; for hosted traffic, any delegated server
//   4. approval              covers origin and path, for this user, now: `approved`, allowed, whatever the modes say;
//                            a tool or method outside the approval: block; reached directly though it is for the portal:
//                            `bypass`, ruled by the modes. Hosted traffic is allowed if every delegated server is approved.
//                            Discovery and weak evidence at the origin of an approved server are allowed and keep their class;
//                            attached servers are approved by name
//   5. modes                 the last fitting line, else the default; `suspect` is never blocked by the default. A server that
//                            was blocked on its answer stays blocked as long as a line blocks some rule or tag
//   6. exception             an exception in force turns a block of step 3 to 5 into a log; one that names a rule only for
//                            that rule's own modes, never for a blocked server
//   7. pause                 while protection is paused, any block that is left becomes a log
//
// Groups of groups.yml count wherever groups do.
//
// The flow gets the strongest action of all its matches and the strongest traffic class. Nothing here reads a clock: dates
// are compared with the time of the flow.

import type { Flow } from '../flow.ts';
import { redactUrl } from '../redact-url.ts';
import { ACTIONS, type Action, type Match, type McpFacts, type PolicyStep, TRAFFIC, type Traffic } from '../verdict.ts';
import { type ApprovalFinding, findApproval, lengthOf, placesOf } from './approval.ts';
import type { CompiledPolicy } from './compile.ts';
import { findException } from './exception.ts';
import { withGroups } from './groups.ts';
import { findMode, findStandingBlock, type ModeFinding } from './mode.ts';
import { covers, type Place, placeOf } from './origin.ts';
import { isPaused, whyPaused } from './pause.ts';
import type { WhenInput } from './when.ts';

export interface Resolution {
  traffic: Traffic;
  action: Action;
  /** Id of the rule whose match decided the action, '' if nothing matched. */
  rule: string;
  policy: PolicyStep;
  reason: string;
}

/** How one match was ruled. */
interface Ruling extends Omit<Resolution, 'reason' | 'rule'> {
  match: Match;
  /** Only the ruling that decides is put into words. */
  reason: () => string;
}

export const NO_POLICY: PolicyStep = Object.freeze({ step: 'none', id: '', mode: 'off', comment: '' });

const NOWHERE: readonly Place[] = Object.freeze([]);

/** Rules on the matches of a flow. Without matches the flow is `none`. */
export function resolvePolicy(flow: Flow, mcp: McpFacts, matches: readonly Match[], policy: CompiledPolicy): Resolution {
  if (matches.length === 0) return { traffic: 'none', action: 'allow', rule: '', policy: NO_POLICY, reason: 'No sign of MCP.' };
  const places = policy.namesServers ? placesOf(flow) : NOWHERE;
  const judged = withGroups(flow, policy);
  let deciding: Ruling | undefined;
  let strongest: Ruling | undefined;
  for (const match of matches) {
    const ruling = rule(match, { flow: judged, mcp, traffic: match.traffic }, places, policy);
    if (ruling === undefined) continue;
    if (deciding === undefined || rank(ruling.action) > rank(deciding.action)) deciding = ruling;
    if (strongest === undefined || TRAFFIC.indexOf(ruling.traffic) > TRAFFIC.indexOf(strongest.traffic)) strongest = ruling;
  }
  if (deciding === undefined || strongest === undefined) {
    const [match] = matches;
    const step: PolicyStep = { step: 'rule-mode', id: match!.ruleId, mode: 'off', comment: 'off' };
    return {
      traffic: 'none',
      action: 'allow',
      rule: '',
      policy: step,
      reason: `Every rule that matched is switched off (${match!.title}).`,
    };
  }
  const { action, match } = deciding;
  return { traffic: strongest.traffic, action, rule: match.ruleId, policy: deciding.policy, reason: deciding.reason() };
}

function rank(action: Action): number {
  return ACTIONS.indexOf(action);
}

function rule(match: Match, input: WhenInput, places: readonly Place[], policy: CompiledPolicy): Ruling | undefined {
  const modeOf = (traffic: Traffic): ModeFinding => findMode(match, traffic, input, policy.modes);
  const listed = modeOf(match.traffic);
  if (listed.mode === 'off' && listed.step === 'rule-mode') return undefined;
  const settle = (
    traffic: Traffic,
    action: Action,
    { step, id, mode }: Omit<PolicyStep, 'comment'>,
    why: () => string,
  ): Ruling => ({
    match,
    traffic,
    action,
    policy: { step, id, mode, comment: listed.mode },
    reason: () => `${match.title}: ${why()}.`,
  });

  if (places.some((place) => policy.portals.some((portal) => covers(portal, place)))) {
    return settle('portal', 'allow', { step: 'approval', id: placeName(places), mode: 'log' }, () => 'this is a portal of ours');
  }
  const judged = isDelegated(match) ? delegatedPlaces(input.mcp) : places;
  const approval = judgeApproval(match, input, judged, policy);
  const block = findBlock(input, judged, approval, policy);
  if (block !== undefined) {
    return except(
      settle(match.traffic, 'block', { step: 'server-block', id: block, mode: 'block' }, () => `server ${block} is blocked`),
      input,
      policy,
    );
  }
  if (approval.is === 'approved') {
    const id = redactUrl(approval.approval.url);
    const traffic = match.traffic === 'shadow' ? 'approved' : match.traffic;
    return settle(traffic, 'allow', { step: 'approval', id, mode: 'log' }, () => `approved by ${id}${ownerOf(approval)}`);
  }
  if (approval.is === 'outside') {
    const id = redactUrl(approval.approval.url);
    const traffic = match.traffic === 'shadow' ? 'approved' : match.traffic;
    const why = () => `${approval.what} is outside the approval of ${id}`;
    return except(settle(traffic, 'block', { step: 'approval', id, mode: 'block' }, why), input, policy);
  }
  const traffic = approval.is === 'bypass' && match.traffic === 'shadow' ? 'bypass' : match.traffic;
  const found = traffic === match.traffic ? listed : modeOf(traffic);
  const standing =
    match.traffic === 'shadow' && input.flow.learned?.blocked && found.mode === 'log'
      ? findStandingBlock(input, policy.modes)
      : undefined;
  if (standing !== undefined) {
    return except(
      settle(traffic, 'block', { ...standing, mode: 'block' }, () => 'this server was blocked on its answer'),
      input,
      policy,
    );
  }
  const action: Action = found.mode === 'off' ? 'allow' : found.mode;
  return except(
    settle(traffic, action, found, () => whyMode(traffic, approval, found)),
    input,
    policy,
  );
}

/** Whether the servers in question are named in the message instead of being its destination. */
function isDelegated({ traffic }: Match): boolean {
  return traffic === 'hosted' || traffic === 'attached';
}

/** Delegated servers are approved only if each of them is. */
function judgeApproval(match: Match, input: WhenInput, places: readonly Place[], policy: CompiledPolicy): ApprovalFinding {
  if (match.traffic === 'install') return { is: 'none' };
  if (!isDelegated(match)) {
    return findApproval(places, input, policy.approvals, match.traffic === 'discovery' || match.traffic === 'suspect');
  }
  const findings = places.map((place) => findApproval([place], input, policy.approvals));
  const failing = findings.find((finding) => finding.is !== 'approved');
  return failing ?? findings[0] ?? { is: 'none' };
}

function delegatedPlaces(mcp: McpFacts): readonly Place[] {
  return mcp.servers.map(placeOf);
}

/** URL of the block that applies: in force, and at least as specific as the approval that would apply. */
function findBlock(
  { flow }: WhenInput,
  places: readonly Place[],
  approval: ApprovalFinding,
  policy: CompiledPolicy,
): string | undefined {
  const approvedLength = approval.is === 'approved' || approval.is === 'bypass' ? lengthOf(placeOf(approval.approval.url)) : -1;
  return policy.blocked.find(
    ({ place, until }) =>
      flow.time < until &&
      lengthOf(place) >= approvedLength &&
      places.some((each) => covers(place, each) || mayCover(place, each)),
  )?.url;
}

/** A path that servers read differently must not lead around a block of some path there. */
function mayCover(blocked: Place, { origin, path }: Place): boolean {
  return path === undefined && origin === blocked.origin;
}

/** Turns a block into a log if an exception in force fits, or while protection is paused. */
function except(ruling: Ruling, { flow }: WhenInput, policy: CompiledPolicy): Ruling {
  if (ruling.action !== 'block') return ruling;
  const exception = findException(flow, { step: ruling.policy.step, ruleId: ruling.match.ruleId }, policy.exceptions);
  if (exception !== undefined) {
    const { id, until, by } = exception;
    return letPass(ruling, 'exception', id, `Exception ${id} by ${by} lets it pass until ${until}.`);
  }
  if (policy.pause === undefined || !isPaused(policy, flow.time)) return ruling;
  return letPass(ruling, 'pause', policy.pause.source.until, whyPaused(policy.pause.source));
}

function letPass(ruling: Ruling, step: 'exception' | 'pause', id: string, why: string): Ruling {
  return {
    ...ruling,
    action: 'log',
    policy: { ...ruling.policy, step, id, mode: 'log' },
    reason: () => `${ruling.reason()} ${why}`,
  };
}

const WHAT: Readonly<Partial<Record<Traffic, string>>> = {
  suspect: 'weak evidence only',
  install: 'a local MCP server is being fetched',
  discovery: 'a step that precedes an MCP session',
  attached: 'the client has MCP servers attached',
  hosted: 'the model vendor is asked to call MCP servers that are not all approved',
  shadow: 'nobody approved this MCP server',
  bypass: 'this server is approved through the portal only and was reached directly',
};

function whyMode(traffic: Traffic, approval: ApprovalFinding, { mode, step, id }: ModeFinding): string {
  const unfit =
    approval.is === 'unfit' ? ` (the approval of ${redactUrl(approval.approval.url)} is not for this user or time)` : '';
  const line =
    step === 'default-mode' && id === ''
      ? 'the default mode'
      : `the mode of ${step === 'default-mode' ? '' : `${step.replace('-mode', '')} `}${id}`;
  return `${WHAT[traffic] ?? traffic}${unfit}; ${line} is ${mode}`;
}

function ownerOf({ approval }: { approval: { owner?: string | undefined } }): string {
  return approval.owner === undefined ? '' : `, owner ${approval.owner}`;
}

function placeName(places: readonly Place[]): string {
  const [place] = places;
  return place === undefined ? '' : `${place.origin}${place.path ?? ''}`;
}
