// A page about one thing: what is worked with at the left, what it is at the right.

import type { ReactNode } from 'react';
import classes from './two-columns.module.css';

export function TwoColumns({ main, side }: { main: ReactNode; side: ReactNode }) {
  return (
    <div className={classes.columns}>
      <div className={classes.column}>{main}</div>
      <div className={classes.column}>{side}</div>
    </div>
  );
}
