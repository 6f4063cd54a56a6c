// How something divides into parts: one bar, and each part in words and numbers below it.

import { plain } from '../text/format.ts';
import { percentOf } from '../text/percent.ts';
import classes from './share-bar.module.css';

interface ShareBarProps {
  /** What is divided. */
  label: string;
  parts: readonly { key: string; label: string; n: number; color: string }[];
}

export function ShareBar({ label, parts }: ShareBarProps) {
  const sum = parts.reduce((total, { n }) => total + n, 0);
  return (
    <div>
      <div className={classes.bar} aria-hidden>
        {parts.map(({ key, n, color }) => (
          <span key={key} style={{ width: `${sum === 0 ? 0 : (100 * n) / sum}%`, background: color }} />
        ))}
      </div>
      <ul className={classes.parts} aria-label={label}>
        {parts.map(({ key, label: name, n, color }) => (
          <li key={key}>
            <span className={classes.swatch} style={{ background: color }} aria-hidden />
            {name} <b>{plain(n)}</b> <span className={classes.share}>{percentOf(n, sum)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
