// Reads local policy and checks it whole: YAML, schemas, then what only the documents together show (engine/policy/check.ts).

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { type Document, formatProblem, type Problem, parseAs, parseText, readDocument } from '../document.ts';
import { checkPolicy, type KnownRule, type PolicyRemark } from '../engine/policy/check.ts';
import {
  approvedSchema,
  exceptionsSchema,
  groupsSchema,
  modesSchema,
  type Policy,
  passthroughSchema,
} from '../engine/policy/schema.ts';
import { DaylightError } from '../errors.ts';

/** The files of `<rules>/local`, by the part of policy that they hold. */
export const POLICY_FILES = {
  approved: 'approved.yml',
  modes: 'modes.yml',
  exceptions: 'exceptions.yml',
  groups: 'groups.yml',
  passthrough: 'passthrough.yml',
} as const satisfies Record<keyof Policy, string>;

export type PolicyPart = keyof typeof POLICY_FILES;
export type PolicyDocuments = Record<PolicyPart, Document>;

export interface LoadedPolicy {
  policy: Policy;
  /** `FILE:LINE: MESSAGE` */
  warnings: string[];
}

/**
 * The policy in `<rulesDir>/local`. Missing files are empty ones.
 *
 * @param now epoch milliseconds, for warnings about what has expired.
 * @throws DaylightError ERR_POLICY_INVALID, one problem a line.
 */
export function loadPolicy(rulesDir: string, rules: readonly KnownRule[], now: number): LoadedPolicy {
  const read = (part: PolicyPart): Document => {
    const file = join(rulesDir, 'local', POLICY_FILES[part]);
    return existsSync(file) ? readDocument(file) : parseText(file, '');
  };
  return parsePolicy(
    {
      approved: read('approved'),
      modes: read('modes'),
      exceptions: read('exceptions'),
      groups: read('groups'),
      passthrough: read('passthrough'),
    },
    rules,
    now,
  );
}

/** As {@link loadPolicy}, from documents that were read elsewhere. */
export function parsePolicy(documents: PolicyDocuments, rules: readonly KnownRule[], now: number): LoadedPolicy {
  const problems: Problem[] = [];
  const parse = <Schema extends z.ZodType>(part: PolicyPart, schema: Schema): z.output<Schema> => {
    const parsed = parseAs(documents[part], schema, {});
    problems.push(...documents[part].problems);
    return parsed ?? schema.parse({});
  };
  const policy: Policy = {
    approved: parse('approved', approvedSchema),
    modes: parse('modes', modesSchema),
    exceptions: parse('exceptions', exceptionsSchema),
    groups: parse('groups', groupsSchema),
    passthrough: parse('passthrough', passthroughSchema),
  };
  refuse(problems);
  const locate = ({ document, path, message }: PolicyRemark): Problem => ({
    file: documents[document].file,
    line: documents[document].lineOf(path),
    message: `${path.join('.')}: ${message}`,
  });
  const checked = checkPolicy(policy, rules, now);
  refuse(checked.problems.map(locate));
  return { policy, warnings: checked.warnings.map(locate).map(formatProblem) };
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new DaylightError('ERR_POLICY_INVALID', problems.map(formatProblem).join('\n'));
}
