// What the answer of a model API says of itself: model, reason of its end, tokens. Nothing that the model said is kept.
//
// The beginning and the end of an answer suffice, however long it is and whether it is a document or a stream: every provider names
// the model at one of them and counts tokens at the end (Anthropic also at the beginning). They are searched for members by name. That is
// safe, because a quotation mark inside a JSON string is escaped: what a model writes cannot look like a member. Where counts come more
// than once, later ones win, each by itself.

export interface Usage {
  /** All tokens of the request, cached ones included. */
  input: number;
  /** All tokens of the answer, reasoning included. */
  output: number;
  cached: number;
  cacheWrite: number;
  reasoning: number;
}

export interface ModelAnswer {
  model: string;
  finishReason: string;
  /** undefined if the answer does not tell. */
  usage: Usage | undefined;
}

type Counts = Record<string, number>;

/** Names of what holds counts, and how long it may be. */
const HOLDERS = /"(?:usage|usageMetadata|amazon-bedrock-invocationMetrics)"\s*:\s*\{/g;
const MAX_HOLDER = 4_096;
/** Parts of a holder that hold counts themselves. */
const INNER = ['prompt_tokens_details', 'completion_tokens_details', 'input_tokens_details', 'output_tokens_details', 'tokens'];
/** Counts without a holder (Ollama). */
const BARE = /"(prompt_eval_count|eval_count)"\s*:\s*(\d{1,12})/g;
/** Events of Bedrock that hold the provider's own, in base64. */
const WRAPPED = /"bytes"\s*:\s*"([A-Za-z0-9+/]{1,65536}={0,2})"/g;
const MODEL = /"(?:model|modelVersion)"\s*:\s*"([^"\\]{1,256})"/;
const FINISH = /"(?:finish_reason|stop_reason|finishReason|stopReason|done_reason)"\s*:\s*"([^"\\]{1,64})"/g;
const RESPONSE_END = /"type"\s*:\s*"response\.(completed|incomplete|failed)"/;

/** @param head beginning of the decoded answer @param tail its end, '' if the head is all of it */
export function readModelAnswer(head: string, tail: string): ModelAnswer {
  const begin = unwrapped(head);
  const end = unwrapped(tail);
  const counts: Counts = {};
  collect(begin, counts);
  collect(end, counts);
  const reasons = [...(tail === '' ? begin : end).matchAll(FINISH)];
  return {
    model: MODEL.exec(begin)?.[1] ?? MODEL.exec(end)?.[1] ?? '',
    finishReason: reasons.at(-1)?.[1] ?? RESPONSE_END.exec(tail === '' ? begin : end)?.[1] ?? '',
    usage: usageOf(counts),
  };
}

function unwrapped(text: string): string {
  if (!text.includes('"bytes"')) return text;
  return text.replace(WRAPPED, (whole, base64: string) => {
    try {
      return atob(base64);
    } catch {
      return whole;
    }
  });
}

function collect(text: string, counts: Counts): void {
  for (const { index, 0: found } of text.matchAll(HOLDERS)) {
    const holder = objectAt(text, index + found.length - 1);
    if (holder === undefined) continue;
    take(holder, counts);
    for (const name of INNER) take(holder[name], counts);
  }
  for (const [, name = '', digits] of text.matchAll(BARE)) counts[name] = Number(digits);
}

function take(holder: unknown, counts: Counts): void {
  if (typeof holder !== 'object' || holder === null) return;
  for (const [name, value] of Object.entries(holder)) {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) counts[name] = value;
  }
}

/** The object that begins at a brace; undefined if it is cut off or too long. */
function objectAt(text: string, from: number): Record<string, unknown> | undefined {
  let depth = 0;
  let inString = false;
  const limit = Math.min(text.length, from + MAX_HOLDER);
  for (let at = from; at < limit; at++) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === 92) at++;
      else if (code === 34) inString = false;
    } else if (code === 34) inString = true;
    else if (code === 123) depth++;
    else if (code === 125 && --depth === 0) return parsed(text.slice(from, at + 1));
  }
  return undefined;
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/**
 * The counts of all providers as one. Anthropic and Bedrock count cached input beside the rest, the others within it; Google counts
 * thoughts beside the answer.
 */
function usageOf(counts: Counts): Usage | undefined {
  const first = (...names: string[]): number | undefined =>
    names.map((name) => counts[name]).find((value) => value !== undefined);
  const input = first('prompt_tokens', 'input_tokens', 'inputTokens', 'inputTokenCount', 'promptTokenCount', 'prompt_eval_count');
  const output = first(
    'completion_tokens',
    'output_tokens',
    'outputTokens',
    'outputTokenCount',
    'candidatesTokenCount',
    'eval_count',
  );
  if (input === undefined && output === undefined && counts.thoughtsTokenCount === undefined) return undefined;
  const beside = first('cache_read_input_tokens', 'cacheReadInputTokens', 'cacheReadInputTokenCount');
  const written = first('cache_creation_input_tokens', 'cacheWriteInputTokens', 'cacheWriteInputTokenCount') ?? 0;
  const within = first('cached_tokens', 'cachedContentTokenCount', 'prompt_cache_hit_tokens') ?? 0;
  const thoughts = counts.thoughtsTokenCount ?? 0;
  return {
    input: (input ?? 0) + (beside ?? 0) + written + (counts.toolUsePromptTokenCount ?? 0),
    output: (output ?? 0) + thoughts,
    cached: beside ?? within,
    cacheWrite: written,
    reasoning: thoughts || (counts.reasoning_tokens ?? 0),
  };
}
