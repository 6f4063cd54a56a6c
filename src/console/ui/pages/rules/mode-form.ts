// A mode as a person sets it: for whom, for how many, from when, until when; and the change of policy that comes of it.

import type { Mode } from '../../../../engine/policy/schema.ts';
import type { PolicyChange } from '../../../api/shapes.ts';
import { dayProblem } from '../../text/day.ts';

export interface ModeForm {
  mode: Mode;
  groups: readonly string[];
  users: readonly string[];
  networks: readonly string[];
  hosts: readonly string[];
  /** Per cent of the clients. */
  share: number;
  /** The day from which it counts; '' is now. */
  after: string;
  /** The last day; '' is no end. */
  until: string;
}

export type ModeChange = Extract<PolicyChange, { kind: 'mode' }>;

const SCOPE_FIELDS = ['groups', 'users', 'networks', 'hosts'] as const;

export function newModeForm(mode: Mode): ModeForm {
  return { mode, groups: [], users: [], networks: [], hosts: [], share: 100, after: '', until: '' };
}

/** @param target a rule's id, a tag, a class of traffic, or default */
export function modeChange(target: string, form: ModeForm): ModeChange {
  const { mode, share, after, until } = form;
  const scope = Object.fromEntries(SCOPE_FIELDS.flatMap((key) => (form[key].length > 0 ? [[key, [...form[key]]]] : [])));
  return {
    kind: 'mode',
    target,
    mode,
    ...scope,
    ...(after === '' ? {} : { after }),
    ...(until === '' ? {} : { until }),
    ...(share < 100 ? { canary: `${share}%` } : {}),
  };
}

/** What keeps the form from being sent. */
export function modeFormProblem({ after, until, share }: ModeForm, now: number): string | undefined {
  if (!Number.isInteger(share) || share < 1 || share > 100) return 'The share must be from 1 to 100 per cent.';
  if (after !== '' && dayProblem(after, now)) return `First day: ${dayProblem(after, now)}`;
  if (until !== '' && dayProblem(until, now)) return `Last day: ${dayProblem(until, now)}`;
  if (after !== '' && until !== '' && until < after) return 'The last day is before the first.';
  return undefined;
}

/** Whether the change is for everybody and for good: then it ends the careful steps before it. */
export function isLasting(form: ModeForm): boolean {
  return form.share === 100 && form.after === '' && form.until === '';
}

/** What a line of policy is limited to, e.g. `for groups finance`, `from 2026-12-04`. Nothing for everybody, always. */
export function limitsOf(line: Partial<Record<string, unknown>>): string[] {
  const scope = SCOPE_FIELDS.flatMap((key) => {
    const names = line[key];
    return Array.isArray(names) && names.length > 0 ? [`${key} ${names.join(', ')}`] : [];
  });
  return [
    scope.length > 0 && `for ${scope.join(' and ')}`,
    typeof line.canary === 'string' && `for ${line.canary} of the clients`,
    typeof line.when === 'string' && `when ${line.when}`,
    typeof line.after === 'string' && `from ${line.after}`,
    typeof line.until === 'string' && `until ${line.until}`,
  ].filter((part) => part !== false);
}
