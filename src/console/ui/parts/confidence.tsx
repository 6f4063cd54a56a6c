// How sure a verdict is: the number, and a bar that fills with it.

import classes from './confidence.module.css';

/** @param value 0 to 100 */
export function Confidence({ value }: { value: number }) {
  return (
    <span className={classes.confidence} title={`Confidence ${value} of 100; from 75 on the traffic has a name`}>
      <span className={classes.bar} aria-hidden>
        <span className={classes.fill} style={{ width: `${Math.min(100, Math.max(0, value))}%` }} />
      </span>
      {value}
    </span>
  );
}
