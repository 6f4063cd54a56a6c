// `daylight dlp`: detectors and profiles. `list` and `test` are here; `scan`, `import`, `exact` and what was found in traffic
// have files of their own.

import type { Command } from 'commander';
import { NO_DLP } from '../engine/dlp/compile.ts';
import { sampleScanner } from '../engine/dlp/preview.ts';
import { type DetectorSampleResult, runDetectorSamples } from '../engine/dlp/samples.ts';
import type { Detector } from '../engine/dlp/schema.ts';
import { usesOf } from '../engine/dlp/uses.ts';
import { nearest } from '../engine/nearest.ts';
import { DaylightError } from '../errors.ts';
import { loadSnapshotSource } from '../load.ts';
import { previewTools } from '../preview-tools.ts';
import { type CommonOptions, command, configOf, EXIT, group } from './command.ts';
import { dlpFindingsCommands } from './dlp-findings.ts';
import { exactCommand } from './exact-list.ts';
import { importCommand } from './import-gitleaks.ts';
import { paint, print, printJson, table } from './output.ts';
import { scanCommand } from './scan-dlp.ts';

export function dlpCommand(): Command {
  return group('dlp', 'data loss prevention: what counts as sensitive, and what happens on a finding', [
    command('list', 'list the detectors, and the profiles that use them').action(list),
    command('test', 'run the samples of every detector').argument('[id]', 'only the samples of this detector').action(test),
    scanCommand(),
    importCommand(),
    exactCommand(),
    ...dlpFindingsCommands(),
  ]);
}

function list(options: CommonOptions): void {
  const { source, detectorFiles } = loadSnapshotSource(configOf(options).rules);
  const { detectors, profiles } = source.dlp ?? NO_DLP;
  const rows = detectors.map((detector) => ({ detector, uses: usesOf(detector, profiles) }));
  if (options.json) {
    for (const { detector, uses } of rows) {
      const { id, title, family, severity, directions } = detector;
      printJson({ id, title, family, severity, directions, profiles: uses, file: detectorFiles.get(id) });
    }
    return;
  }
  if (profiles.length === 0) print('There are no profiles, so nothing is read. They belong into rules/local/dlp.yml.');
  const cells = rows.map(({ detector, uses }) => [
    detector.id,
    detector.family,
    detector.severity,
    uses.map(({ profile, request, response }) => `${profile} (${request}/${response})`).join(', ') || '-',
  ]);
  print(table(['detector', 'family', 'severity', 'profiles (request/response)'], cells));
}

function test(id: string | undefined, options: CommonOptions): void {
  const { source, detectorFiles } = loadSnapshotSource(configOf(options).rules);
  const { detectors, exact } = source.dlp ?? NO_DLP;
  const chosen = detectors.filter((detector) => id === undefined || detector.id === id);
  if (chosen.length === 0) throw unknownDetector(id ?? '', detectors);
  const results = runDetectorSamples(chosen, sampleScanner(exact, previewTools()));
  const failed = results.filter(({ ok }) => !ok);
  const bare = chosen.filter(({ samples }) => samples.match.length + samples.silent.length === 0);
  if (options.json) for (const result of results) printJson({ ...result, file: detectorFiles.get(result.detectorId) });
  else {
    for (const result of failed) print(failureLine(result, detectorFiles.get(result.detectorId) ?? ''));
    print(`${results.length - failed.length} of ${results.length} samples of ${chosen.length} detectors as they should be.`);
    if (bare.length > 0) print(`${bare.length} imported detectors have no samples; nothing is known about what they find.`);
  }
  if (failed.length > 0) process.exitCode = EXIT.findings;
}

function failureLine({ sample, expected, reason }: DetectorSampleResult, file: string): string {
  const wanted = expected === 'match' ? 'should be found and is not' : 'should not be found and is';
  return `${paint('red', 'FAIL')} ${file}: sample ${JSON.stringify(sample)} ${wanted} (${reason})`;
}

function unknownDetector(id: string, detectors: readonly Detector[]): DaylightError {
  const near = nearest(
    id,
    detectors.map((detector) => detector.id),
  );
  const fix = near === undefined ? '"daylight dlp list" shows them all' : `did you mean ${near}?`;
  return new DaylightError('ERR_USAGE', `there is no detector ${JSON.stringify(id)}; ${fix}`);
}
