// Adds the result of a scan to the verdict on its flow: findings, and an action that may only rise.
//
// What could not be read to its end is let through or stopped as `onError` says; it is never stopped where findings could not be.

import type { Action, Disposition, Finding, Verdict } from '../verdict.ts';
import { mayChange } from './coverage.ts';
import { stronger } from './settle.ts';
import type { ScanResult } from './types.ts';

/** Findings of one flow that are kept. */
const MAX_FINDINGS = 100;

const DISPOSITION: Readonly<Record<Action, Disposition>> = {
  allow: 'allowed',
  log: 'logged',
  redact: 'redacted',
  block: 'blocked',
};
const DOES: Readonly<Record<Finding['action'], string>> = { log: 'logs', redact: 'redacts', block: 'blocks' };
const WHY: Readonly<Record<Exclude<ScanResult['truncated'], ''>, string>> = {
  budget: 'its time was spent',
  size: 'it is too long',
  unreadable: 'it is no readable text',
};

/** @param onError what is done with content that was not read to its end. */
export function applyScan(verdict: Verdict, result: ScanResult, onError: 'open' | 'closed'): Verdict {
  const { truncated } = result;
  const scan = truncated !== '' || verdict.scan === 'truncated' ? 'truncated' : 'complete';
  const refused = truncated !== '' && onError === 'closed' && mayChange(verdict.traffic);
  const deciding = result.findings.find(({ action }) => action === result.action);
  if (deciding === undefined && !refused) return { ...verdict, scan };

  const action = refused ? 'block' : result.action;
  const escalated = stronger(verdict.action, action) !== verdict.action;
  const stopped = refused && result.action !== 'block';
  const sentence = stopped
    ? `DLP: the ${verdict.traffic} content was not read to its end, because ${WHY[truncated]}, and errors are closed.`
    : deciding === undefined
      ? ''
      : sentenceOf(deciding, result.findings.length);
  const findings = [...verdict.findings, ...result.findings].slice(0, MAX_FINDINGS);
  if (!escalated) return { ...verdict, scan, findings, reason: joined(verdict.reason, sentence) };
  return {
    ...verdict,
    scan,
    findings,
    action,
    disposition: DISPOSITION[action],
    reason: `${sentence} ${verdict.reason}`,
    policy: {
      step: 'dlp',
      id: stopped ? '' : (deciding?.profile ?? ''),
      mode: action === 'block' ? 'block' : 'log',
      comment: verdict.policy.comment,
    },
  };
}

function sentenceOf({ detector, where, profile, action }: Finding, count: number): string {
  const more = count === 1 ? '' : count === 2 ? ', and one more finding' : `, and ${count - 1} more findings`;
  return `DLP: ${detector} in ${where}${more}; profile ${profile} ${DOES[action]}.`;
}

/** A flow of many messages does not repeat itself in its reason. */
function joined(reason: string, sentence: string): string {
  return reason.includes('DLP: ') ? reason : `${reason} ${sentence}`;
}
