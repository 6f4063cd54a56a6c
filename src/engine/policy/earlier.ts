// What was judged in earlier phases of a flow and is not in its last verdict: rules that an answer refuted, the tool of an earlier
// message of a WebSocket, the name of a server before it gave it. Another policy might have blocked the flow there and then, so
// simulation has to know.
//
// Kept are judgements that no later one repeats, and the one on the request alone wherever the answer added to it. Policy rules on each
// match alone, so a judgement is repeated by one with at least its matches and the same facts.

import type { Judgement, Match, McpFacts, Verdict } from '../verdict.ts';

/** Different judgements kept of one flow; only long WebSockets have as many. */
const MOST = 64;
/** Position of the request body in the extraction (signals/extract.ts): what was read so far is the request alone. */
const REQUEST = 2;

/** The judgements before `now`, `previous` among them where `now` does not repeat it; undefined if there are none. */
export function earlierThan(now: Verdict, previous: Verdict): readonly Judgement[] | undefined {
  const { earlier, matches, mcp } = previous;
  const answered = !isAsked(now);
  if (matches.length === 0) {
    // Nothing can be blocked there; but it tells what the answer added.
    const first = earlier === undefined && answered && now.matches.length > 0;
    return first ? [{ asked: true, matches, mcp }] : earlier;
  }
  const asked = isAsked(previous);
  const judgement: Judgement = { asked, matches, mcp };
  if (asked && answered) return [...(earlier ?? []), judgement];
  if (repeats(now, judgement) || (earlier?.length ?? 0) >= MOST) return earlier;
  return earlier?.some((each) => repeats(each, judgement)) ? earlier : [...(earlier ?? []), judgement];
}

/** A verdict with what was judged of an unfinished body, which it may not repeat: the whole body was judged anew. */
export function withUnfinished(verdict: Verdict, unfinished: Verdict | undefined): Verdict {
  if (unfinished === undefined || unfinished.matches.length === 0) return verdict;
  const { earlier = [] } = verdict;
  const judgement: Judgement = { asked: isAsked(unfinished), matches: unfinished.matches, mcp: unfinished.mcp };
  if (repeats(verdict, judgement) || earlier.some((each) => repeats(each, judgement))) return verdict;
  return { ...verdict, earlier: judgement.asked ? [judgement, ...earlier] : [...earlier, judgement] };
}

/** Whether everything that policy could have blocked in `judgement` is in `later`, too. */
function repeats(later: Pick<Judgement, 'matches' | 'mcp'>, { matches, mcp }: Judgement): boolean {
  return includesAll(later.matches, matches) && sameFacts(later.mcp, mcp);
}

/** Whether a verdict was made before any answer was there. */
export function isAsked({ extraction }: Verdict): boolean {
  return (extraction?.carry.through ?? 0) <= REQUEST;
}

function includesAll(matches: readonly Match[], wanted: readonly Match[]): boolean {
  return matches === wanted || wanted.every(({ ruleId }) => matches.some((match) => match.ruleId === ruleId));
}

/** What policy reads of the MCP side. The list of requests is not among it: within a flow it only grows, and with it what is forbidden. */
export const POLICY_FACTS = ['method', 'tool', 'resource', 'clientName', 'serverName', 'generation'] as const;

function sameFacts(a: McpFacts, b: McpFacts): boolean {
  return a === b || (POLICY_FACTS.every((name) => a[name] === b[name]) && sameList(a.servers, b.servers));
}

export function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((each, at) => each === b[at]));
}
