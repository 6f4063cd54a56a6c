// `daylight check`: validates configuration, rules and policy without starting anything. What is merely suspicious (an
// exception that has expired, a mode for a rule that is gone) is a warning and no finding.

import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { DaylightError } from '../errors.ts';
import { loadServerNames, loadSnapshotSource } from '../load.ts';
import { readAddressSource } from '../proxy/identify/address-sources.ts';
import { type CommonOptions, command, configOf, EXIT } from './command.ts';
import { paint, print, printJson } from './output.ts';

export function checkCommand(): Command {
  return command('check', 'validate configuration, rules and policy; exit status 2 when something is wrong').action(check);
}

interface Findings {
  problems: string[];
  warnings: string[];
  rules: number;
  /** Of DLP. */
  detectors: number;
  profiles: number;
}

function check(options: CommonOptions): void {
  const findings: Findings = { problems: [], warnings: [], rules: 0, detectors: 0, profiles: 0 };
  const config = attempt(findings, () => configOf(options));
  if (config) {
    const loaded = attempt(findings, () => loadSnapshotSource(config.rules));
    attempt(findings, () => loadServerNames(config.rules));
    findings.problems.push(...missingFiles(config));
    findings.warnings.push(...addressListWarnings(config));
    findings.rules = loaded?.source.rules.length ?? 0;
    findings.detectors = loaded?.source.dlp?.detectors.length ?? 0;
    findings.profiles = loaded?.source.dlp?.profiles.length ?? 0;
    findings.warnings.push(...(loaded?.warnings ?? []));
    if (loaded && findings.rules === 0) findings.warnings.push(`${config.rules}: holds no rules; nothing will be recognised`);
  }
  const ok = findings.problems.length === 0;
  if (options.json) printJson({ ok, ...findings });
  else {
    for (const problem of findings.problems) print(problem);
    for (const warning of findings.warnings) print(`${paint('yellow', 'note')} ${warning}`);
    const { rules, detectors, profiles } = findings;
    if (ok) print(`Configuration, policy, ${rules} rules, ${detectors} detectors and ${profiles} DLP profiles are valid.`);
  }
  if (!ok) process.exitCode = EXIT.findings;
}

function attempt<T>(findings: Findings, act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof DaylightError)) throw error;
    findings.problems.push(...error.message.split('\n'));
    return undefined;
  }
}

/** Lists of addresses change while Daylight runs, so one that cannot be read now is no problem of the configuration. */
function addressListWarnings({ identity }: Config): string[] {
  return identity.addresses.flatMap((source, index) => {
    if ('url' in source) return [];
    try {
      readAddressSource(source);
      return [];
    } catch (error) {
      if (!(error instanceof DaylightError)) throw error;
      return [
        `identity.addresses.${index}: ${'file' in source ? source.file : 'dhcpLeases' in source ? source.dhcpLeases : ''}: ${error.message}`,
      ];
    }
  });
}

function missingFiles({ proxy: { upstream } }: Config): string[] {
  const named = [
    ...upstream.ca.map((file) => ({ key: 'proxy.upstream.ca', file })),
    ...upstream.hosts.flatMap(({ host, ca }) => (ca ?? []).map((file) => ({ key: `proxy.upstream.hosts (${host})`, file }))),
  ];
  return named.filter(({ file }) => !existsSync(file)).map(({ key, file }) => `${key}: ${file}: no such file`);
}
