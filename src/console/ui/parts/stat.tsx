// A headline number with its trend, and the last of its way as a line.

import { Text } from '@mantine/core';
import { Link } from 'wouter';
import type { Trend } from '../text/trend.ts';
import { trendOf } from '../text/trend.ts';
import { Sparkline } from './sparkline.tsx';
import classes from './stat.module.css';

interface StatProps {
  label: string;
  /** As people read it. */
  value: string;
  trend: Trend;
  /** Whether more is worse (`bad`), better (`good`) or neither. */
  more?: 'bad' | 'good';
  /** Page of ours that tells more. */
  href?: string;
  points?: readonly number[];
}

export function Stat({ label, value, trend, more, href, points }: StatProps) {
  const change = trendOf(trend);
  const tone =
    more === undefined || change.direction === 'flat'
      ? undefined
      : (change.direction === 'up') === (more === 'good')
        ? 'good'
        : 'bad';
  const body = (
    <>
      <Text size="sm" c="dimmed" component="span" display="block">
        {label}
      </Text>
      <span className={classes.value}>{value}</span>
      <span className={classes.trend} data-tone={tone} title={change.title}>
        {change.text}
      </span>
      {points && points.length > 1 && <Sparkline points={points} />}
    </>
  );
  return href === undefined ? (
    <div className={classes.stat}>{body}</div>
  ) : (
    <Link href={href} className={classes.stat}>
      {body}
    </Link>
  );
}
