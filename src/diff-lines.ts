// The lines by which two texts differ, with some lines around them: longest common subsequence of what lies between the common
// beginning and the common end. Texts that differ in very many lines are shown as removed and added whole.

export interface DiffLine {
  sign: '+' | '-' | ' ';
  /** Number of the line, in the old text for `-`, else in the new one; from 1. */
  line: number;
  text: string;
}

/** Cells of the table that is compared; beyond, it would take seconds. */
const MAX_CELLS = 4_000_000;
const AROUND = 2;

export function diffLines(before: string, after: string): DiffLine[] {
  const [old, now] = [linesOf(before), linesOf(after)];
  let start = 0;
  while (start < Math.min(old.length, now.length) && old[start] === now[start]) start++;
  let end = 0;
  while (end < Math.min(old.length, now.length) - start && old[old.length - 1 - end] === now[now.length - 1 - end]) end++;
  const middle = compare(old.slice(start, old.length - end), now.slice(start, now.length - end), start);
  const same = (index: number): DiffLine => ({ sign: ' ', line: index + 1, text: now[index]! });
  const above = indices(Math.max(0, start - AROUND), start).map(same);
  const below = indices(now.length - end, Math.min(now.length, now.length - end + AROUND)).map(same);
  return withoutDistant([...above, ...middle, ...below]);
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

function indices(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at);
}

function compare(old: readonly string[], now: readonly string[], offset: number): DiffLine[] {
  const removed = (at: number): DiffLine => ({ sign: '-', line: offset + at + 1, text: old[at]! });
  const added = (at: number): DiffLine => ({ sign: '+', line: offset + at + 1, text: now[at]! });
  if (old.length * now.length > MAX_CELLS) return [...old.map((_, at) => removed(at)), ...now.map((_, at) => added(at))];
  const width = now.length + 1;
  const longest = new Uint32Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      longest[i * width + j] =
        old[i] === now[j]
          ? longest[(i + 1) * width + j + 1]! + 1
          : Math.max(longest[(i + 1) * width + j]!, longest[i * width + j + 1]!);
    }
  }
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      lines.push({ sign: ' ', line: offset + j + 1, text: now[j]! });
      i++;
      j++;
    } else if (j >= now.length || (i < old.length && longest[(i + 1) * width + j]! >= longest[i * width + j + 1]!))
      lines.push(removed(i++));
    else lines.push(added(j++));
  }
  return lines;
}

/** Unchanged lines only next to changed ones. */
function withoutDistant(lines: readonly DiffLine[]): DiffLine[] {
  const changed = lines.flatMap(({ sign }, at) => (sign === ' ' ? [] : [at]));
  const near = new Set(changed.flatMap((at) => indices(at - AROUND, at + AROUND + 1)));
  return lines.filter((_, at) => near.has(at));
}
