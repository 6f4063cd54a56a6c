// Text for formats that have no escapes of their own for what cannot be seen.

import { visibleText } from '../../engine/inventory/visible-text.ts';

const ODD = /[^\x20-\x7e]/;

/** Text as it is stored of servers: control characters, directions of writing and what is not seen are written out (`\u{1b}`). */
export function shownText(text: string): string {
  return ODD.test(text) ? visibleText(text) : text;
}

/** On one line, too: line ends and tabs are written out. */
export function oneLine(text: string): string {
  return shownText(text).replace(/[\n\t]/g, (char) => (char === '\n' ? '\\u{a}' : '\\u{9}'));
}

/** The first `most` UTF-16 units, the last of them an ellipsis if there was more; never half a character. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const last = text.charCodeAt(most - 2);
  return `${text.slice(0, last >= 0xd800 && last <= 0xdbff ? most - 2 : most - 1)}…`;
}
