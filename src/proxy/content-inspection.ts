// DLP and hidden tools on one flow: what has to be read before it may pass, what passes in its place, and what was found.
//
//   covers    a profile reads this direction of the flow, or policy hides tools from its answers
//   read      hide tools, scan, replace; the verdict on this content alone: a block of one message does not block the next
//   overall   the verdict on the flow with all that was found, for the event
//
// Content of which only a part can be read (too long, broken, cut off by the budget) is scanned as far as it goes: `proxy.onError`
// says whether it may pass. If something that is to be redacted is in the part that was read, it is blocked all the same, because
// half a document cannot be written anew. While protection is paused, findings are only recorded.

import { applyScan } from '../engine/dlp/apply.ts';
import { type Coverage, coverageOf } from '../engine/dlp/coverage.ts';
import type { Direction, ScanResult } from '../engine/dlp/types.ts';
import type { Flow } from '../engine/flow.ts';
import { withGroups } from '../engine/policy/groups.ts';
import { hideTools, toolFilterOf } from '../engine/policy/hide-tools.ts';
import { isPaused } from '../engine/policy/pause.ts';
import { ACTIONS, type Traffic, type Verdict } from '../engine/verdict.ts';
import { asOfNow } from './judge.ts';
import { redactHeaders, redactJson } from './mirrored-values.ts';
import type { ProxyServices } from './services.ts';

/** Findings kept of one flow, as many as a verdict has; an endless stream must not fill the memory. */
const FINDINGS_KEPT = 100;
/** Classes that a stream may turn out to be. */
const POSSIBLE: readonly Traffic[] = ['approved', 'portal', 'shadow', 'bypass'];

export interface Readable {
  direction: Direction;
  /** The JSON, or what there is of it; '' if there is only a head. */
  text: string;
  complete: boolean;
  /** Prefix of places in findings. */
  where: string;
  /** All header fields of the request. */
  headers?: readonly string[];
}

export interface Reading {
  /** The verdict on this content. */
  verdict: Verdict;
  /** What passes in place of the text; undefined: the text as it is. */
  text: string | undefined;
  /** All header fields, some of them changed; undefined: as they are. */
  headers: readonly string[] | undefined;
}

interface Needs {
  coverage: Coverage | undefined;
  /** Tools that may be seen; undefined if none are hidden. */
  filter: ((name: string) => boolean) | undefined;
}

const NOTHING_NEEDED: Needs = Object.freeze({ coverage: undefined, filter: undefined });
const NOTHING_FOUND: ScanResult = Object.freeze({
  ...{ findings: [], values: [], action: 'allow', truncated: '' },
  replaced: new Map(),
});

export class ContentInspection {
  #services: ProxyServices;
  #flow: Flow;
  #sum: ScanResult | undefined;
  #needs: Needs = NOTHING_NEEDED;
  #neededFor: { verdict: Verdict; direction: Direction } | undefined;
  #closed = false;

  constructor(services: ProxyServices, flow: Flow) {
    this.#services = services;
    this.#flow = flow;
  }

  /** The values found, in the order of the findings of `overall`. In memory only. */
  get findingValues(): readonly string[] {
    return this.#sum?.values ?? [];
  }

  /** Whether content of this direction must be read before it passes. */
  covers(direction: Direction, verdict: Verdict): boolean {
    const { coverage, filter } = this.#needsOf(direction, verdict);
    return (coverage ?? filter) !== undefined;
  }

  /** Whether it must be, should the flow turn out to be MCP. */
  mayCover(direction: Direction, verdict: Verdict): boolean {
    const snapshot = this.#services.snapshot();
    if (direction === 'response' && snapshot.policy.hidesTools) return true;
    return POSSIBLE.some((traffic) => coverageOf(this.#judged(), { ...verdict, traffic }, snapshot.dlp, direction) !== undefined);
  }

  /** Reads content that may pass as far as policy goes. @param done called in this turn for small content */
  read(content: Readable, verdict: Verdict, done: (reading: Reading) => void): void {
    const { coverage, filter } = this.#needsOf(content.direction, verdict);
    const shown = filter && content.complete ? hideTools(content.text, filter) : undefined;
    const text = shown ?? content.text;
    const conclude = (result: ScanResult, headers: readonly string[] | undefined): void => {
      const changed = result.text ?? shown;
      done({ verdict: this.#apply(verdict, result), text: changed, headers });
    };
    if (!coverage) {
      const unread = filter !== undefined && !content.complete;
      if (unread) conclude(this.#add({ ...NOTHING_FOUND, truncated: 'size' }), undefined);
      else done({ verdict, text: shown, headers: undefined });
      return;
    }
    const scan = (part: Parameters<ProxyServices['scanner']['scan']>[0], then: (result: ScanResult) => void): void =>
      this.#services.scanner.scan(part, coverage, this.#session(verdict), then, () => !this.#closed);
    const scanHead = (then: (result: ScanResult) => void): void => {
      if (!content.headers) then(NOTHING_FOUND);
      else scan({ kind: 'headers', headers: content.headers, where: 'request.headers' }, then);
    };
    const scanText = (then: (result: ScanResult) => void): void => {
      if (content.text === '') then(content.complete ? NOTHING_FOUND : { ...NOTHING_FOUND, truncated: 'unreadable' });
      else scan({ kind: 'json', text, where: content.where }, (result) => then(content.complete ? result : asPart(result)));
    };
    scanHead((head) =>
      scanText((body) => {
        const both = this.#add(this.#asPaused(joined(head, body)));
        if (both.action !== 'redact') {
          conclude(both, undefined);
          return;
        }
        const mirrored = redactJson(body.text ?? text, head.replaced);
        const changed = head.headers ?? content.headers;
        const headers = (changed && redactHeaders(changed, body.replaced)) ?? head.headers;
        conclude(mirrored === text ? both : { ...both, text: mirrored }, headers);
      }),
    );
  }

  /** The verdict on the flow, with what all scans found. */
  overall(verdict: Verdict): Verdict {
    return this.#sum ? this.#apply(verdict, this.#sum) : verdict;
  }

  /** Nobody waits for a result any more. */
  close(): void {
    this.#closed = true;
  }

  #needsOf(direction: Direction, verdict: Verdict): Needs {
    if (this.#neededFor?.verdict === verdict && this.#neededFor.direction === direction) return this.#needs;
    const { dlp, policy } = this.#services.snapshot();
    const coverage = coverageOf(this.#judged(), verdict, dlp, direction);
    const filter =
      direction === 'response' && policy.hidesTools && verdict.traffic !== 'none'
        ? toolFilterOf(this.#judged(), verdict.mcp, policy)
        : undefined;
    this.#neededFor = { verdict, direction };
    this.#needs = coverage === undefined && filter === undefined ? NOTHING_NEEDED : { coverage, filter };
    return this.#needs;
  }

  /** Placeholders are stable for one session with one server; where sessions have no id, for one user of one client. */
  #session({ mcp }: Verdict): string {
    const { client, principal, server } = this.#flow;
    return `${server.host}\n${mcp.sessionId || `${client.address}\n${principal.user}`}`;
  }

  #apply(verdict: Verdict, result: ScanResult): Verdict {
    return applyScan(verdict, result, this.#isPaused() ? 'open' : this.#services.config.proxy.onError);
  }

  /** The flow as policy sees it. */
  #judged(): Flow {
    return withGroups(asOfNow(this.#services, this.#flow), this.#services.snapshot().policy);
  }

  #isPaused(): boolean {
    return isPaused(this.#services.snapshot().policy, this.#judged().time);
  }

  /** A pause of protection: what was found is recorded, and nothing comes of it. */
  #asPaused(result: ScanResult): ScanResult {
    if (result.findings.length === 0 || !this.#isPaused()) return result;
    const findings = result.findings.map((finding) => ({ ...finding, action: 'log' as const }));
    return { findings, values: result.values, action: 'log', truncated: result.truncated, replaced: NOTHING_FOUND.replaced };
  }

  #add(result: ScanResult): ScanResult {
    const { findings, values, action, truncated } = this.#sum ? joined(this.#sum, result) : result;
    const kept = strongest(findings);
    this.#sum = {
      findings: kept.map((at) => findings[at]!),
      values: kept.map((at) => values[at]!),
      ...{ action, truncated, replaced: NOTHING_FOUND.replaced },
    };
    return result;
  }
}

/** Positions of the findings to keep: first those that ask for most. */
function strongest(findings: ScanResult['findings']): number[] {
  const positions = findings.map((_, at) => at);
  if (findings.length <= FINDINGS_KEPT) return positions;
  const rank = (at: number): number => ACTIONS.indexOf(findings[at]!.action);
  return positions.sort((a, b) => rank(b) - rank(a) || a - b).slice(0, FINDINGS_KEPT);
}

/** What was found in two pieces. */
function joined(first: ScanResult, second: ScanResult): ScanResult {
  if (first === NOTHING_FOUND) return second;
  const result: ScanResult = {
    findings: [...first.findings, ...second.findings],
    values: [...first.values, ...second.values],
    action: ACTIONS.indexOf(first.action) > ACTIONS.indexOf(second.action) ? first.action : second.action,
    truncated: first.truncated || second.truncated,
    replaced: new Map([...first.replaced, ...second.replaced]),
  };
  if (second.text !== undefined) result.text = second.text;
  return result;
}

/** The result for the first part of something that is longer: what is to be redacted in it stops the whole. */
function asPart({ findings, values, action, truncated, replaced }: ScanResult): ScanResult {
  const stopped = findings.map((finding) => (finding.action === 'redact' ? { ...finding, action: 'block' as const } : finding));
  return { findings: stopped, values, action: action === 'redact' ? 'block' : action, truncated: truncated || 'size', replaced };
}
