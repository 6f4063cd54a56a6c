// Everyone who can take part, in the order in which each round runs them.

import type { Contender } from './contender.ts';
import { daylight, daylightApproved, daylightDlp, daylightTokens } from './daylight.ts';
import { direct } from './direct.ts';
import { haproxy } from './haproxy.ts';
import { mitmproxy } from './mitmproxy.ts';
import { nginx } from './nginx.ts';
import { squid } from './squid.ts';

/** The rival that ratios are stated against, unless a figure names another. */
export const REFERENCE = haproxy;

export const contenders: readonly Contender[] = [
  daylight,
  daylightApproved,
  daylightDlp,
  daylightTokens,
  haproxy,
  nginx,
  squid,
  mitmproxy,
  direct,
];
