// Free words: whole words of what an event is about, without regard to case. A word is a run of letters and digits; everything
// outside ASCII counts as a letter. ClickHouse cuts text in the same way (splitByNonAlpha), and keeps an index of it (column `words`).

import type { HttpFlowEvent } from '../event.ts';
import { lowerAscii } from './pattern.ts';

/** Its words, in lower case. */
export function wordsOf(text: string): string[] {
  return lowerAscii(text)
    .split(/[^0-9a-z\u0080-\uffff]+/)
    .filter((word) => word !== '');
}

/** What free words are looked up in: the expression of the column `words`. */
export function searchedText(event: HttpFlowEvent): string {
  return lowerAscii([event.url, event.server_key, event.mcp_tool, event.user_agent, event.reason].join(' '));
}

/** Whether a text in lower case has this word. */
export function hasWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (!isLetter(text.charCodeAt(at - 1)) && !isLetter(text.charCodeAt(at + word.length))) return true;
  }
  return false;
}

/** @param code NaN beyond either end of the text */
function isLetter(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 97 && code <= 122) || code >= 128;
}
