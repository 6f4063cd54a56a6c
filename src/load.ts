// Reads rules and local policy from disk and checks them whole, in this order:
//
//   1. YAML: syntax, duplicate keys, one document per file, at most 1 MiB
//   2. shape: the zod schemas of rules and policy
//   3. meaning: fields, conditions, patterns, networks, dates, CEL conditions; ids that are used twice
//
// Every problem is reported with file, line, field and fix; all of them, not only the first. What is suspicious but works is
// a warning. Nothing of this happens at request time.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Document, filesIn, formatProblem, type Problem, parseAs, readDocument } from './document.ts';
import { compileRule, RuleProblems } from './engine/rules/compile.ts';
import { type Rule, ruleSchema, type SharedSamples, sharedSamplesSchema } from './engine/rules/schema.ts';
import { type ServerNames, serverNamesSchema } from './engine/rules/servers.ts';
import type { SnapshotSource } from './engine/snapshot.ts';
import { DaylightError } from './errors.ts';
import { loadDlp } from './load-dlp.ts';
import { loadPrices } from './load-prices.ts';
import { loadPolicy } from './policy-files/load-policy.ts';

export interface LoadedSource {
  source: SnapshotSource;
  /** `FILE:LINE: MESSAGE` */
  warnings: string[];
  /** File of each rule, by id. */
  ruleFiles: ReadonlyMap<string, string>;
  /** File of each DLP detector, by id. */
  detectorFiles: ReadonlyMap<string, string>;
}

/**
 * Reads `mcp/*.yml` and the local rules in `local/rules/*.yml`; policy by load-policy.ts, DLP by load-dlp.ts, prices by
 * load-prices.ts.
 *
 * @param now epoch milliseconds, for warnings about what has expired.
 * @throws DaylightError ERR_RULE_INVALID or ERR_POLICY_INVALID, one problem a line.
 */
export function loadSnapshotSource(rulesDir: string, now: number = Date.now()): LoadedSource {
  if (!existsSync(rulesDir)) {
    throw new DaylightError(
      'ERR_RULE_INVALID',
      `${rulesDir}: there is no such folder; set \`rules:\` to the folder that holds mcp/ and local/`,
    );
  }
  const { rules, ruleFiles } = loadRules(rulesDir);
  const { policy, warnings } = loadPolicy(rulesDir, rules, now);
  const dlp = loadDlp(rulesDir);
  return {
    source: { rules, policy, dlp: dlp.source, prices: loadPrices(rulesDir) },
    warnings: [...warnings, ...dlp.warnings],
    ruleFiles,
    detectorFiles: dlp.detectorFiles,
  };
}

function loadRules(rulesDir: string): { rules: Rule[]; ruleFiles: Map<string, string> } {
  const problems: Problem[] = [];
  const shared = loadSharedSamples(join(rulesDir, 'samples.yml'), problems);
  const rules: Rule[] = [];
  const ruleFiles = new Map<string, string>();
  for (const file of [...filesIn(join(rulesDir, 'mcp')), ...filesIn(join(rulesDir, 'local', 'rules'))]) {
    const document = readDocument(file);
    const parsed = parseAs(document, ruleSchema);
    const rule = parsed && resolveSamples(parsed, shared, document);
    if (rule !== undefined) checkRule(rule, document);
    problems.push(...document.problems);
    if (rule === undefined) continue;
    const other = ruleFiles.get(rule.id);
    if (other !== undefined) {
      problems.push({
        file,
        line: document.lineOf(['id']),
        message: `id: ${rule.id} is already the id of ${other}; give the rule a new UUID`,
      });
    }
    ruleFiles.set(rule.id, file);
    rules.push(rule);
  }
  if (problems.length > 0) throw new DaylightError('ERR_RULE_INVALID', problems.map(formatProblem).join('\n'));
  return { rules, ruleFiles };
}

function checkRule(rule: Rule, document: Document): void {
  try {
    compileRule(rule);
  } catch (error) {
    if (!(error instanceof RuleProblems)) throw error;
    for (const { path, message } of error.problems) {
      document.problems.push({ file: document.file, line: document.lineOf(path), message: `${path.join('.')}: ${message}` });
    }
  }
}

/** Replaces names of shared exchanges by the exchanges. */
function resolveSamples(rule: Rule, shared: SharedSamples, document: Document): Rule {
  const resolve = (kind: 'match' | 'silent'): Rule['samples']['match'] =>
    rule.samples[kind].map((sample, index) => {
      if (typeof sample !== 'string') return sample;
      const found = Object.hasOwn(shared, sample) ? shared[sample] : undefined;
      if (found !== undefined) return { name: sample, ...found };
      const message = `samples.${kind}.${index}: there is no sample ${JSON.stringify(sample)} in samples.yml; write the exchange here or add it there`;
      document.problems.push({ file: document.file, line: document.lineOf(['samples', kind, index]), message });
      return sample;
    });
  return { ...rule, samples: { match: resolve('match'), silent: resolve('silent') } };
}

function loadSharedSamples(file: string, problems: Problem[]): SharedSamples {
  if (!existsSync(file)) return {};
  const document = readDocument(file);
  const samples = parseAs(document, sharedSamplesSchema, {});
  problems.push(...document.problems);
  return samples ?? {};
}

/**
 * Names of public MCP servers, for reports. They approve nothing.
 *
 * @throws DaylightError ERR_RULE_INVALID
 */
export function loadServerNames(rulesDir: string): ServerNames {
  const file = join(rulesDir, 'servers.yml');
  if (!existsSync(file)) return {};
  const document = readDocument(file);
  const names = parseAs(document, serverNamesSchema, {});
  if (names === undefined) throw new DaylightError('ERR_RULE_INVALID', document.problems.map(formatProblem).join('\n'));
  return names;
}
