// Policy as people change it in the console: reads the files, runs one change at a time, and puts it into history and audit log under
// the name of who is signed in.
//
// A change in order: nobody else changes policy meanwhile; the files are still those that the person saw (ETag); the edit; history;
// audit; then it is taken into force, before the answer.

import { diffLines } from '../diff-lines.ts';
import { DaylightError } from '../errors.ts';
import { setDlpProfile } from '../policy-files/dlp-profile.ts';
import { comparePolicy, describeChange, summarizeSide } from '../policy-files/policy-changes.ts';
import {
  addException,
  approveServer,
  blockServer,
  type PolicyChange as Done,
  readPolicy,
  removeException,
  unapproveServer,
  unblockServer,
} from '../policy-files/policy-file.ts';
import { modeTarget, pauseProtection, resumeProtection, setMode } from '../policy-files/policy-modes.ts';
import { addPassthrough, removePassthrough } from '../policy-files/policy-passthrough.ts';
import { contentId, POLICY_NAMES, readPolicyTexts, restorePolicyTexts } from '../policy-files/policy-texts.ts';
import type { PolicyVersion } from '../policy-files/policy-version.ts';
import { type ChangeBy, recordChange } from '../policy-files/record-change.ts';
import type { ApiOptions } from './api/options.ts';
import { ApiProblem, notFound } from './api/problem.ts';
import type { ChangeResult, PolicyChange, PolicyDocuments, PolicyVersionDetails, PolicyVersionItem } from './api/shapes.ts';

export interface PolicyDesk {
  read(): Promise<PolicyDocuments>;
  /** @param etag what the person saw; undefined where it does not matter */
  change(change: PolicyChange, by: ChangeBy, etag: string | undefined): Promise<ChangeResult>;
  /** The edit of a change, for a copy of the files. @throws ApiProblem, DaylightError for what names nothing */
  editOf(change: PolicyChange, by: ChangeBy): (rules: string) => Promise<Done>;
  /** An edit that is not one of the changes above. */
  edit(edit: (rules: string) => Promise<Done>, by: ChangeBy): Promise<ChangeResult>;
  rollback(number: number, by: ChangeBy, etag: string | undefined): Promise<ChangeResult>;
  versions(limit: number, before: number | undefined): PolicyVersionItem[];
  version(number: number): PolicyVersionDetails;
}

type DeskOptions = Pick<ApiOptions, 'rules' | 'history' | 'loaded' | 'applyPolicy' | 'audit' | 'now'>;

/** As `daylight pause` has it. */
const LONGEST_PAUSE_MS = 24 * 3_600_000;
const MOST_VERSIONS = 1_000;

export function createPolicyDesk(options: DeskOptions): PolicyDesk {
  const { rules, history, loaded, applyPolicy, audit, now } = options;
  let turn: Promise<unknown> = Promise.resolve();

  /** One after the other, also where there is no history to wait for. */
  function alone<T>(act: () => Promise<T>): Promise<T> {
    const run = turn.then(act);
    turn = run.catch(() => {});
    return run;
  }

  function run(edit: (rules: string) => Promise<Done>, by: ChangeBy, etag: string | undefined): Promise<ChangeResult> {
    return alone(async () => {
      const { change, acts } = await recordChange(
        rules,
        history,
        async () => {
          const present = contentId(await readPolicyTexts(rules));
          if (etag !== undefined && etag !== present) throw changedMeanwhile(present);
          return edit(rules);
        },
        by,
      );
      for (const act of acts) audit(act);
      if (change.files.length > 0) await applyPolicy();
      return { etag: contentId(await readPolicyTexts(rules)), change };
    });
  }

  function editOf(change: PolicyChange, { actor: by, reason: comment }: ChangeBy): (rules: string) => Promise<Done> {
    const signed = { comment, by };
    switch (change.kind) {
      case 'mode': {
        const { kind: _, target, mode, ...limits } = change;
        const found = modeTarget(target, loaded().source.rules);
        return (folder) => setMode(folder, found, mode, { ...limits, ...signed });
      }
      case 'approve': {
        const { kind: _, replace, ...approval } = change;
        return (folder) => approveServer(folder, { ...approval, ...signed }, { replace });
      }
      case 'unapprove':
        return (folder) => unapproveServer(folder, change.url, change.at);
      case 'block':
        return (folder) => blockServer(folder, { url: change.url, until: change.until, ...signed });
      case 'unblock':
        return (folder) => unblockServer(folder, change.url);
      case 'dlp-profile': {
        const { kind: _, id, ...settings } = change;
        return (folder) => setDlpProfile(folder, id, settings);
      }
      case 'exception': {
        const { rule, host, user, until } = change;
        const id = rule === undefined ? undefined : ruleId(rule);
        return (folder) => addException(folder, { rule: id, host, user, until, ...signed });
      }
      case 'remove-exception':
        return (folder) => removeException(folder, change.id);
      case 'passthrough': {
        const { kind: _, ...entry } = change;
        return (folder) => addPassthrough(folder, { ...entry, comment });
      }
      case 'remove-passthrough':
        return (folder) => removePassthrough(folder, change.host);
      case 'pause': {
        const end = Date.parse(change.until);
        if (!(end > now() && end <= now() + LONGEST_PAUSE_MS)) {
          const message = `change.until: ${JSON.stringify(change.until)} must be a time within the next 24 hours, such as ${new Date(now() + 3_600_000).toISOString()}`;
          throw new ApiProblem(400, { code: 'invalid', message, field: 'change.until' });
        }
        return (folder) => pauseProtection(folder, { until: change.until, ...signed });
      }
      case 'resume':
        return resumeProtection;
    }
  }

  function ruleId(text: string): string {
    const target = modeTarget(text, loaded().source.rules);
    if ('rule' in target) return target.rule;
    const message = `change.rule: ${JSON.stringify(text)} is no rule; an exception names one rule, for a whole class change its mode`;
    throw new ApiProblem(400, { code: 'invalid', message, field: 'change.rule' });
  }

  function find(number: number): PolicyVersion {
    const found = history?.get(number);
    if (!found) throw notFound('version of policy', String(number));
    return found;
  }

  function itemOf(version: PolicyVersion): PolicyVersionItem {
    const { number, time, id, actor, action, object, reason, texts } = version;
    const changes = comparePolicy(history?.before(number)?.texts ?? {}, texts).map(describeChange);
    return { number, time, id, actor, action, object, reason, changes };
  }

  return {
    async read() {
      const texts = await readPolicyTexts(rules);
      const { source, warnings } = loaded();
      const dlp = { profiles: source.dlp?.profiles ?? [] };
      try {
        return { etag: contentId(texts), texts, ...(await readPolicy(rules)), dlp, warnings };
      } catch (error) {
        if (!(error instanceof DaylightError)) throw error;
        // Broken files are for people to mend; what was whole last stays in force.
        return { etag: contentId(texts), texts, ...source.policy, dlp, warnings: error.message.split('\n') };
      }
    },
    editOf,
    change: (change, by, etag) => run(editOf(change, by), by, etag),
    edit: (edit, by) => run(edit, by, undefined),
    rollback(number, by, etag) {
      const version = find(number);
      return run(
        async (folder) => {
          const before = await readPolicyTexts(folder);
          const files = await restorePolicyTexts(folder, version.texts);
          const changes = comparePolicy(before, version.texts);
          const sides = { before: summarizeSide(changes, 'before'), after: summarizeSide(changes, 'after') };
          return { action: 'rollback', object: String(version.number), ...sides, files };
        },
        by,
        etag,
      );
    },
    versions(limit, before) {
      const all = history?.list(before === undefined ? limit : MOST_VERSIONS) ?? [];
      return all
        .filter(({ number }) => before === undefined || number < before)
        .slice(0, limit)
        .map(itemOf);
    },
    version(number) {
      const version = find(number);
      const before = history?.before(number)?.texts ?? {};
      const diff = POLICY_NAMES.filter((name) => before[name] !== version.texts[name]).map((file) => ({
        file,
        lines: diffLines(before[file] ?? '', version.texts[file] ?? ''),
      }));
      return { ...itemOf(version), diff };
    },
  };
}

function changedMeanwhile(etag: string): ApiProblem {
  const message = `Policy was changed meanwhile; it is ${etag} now. Look at it again, then repeat the change.`;
  return new ApiProblem(412, { code: 'changed', message, etag });
}
