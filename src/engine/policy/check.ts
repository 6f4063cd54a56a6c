// What the schema of policy cannot see: entries that do not compile are problems, entries that are expired, point to nothing
// or contradict each other are warnings.

import { redactUrl } from '../redact-url.ts';
import { compileApproval } from './approval.ts';
import { endOf } from './date.ts';
import { covers, placeOf } from './origin.ts';
import type { Policy } from './schema.ts';
import { compileScope } from './scope.ts';

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

/** @param now epoch milliseconds, for what has expired. */
export function checkPolicy(policy: Policy, rules: readonly { id: string; tags: readonly string[] }[], now: number): PolicyCheck {
  const problems: PolicyRemark[] = [];
  const warnings: PolicyRemark[] = [];
  const attempt = (document: keyof Policy, path: PolicyRemark['path'], compile: () => unknown): void => {
    try {
      compile();
    } catch (error) {
      problems.push({ document, path, message: error instanceof Error ? error.message : String(error) });
    }
  };
  const ids = new Set(rules.map((rule) => rule.id));
  const tags = new Set(rules.flatMap((rule) => rule.tags));
  const expired = (until: string | undefined): boolean => endOf(until) <= now;

  for (const [index, approval] of policy.approved.servers.entries()) {
    const path = ['servers', index];
    const warn = (key: string, message: string): void =>
      void warnings.push({ document: 'approved', path: [...path, key], message });
    attempt('approved', path, () => compileApproval(approval));
    if (expired(approval.until))
      warn('until', `the approval of ${redactUrl(approval.url)} expired on ${approval.until}; renew or remove it`);
    if (redactUrl(approval.url) !== approval.url.replace(/#.*$/s, '')) {
      warn('url', `the URL holds a credential; write ${redactUrl(approval.url)} instead, it covers the same server`);
    }
    const block = policy.modes.blocked.find(({ url, until }) => !expired(until) && covers(placeOf(url), placeOf(approval.url)));
    if (block !== undefined && placeOf(block.url).path === placeOf(approval.url).path) {
      warn('url', `${redactUrl(approval.url)} is approved here and blocked in modes.yml; the block wins`);
    }
  }
  for (const [index, entry] of policy.modes.modes.entries()) {
    const path = ['modes', index];
    attempt('modes', path, () => compileScope(entry));
    if (entry.rule !== undefined && !ids.has(entry.rule)) {
      warnings.push({
        document: 'modes',
        path: [...path, 'rule'],
        message: `there is no rule ${entry.rule}; the entry has no effect`,
      });
    }
    if (entry.tag !== undefined && !tags.has(entry.tag)) {
      warnings.push({
        document: 'modes',
        path: [...path, 'tag'],
        message: `no rule has the tag ${entry.tag}; the entry has no effect`,
      });
    }
  }
  for (const [index, block] of policy.modes.blocked.entries()) {
    if (expired(block.until)) {
      const message = `the block of ${redactUrl(block.url)} expired on ${block.until}; renew or remove it`;
      warnings.push({ document: 'modes', path: ['blocked', index, 'until'], message });
    }
  }
  const seen = new Set<string>();
  for (const [index, exception] of policy.exceptions.exceptions.entries()) {
    const path = ['exceptions', index];
    const warn = (key: string, message: string): void =>
      void warnings.push({ document: 'exceptions', path: [...path, key], message });
    if (seen.has(exception.id)) {
      problems.push({
        document: 'exceptions',
        path: [...path, 'id'],
        message: `id ${exception.id} is used twice; give each its own`,
      });
    }
    seen.add(exception.id);
    if (expired(exception.until)) warn('until', `exception ${exception.id} expired on ${exception.until}; renew or remove it`);
    if (exception.rule !== undefined && !ids.has(exception.rule))
      warn('rule', `there is no rule ${exception.rule}; the exception has no effect`);
  }
  return { problems, warnings };
}
