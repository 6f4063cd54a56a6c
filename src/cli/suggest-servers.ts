// `daylight servers suggest`: the servers that are in use without an approval, with what speaks for and against each, and the command
// that would approve it as it is used. It approves nothing.

import type { ServerFindingEvent } from '../engine/event.ts';
import { endOf } from '../engine/policy/date.ts';
import { covers, placeOf } from '../engine/policy/origin.ts';
import type { Approval, Policy } from '../engine/policy/schema.ts';
import { type SuggestedScope, suggestScope } from '../engine/policy/suggest-approval.ts';
import { nameServer } from '../engine/rules/servers.ts';
import { splitUrl } from '../engine/url.ts';
import { loadServerNames, loadSnapshotSource } from '../load.ts';
import { countGroups, listUnapprovedUse, type ServerUse } from '../store/suggest-queries.ts';
import { listFindings } from '../store/tool-queries.ts';
import { type CommonOptions, configOf } from './command.ts';
import { paint, print, printJson, timestamp, visible } from './output.ts';
import { withStore } from './store-session.ts';
import { parseCount, parseTime } from './values.ts';

export interface SuggestOptions extends CommonOptions {
  since: string;
  minUsers: string;
  limit: string;
}

interface Suggestion extends Omit<ServerUse, 'people'> {
  known_as: string;
  /** Users by group, and those who are in none. */
  groups: Record<string, number>;
  people: string[];
  notes: string[];
  approval: { url: string } & SuggestedScope;
  command: string;
}

const SHOWN = 8;

export async function suggestServers(options: SuggestOptions): Promise<void> {
  const config = configOf(options);
  const since = parseTime(options.since, '--since');
  const minUsers = parseCount(options.minUsers, '--min-users', 1_000_000);
  const limit = parseCount(options.limit, '--limit', 1_000);
  const { policy } = loadSnapshotSource(config.rules).source;
  const names = loadServerNames(config.rules);
  const suggestions = await withStore(config, async ({ reader }) => {
    const uses = (await listUnapprovedUse(reader, { since, minUsers, limit })).filter((use) => !isApproved(use, policy));
    const sizes = await countGroups(reader, since);
    const made: Suggestion[] = [];
    for (const use of uses) {
      const findings = await listFindings(reader, { serverKey: use.server_key, limit: 1_000 });
      made.push(suggest(use, sizes, { policy, findings, known_as: nameServer(use.server_key, names) }));
    }
    return made;
  });
  if (options.json) for (const each of suggestions) printJson(each);
  else if (suggestions.length === 0) print(`No server was used without an approval since ${options.since}.`);
  else for (const each of suggestions) show(each);
}

interface Known {
  policy: Policy;
  findings: readonly ServerFindingEvent[];
  known_as: string;
}

function suggest(use: ServerUse, sizes: ReadonlyMap<string, number>, known: Known): Suggestion {
  const { people, ...facts } = use;
  const scope = suggestScope(
    {
      people,
      morePeople: use.users > people.length,
      tools: use.tools,
      toolCount: use.tool_count,
      severalCalls: use.several_calls,
    },
    sizes,
  );
  const approval = { url: targetOf(use.server_key), ...scope };
  const groups: Record<string, number> = {};
  for (const person of people) for (const group of person.groups) groups[group] = (groups[group] ?? 0) + 1;
  return {
    ...facts,
    known_as: known.known_as,
    groups,
    people: people.map(({ name }) => name),
    notes: notesOn(use, scope, known),
    approval,
    command: commandOf(approval),
  };
}

/** Attached servers and connectors have a name instead of an address. */
function targetOf(key: string): string {
  const name = key.replace(/^attached:/, '');
  return name.includes('://') ? name : `name:${name}`;
}

function approvalsOf(key: string, { approved }: Policy): Approval[] {
  const place = placeOf(targetOf(key));
  return approved.servers.filter(({ url, until }) => endOf(until) > Date.now() && covers(placeOf(url), place));
}

/** An approval that is for everybody has come since; one for some people leaves the use of others to be looked at. */
function isApproved({ server_key }: ServerUse, policy: Policy): boolean {
  return approvalsOf(server_key, policy).some(
    ({ users, groups, when }) => users === undefined && groups === undefined && when === undefined,
  );
}

function notesOn(use: ServerUse, scope: SuggestedScope, { policy, findings }: Known): string[] {
  const { server_key: key } = use;
  const { scheme, host } = splitUrl(key);
  const block = policy.modes.blocked.find(
    ({ url, until }) => endOf(until) > Date.now() && covers(placeOf(url), placeOf(targetOf(key))),
  );
  const partly = approvalsOf(key, policy).map(({ users = [], groups = [] }) => [...groups, ...users].join(', '));
  const high = findings.filter(({ level }) => level === 'high').length;
  const newest = findings[0];
  return [
    block !== undefined &&
      `blocked as ${block.url}${block.comment ? ` (${block.comment})` : ''}: approving it lifts a block of the same URL`,
    partly.length > 0 && `approved already for ${partly.join('; ')}; this is the use by others`,
    newest !== undefined && `${findings.length} findings about its tools, ${high} of them high; the newest: ${newest.summary}`,
    use.traffic.includes('hosted') && 'called from the cloud of a model vendor: what it is given and answers does not pass here',
    use.traffic.includes('attached') && 'attached to clients, perhaps as a local program: only its name is known here',
    scheme === 'http' && 'reached without TLS',
    (host.includes(':') || /^[\d.]+$/.test(host)) && 'reached by address: no certificate names it',
    use.authentication.includes('none') && 'answers without authentication',
    use.authentication.includes('key-in-url') && 'takes a key in the URL',
    use.people.some(({ known }) => !known) && 'some users are known by address only, so no groups are proposed',
    use.several_calls && 'tools are called several at a time: a list of allowed tools would refuse that, so none is proposed',
    use.tool_count > 0 &&
      scope.tools === undefined &&
      !use.several_calls &&
      `${use.tool_count} tools are in use: too many, or too oddly named, for a list`,
    use.blocked > 0 && `${use.blocked} of ${use.requests} requests were blocked`,
  ].filter((note) => note !== false);
}

function commandOf({ url, groups, users, tools }: Suggestion['approval']): string {
  const list = (option: string, names: readonly string[] | undefined): string => (names ? ` --${option} ${names.join(',')}` : '');
  const target = /^[\w.:/@%+~-]+$/.test(url) ? url : `'${url.replaceAll("'", `'\\''`)}'`;
  return `daylight servers approve ${target}${list('groups', groups)}${list('users', users)}${list('tools', tools)} --owner OWNER --comment WHY`;
}

function show(suggestion: Suggestion): void {
  const {
    server_key,
    known_as,
    names,
    traffic,
    users,
    days,
    requests,
    first_seen,
    last_seen,
    groups,
    tools,
    tool_count,
    authentication,
    clients,
  } = suggestion;
  const title = [...names, ...(known_as === '' ? [] : [`known as ${known_as}`])].join(', ');
  print(paint('bold', visible(title === '' ? server_key : `${server_key}  ${title}`)));
  print(
    `  ${traffic.join(', ')}: ${users} users on ${days} days, ${requests} requests, ${timestamp(first_seen)} to ${timestamp(last_seen)} UTC`,
  );
  const counted = (entries: readonly (readonly [string, number])[], all = entries.length): string => {
    const shown = entries.slice(0, SHOWN).map(([name, count]) => `${visible(name)} ${count}`);
    return [...shown, ...(all > SHOWN ? [`and ${all - SHOWN} more`] : [])].join(', ');
  };
  const inGroups = Object.entries(groups).sort(([, a], [, b]) => b - a);
  const lines: [string, string][] = [
    ['groups', counted(inGroups)],
    ['people', suggestion.people.slice(0, SHOWN).map(visible).join(', ')],
    [
      'tools',
      counted(
        tools.map(({ name, calls }) => [name, calls] as const),
        tool_count,
      ),
    ],
    ['clients', clients.map(visible).join(', ')],
    ['login', authentication.join(', ')],
  ];
  for (const [name, value] of lines) if (value !== '') print(`  ${name.padEnd(8)} ${value}`);
  for (const line of suggestion.notes) print(`  ${paint('yellow', 'note')}     ${visible(line)}`);
  print(`  ${visible(suggestion.command)}\n`);
}
