// The form of a request for approval: what was entered, and what is wrong with it.

import { ASKED_DAYS } from '../../approval-request.ts';
import { visibleText } from '../../engine/inventory/visible-text.ts';

export interface AskForm {
  name: string;
  reason: string;
  days: number;
  /** By field, one sentence each; empty if the form can be filed. */
  problems: { name?: string; reason?: string; days?: string };
}

/** In characters. */
export const MAX_NAME = 200;
export const MAX_REASON = 2_000;

export const EMPTY_FORM: AskForm = { name: '', reason: '', days: 90, problems: {} };

/** @param body application/x-www-form-urlencoded */
export function readForm(body: string): AskForm {
  const fields = new URLSearchParams(body);
  const name = visibleText((fields.get('name') ?? '').replace(/\s+/g, ' ').trim());
  const reason = visibleText((fields.get('reason') ?? '').trim());
  const days = ASKED_DAYS.find((each) => String(each) === fields.get('days'));
  const problems: AskForm['problems'] = {};
  if (name === '') problems.name = 'Please say who you are.';
  if (name.length > MAX_NAME) problems.name = `Please use at most ${MAX_NAME} characters.`;
  if (reason === '') problems.reason = 'Please say why you need it.';
  if (reason.length > MAX_REASON) problems.reason = `Please say it in at most ${MAX_REASON} characters.`;
  if (days === undefined) problems.days = 'Please choose one of these.';
  return { name, reason, days: days ?? EMPTY_FORM.days, problems };
}
