// What the schema of policy cannot see: entries that do not compile and groups that hold each other in a circle are problems;
// entries that are expired, point to nothing, come to nothing or contradict each other are warnings. One file a document.

import type { Traffic } from '../verdict.ts';
import { checkApproved } from './check-approved.ts';
import { checkExceptions } from './check-exceptions.ts';
import { checkGroups } from './check-groups.ts';
import { checkModes } from './check-modes.ts';
import { checkPassthrough } from './check-passthrough.ts';
import { endOf } from './date.ts';
import type { Policy } from './schema.ts';

/** Something about one entry. `path` leads to it inside its document, for the line number. */
export interface PolicyRemark {
  document: keyof Policy;
  path: readonly (string | number)[];
  message: string;
}

export interface PolicyCheck {
  problems: PolicyRemark[];
  warnings: PolicyRemark[];
}

/** What a check needs to know of a rule. */
export interface KnownRule {
  id: string;
  tags: readonly string[];
  traffic: Traffic;
}

/** What the check of one document works with. */
export interface Checking {
  policy: Policy;
  rules: readonly KnownRule[];
  /** Epoch milliseconds. */
  now: number;
  expired(until: string | undefined): boolean;
  warn(path: PolicyRemark['path'], message: string): void;
  problem(path: PolicyRemark['path'], message: string): void;
  /** Whatever `compile` throws is a problem. */
  attempt(path: PolicyRemark['path'], compile: () => unknown): void;
}

/** @param now epoch milliseconds, for what has expired. */
export function checkPolicy(policy: Policy, rules: readonly KnownRule[], now: number): PolicyCheck {
  const problems: PolicyRemark[] = [];
  const warnings: PolicyRemark[] = [];
  const checking = (document: keyof Policy): Checking => {
    const problem = (path: PolicyRemark['path'], message: string): void => void problems.push({ document, path, message });
    return {
      ...{ policy, rules, now, problem },
      expired: (until) => endOf(until) <= now,
      warn: (path, message) => void warnings.push({ document, path, message }),
      attempt: (path, compile) => {
        try {
          compile();
        } catch (error) {
          problem(path, error instanceof Error ? error.message : String(error));
        }
      },
    };
  };
  checkApproved(checking('approved'));
  checkModes(checking('modes'));
  checkExceptions(checking('exceptions'));
  checkGroups(checking);
  checkPassthrough(checking('passthrough'));
  return { problems, warnings };
}
