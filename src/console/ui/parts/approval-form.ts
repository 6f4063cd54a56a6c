// An approval as a person fills it in, and the change of policy that comes of it.

import type { Approval } from '../../../engine/policy/schema.ts';
import type { PolicyChange } from '../../api/shapes.ts';
import { dayIn, untilProblem } from '../text/day.ts';

export interface ApprovalForm {
  url: string;
  owner: string;
  users: readonly string[];
  groups: readonly string[];
  /** `all` tools, `only` those chosen, or all `but` them. */
  which: 'all' | 'only' | 'but';
  /** Names, or beginnings such as `read_*`. */
  tools: readonly string[];
  /** Whether tools that may not be called are taken out of what the server lists. */
  hides: boolean;
  methods: readonly string[];
  via: 'direct' | 'portal';
  /** Last day; '' is no end. */
  until: string;
}

/** Days an approval lasts unless the person says otherwise. */
const USUAL_DAYS = 90;
const URL_OR_NAME = /^((https?|wss?):\/\/[^/?#\s]+([/?#]\S*|$)|name:[A-Za-z0-9_.-]+$)/i;

/** @param known the approval that is there already, which the person changes */
export function newApprovalForm(
  { url, owner }: { url: string; owner: string },
  known: Approval | undefined,
  now: number,
): ApprovalForm {
  return {
    url: known?.url ?? url,
    owner: known?.owner ?? owner,
    users: known?.users ?? [],
    groups: known?.groups ?? [],
    which: known?.tools ? 'only' : known?.blockedTools ? 'but' : 'all',
    tools: known?.tools ?? known?.blockedTools ?? [],
    hides: known?.hideTools ?? false,
    methods: known?.methods ?? [],
    via: known?.via ?? 'direct',
    until: known ? (known.until ?? '') : dayIn(USUAL_DAYS, now),
  };
}

/** What keeps the form from being sent. */
export function approvalProblem({ url, which, tools, until }: ApprovalForm, now: number): string | undefined {
  if (!URL_OR_NAME.test(url.trim())) return 'The server must be a URL such as https://mcp.example.com/mcp, or name:NAME.';
  if (which !== 'all' && tools.length === 0)
    return which === 'only' ? 'Choose the tools that may be called.' : 'Choose the tools that may not be called.';
  return untilProblem(until, true, now);
}

export function approvalChange(form: ApprovalForm): Extract<PolicyChange, { kind: 'approve' }> {
  const { url, owner, users, groups, which, tools, hides, methods, via, until } = form;
  return {
    kind: 'approve',
    // What the form leaves out is not to stay from before.
    replace: true,
    url: url.trim(),
    via,
    ...(owner.trim() === '' ? {} : { owner: owner.trim() }),
    ...named('users', users),
    ...named('groups', groups),
    ...(which === 'only' ? named('tools', tools) : which === 'but' ? named('blockedTools', tools) : {}),
    ...(which !== 'all' && hides ? { hideTools: true } : {}),
    ...named('methods', methods),
    ...(until === '' ? {} : { until }),
  };
}

function named<Key extends string>(key: Key, names: readonly string[]): Partial<Record<Key, string[]>> {
  return names.length === 0 ? {} : ({ [key]: [...names] } as Record<Key, string[]>);
}

/** What an approval of an inventory's server has to name; undefined for what cannot be approved. */
export function approvalTarget(serverKey: string): string | undefined {
  const url = serverKey.replace(/^attached:/, 'name:');
  return URL_OR_NAME.test(url) ? url : undefined;
}

/** The whole host that a URL is on; undefined if it is that already. */
export function originOf(url: string): string | undefined {
  const origin = /^(?:https?|wss?):\/\/[^/?#\s]+/i.exec(url)?.[0];
  return origin === undefined || url.replace(/\/$/, '') === origin ? undefined : origin;
}
