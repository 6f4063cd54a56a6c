// Reads detectors, exact lists and DLP profiles from disk and checks them whole, in this order:
//
//   1. each detector: YAML, schema, what only compiling shows (patterns, anchors, names of validators), its exact list, its id
//   2. the profiles: YAML, schema, the names and scopes in them
//
// Every problem is reported with file, line, field and fix; all of them, not only the first.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Document, filesIn, formatProblem, type Path, type Problem, parseAs, parseText, readDocument } from './document.ts';
import { MAX_LITERALS } from './engine/dlp/anchors.ts';
import { checkProfiles } from './engine/dlp/check.ts';
import { checkDetector, compileDlp, DetectorProblems } from './engine/dlp/compile.ts';
import { profileDetectors } from './engine/dlp/members.ts';
import {
  type Detector,
  type DlpSource,
  detectorSchema,
  dlpPolicySchema,
  type ExactList,
  type Profile,
} from './engine/dlp/schema.ts';
import { DaylightError } from './errors.ts';
import { readExactList } from './exact-list-file.ts';

export interface LoadedDlp {
  source: DlpSource;
  /** `FILE:LINE: MESSAGE` */
  warnings: string[];
  /** File of each detector, by id. */
  detectorFiles: ReadonlyMap<string, string>;
}

const NAMES_SHOWN = 5;

/**
 * Reads the shipped detectors in `dlp/*.yml`, one's own in `local/dlp/*.yml` and the profiles in `local/dlp.yml`. Without that
 * file there are no profiles, and nothing is scanned.
 *
 * @param profilesFile to be judged in place of `local/dlp.yml`.
 * @throws DaylightError ERR_RULE_INVALID if a detector is wrong, ERR_POLICY_INVALID if only profiles are; one problem a line.
 */
export function loadDlp(rulesDir: string, profilesFile?: Document): LoadedDlp {
  const own = filesIn(join(rulesDir, 'local', 'dlp'));
  const loaded = loadDetectors(rulesDir, [...filesIn(join(rulesDir, 'dlp')), ...own]);
  const { detectors, detectorFiles } = loaded;
  const file = join(rulesDir, 'local', 'dlp.yml');
  const document = profilesFile ?? (existsSync(file) ? readDocument(file) : parseText(file, ''));
  const profiles = parseAs(document, dlpPolicySchema, {})?.profiles;
  const checked = checkProfiles(profiles ?? [], detectors, loaded.broken);
  const locate = ({ path, message }: { path: Path; message: string }): Problem => problemAt(document, path, message);
  const inProfiles = [...document.problems, ...checked.problems.map(locate)];
  const problems = [...loaded.problems, ...inProfiles].map(formatProblem);
  if (problems.length > 0) {
    throw new DaylightError(loaded.problems.length > 0 ? 'ERR_RULE_INVALID' : 'ERR_POLICY_INVALID', problems.join('\n'));
  }
  const source = { detectors, profiles: profiles ?? [], exact: loaded.exact };
  const tooMuch = whyTooMuch(source);
  if (tooMuch !== undefined) throw new DaylightError('ERR_RULE_INVALID', `${join(rulesDir, 'local', 'dlp')}: ${tooMuch}`);
  const warnings = checked.warnings.map(locate).map(formatProblem);
  const idle = unusedDetectors(source, (id) => own.includes(detectorFiles.get(id) ?? ''));
  if (idle !== undefined) warnings.push(formatProblem({ file, line: 0, message: idle }));
  return { source, warnings, detectorFiles };
}

interface LoadedDetectors {
  detectors: Detector[];
  exact: Record<string, ExactList>;
  detectorFiles: Map<string, string>;
  problems: Problem[];
  /** Ids of what was refused, as far as they can be read. */
  broken: Set<string>;
}

function loadDetectors(rulesDir: string, files: readonly string[]): LoadedDetectors {
  const loaded: LoadedDetectors = { detectors: [], exact: {}, detectorFiles: new Map(), problems: [], broken: new Set() };
  for (const file of files) {
    const document = readDocument(file);
    const detector = parseAs(document, detectorSchema);
    if (detector !== undefined) {
      compileInto(document, detector);
      const other = loaded.detectorFiles.get(detector.id);
      if (other !== undefined) {
        document.problems.push(
          problemAt(document, ['id'], `${detector.id} is already the id of ${other}; give the detector another`),
        );
      }
      if (detector.exact !== undefined) {
        try {
          loaded.exact[detector.id] = readExactList(rulesDir, file, detector.exact.file);
        } catch (error) {
          document.problems.push(problemAt(document, ['exact', 'file'], (error as Error).message));
        }
      }
      loaded.detectorFiles.set(detector.id, file);
      loaded.detectors.push(detector);
    }
    if (document.problems.length > 0) loaded.broken.add(idOf(document.data));
    loaded.problems.push(...document.problems);
  }
  return loaded;
}

function compileInto(document: Document, detector: Detector): void {
  try {
    checkDetector(detector);
  } catch (error) {
    if (!(error instanceof DetectorProblems)) throw error;
    for (const { path, message } of error.problems) document.problems.push(problemAt(document, path, message));
  }
}

/** Words and literals of all detectors share one table. Compiling them all only to see whether they fit is seldom needed. */
function whyTooMuch(source: DlpSource): string | undefined {
  const literals = source.detectors.flatMap(({ words, anchors }) => [...(words ?? []), ...(anchors?.literals ?? [])]);
  if (literals.join('').length <= MAX_LITERALS) return undefined;
  try {
    compileDlp(source);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** One line about the detectors of one's own that no profile names. */
function unusedDetectors(
  { detectors, profiles }: { detectors: readonly Detector[]; profiles: readonly Profile[] },
  isOwn: (id: string) => boolean,
): string | undefined {
  const used = new Set(profiles.flatMap((profile) => profileDetectors(profile, detectors)));
  const unused = detectors.filter((detector) => isOwn(detector.id) && !used.has(detector)).map(({ id }) => id);
  if (unused.length === 0) return undefined;
  const more = unused.length > NAMES_SHOWN ? ` and ${unused.length - NAMES_SHOWN} more` : '';
  return `no profile uses ${unused.slice(0, NAMES_SHOWN).join(', ')}${more} of local/dlp; name them in a profile`;
}

function idOf(data: unknown): string {
  return typeof data === 'object' && data !== null && 'id' in data ? String(data.id) : '';
}

function problemAt(document: Document, path: Path, message: string): Problem {
  const where = path.length === 0 ? '' : `${path.join('.')}: `;
  return { file: document.file, line: document.lineOf(path), message: `${where}${message}` };
}
