// Names and values, one below the other: the details of something. Values that are absent leave no line.

import { Fragment, type ReactNode } from 'react';
import classes from './facts.module.css';
import { Untrusted } from './untrusted.tsx';

export type Fact = [name: string, value: ReactNode];

/** Strings are shown as text from the network. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  const shown = facts.filter(([, value]) => value !== '' && value !== undefined && value !== null && value !== false);
  return (
    <dl className={classes.facts}>
      {shown.map(([name, value]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>{typeof value === 'string' ? <Untrusted text={value} /> : value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
