// Commands and edits that would lead to another verdict for the same request, by the step of policy that decided.

import type { Action, PolicyStep, Traffic } from '../verdict.ts';
import { approvalTargets } from './approval-targets.ts';

export interface Judged {
  traffic: Traffic;
  action: Action;
  step: PolicyStep['step'];
  /** What decided: a rule, tag, class, approved or blocked URL, exception, or the end of a pause. */
  decidedBy: string;
  rules: readonly string[];
  /** Origin and path, '' if no server is named. */
  server: string;
  host: string;
  /** Servers that a model API was asked to call, or that are attached to the client. */
  servers: readonly string[];
}

/** Never empty. */
export function waysToChange(judged: Judged): string[] {
  const { traffic, action, step, decidedBy, server, host } = judged;
  const rule = judged.rules[0]?.slice(0, 8);
  const exempt = `daylight exceptions add --host ${host} --until DATE --comment WHY`;
  if (traffic === 'none') {
    if (step === 'rule-mode') return [`daylight rules mode ${decidedBy.slice(0, 8)} log`];
    return ['nothing of MCP was seen; a new signal or rule would be needed'];
  }
  switch (step) {
    case 'exception':
      return [`daylight exceptions remove ${decidedBy}`];
    case 'server-block':
      return [`daylight servers unblock ${decidedBy}`, exempt];
    case 'approval':
      if (action === 'block')
        return [`allow the tool or method in the approval of ${decidedBy} (rules/local/approved.yml)`, exempt];
      if (traffic === 'portal') return ['remove the portal from rules/local/approved.yml'];
      return [
        ...approvalTargets(judged).map((url) => `daylight servers block ${url}`),
        `daylight servers unapprove ${decidedBy}`,
      ];
    case 'pause':
      return ['daylight resume', `wait: the pause ends by itself at ${decidedBy}`];
    case 'error':
      return ['this was a fault of Daylight; the log has the details'];
  }
  const approve =
    traffic === 'bypass' ? [`daylight servers approve ${server} --via direct`, 'reach it through the portal'] : approvals(judged);
  if (action === 'block') return [...approve, ...(rule ? [`daylight rules mode ${rule} log`] : []), exempt];
  const stricter = action === 'allow' ? 'log' : 'block';
  return [
    ...approve,
    ...(rule ? [`daylight rules mode ${rule} ${stricter}`] : []),
    `daylight rules mode ${traffic} ${stricter}`,
    ...(stricter === 'block' ? [`daylight rules mode ${traffic} block --canary 10%`] : []),
  ];
}

function approvals(judged: Judged): string[] {
  return approvalTargets(judged).map((url) => `daylight servers approve ${url}`);
}
