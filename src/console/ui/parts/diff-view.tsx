// What changed between two texts, line by line: a sign, and a colour.

import { visibleText } from '../../../engine/inventory/visible-text.ts';
import classes from './diff-view.module.css';

export interface DiffLine {
  sign: '+' | '-' | ' ';
  text: string;
  /** Number of the line in its text. */
  line?: number;
}

export function DiffView({ lines, label }: { lines: readonly DiffLine[]; label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={classes.diff} tabIndex={0} aria-label={label}>
      {lines.map(({ sign, text, line }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other identity, and do not move
        <div key={index} className={classes.line} data-sign={sign}>
          {line !== undefined && <span className={classes.number}>{line}</span>}
          <span className={classes.sign}>{sign}</span>
          <bdi className="untrusted">{visibleText(text)}</bdi>
        </div>
      ))}
    </section>
  );
}
