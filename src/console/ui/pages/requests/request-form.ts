// An approval as an answer to a request: for whom, for which tools, until when.

import type { ApproveRequest, RequestForApproval } from '../../../api/shapes.ts';
import type { ApprovalForm } from '../../parts/approval-form.ts';
import { dayIn, untilProblem } from '../../text/day.ts';

export interface RequestForm extends Pick<ApprovalForm, 'which' | 'tools' | 'hides' | 'users' | 'groups' | 'owner' | 'until'> {
  server: string;
}

/** Begins with what was asked for, and no more: the person who asked, as long as they asked. */
export function newRequestForm({ servers, user, days }: RequestForApproval, now: number): RequestForm {
  return {
    server: servers[0] ?? '',
    which: 'all',
    tools: [],
    hides: false,
    users: user === '' ? [] : [user],
    groups: [],
    owner: '',
    until: dayIn(days, now),
  };
}

export function requestFormProblem({ server, which, tools, until }: RequestForm, now: number): string | undefined {
  if (server === '') return 'Nothing is known of the server, so there is nothing to approve.';
  if (which === 'only' && tools.length === 0) return 'Choose the tools that may be called.';
  return untilProblem(until, false, now);
}

export function approveRequestBody(
  { server, which, tools, users, groups, owner, until }: RequestForm,
  comment: string,
): ApproveRequest {
  return {
    server,
    until,
    comment,
    ...(users.length > 0 ? { users: [...users] } : {}),
    ...(groups.length > 0 ? { groups: [...groups] } : {}),
    ...(which === 'only' ? { tools: [...tools] } : {}),
    ...(owner.trim() === '' ? {} : { owner: owner.trim() }),
  };
}
