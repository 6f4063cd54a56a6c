// What the bytes of an answer show that nobody reads: whether it is one, and whether it speaks of an error. An error is rare, so then it
// is read after all. Quotation marks inside a JSON string are escaped, so what is found is a member of the document.

import { type CallResult, resultOf, UNANSWERED } from '../engine/calls/outcome.ts';
import { answersIn } from '../engine/calls/read-calls.ts';
import { createSseParser } from '../engine/signals/sse.ts';
import type { AnswerTap } from './answer-tap.ts';

const IS_ERROR = Buffer.from('"isError"');
const ERROR = Buffer.from('"error"');
const RESULT = Buffer.from('"result"');
const TOOL_ERROR: CallResult = { ...resultOf({ key: '', outcome: 'tool-error', code: 0 }), source: 'glance' };

/** @param key of the call @returns undefined if nothing speaks against success */
export function glanceAt(tap: AnswerTap, key: string): CallResult | undefined {
  const bytes = tap.head();
  const isError = saysToolError(bytes);
  if (!tap.whole) return isError ? TOOL_ERROR : undefined;
  if (!isError && !bytes.includes(ERROR)) return bytes.includes(RESULT) ? undefined : UNANSWERED;
  const text = bytes.toString();
  const messages = /^\s*[[{]/.test(text)
    ? [text]
    : createSseParser()
        .push(text)
        .map(({ data }) => data);
  const answer = messages.flatMap((message) => answersIn(message)).find((each) => each.key === key || each.key === '');
  return answer && resultOf(answer);
}

/** Whether a member `isError` is true somewhere. */
function saysToolError(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(IS_ERROR); at >= 0; at = bytes.indexOf(IS_ERROR, at)) {
    at += IS_ERROR.length;
    while (bytes[at] === 0x20 || bytes[at] === 0x3a) at++;
    if (bytes[at] === 0x74) return true;
  }
  return false;
}
