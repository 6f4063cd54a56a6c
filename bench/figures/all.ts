// All figures, in the order in which a full run measures them.

import { connect } from './connect.ts';
import { decide } from './decide.ts';
import { dlp } from './dlp.ts';
import { download } from './download.ts';
import type { Figure } from './figure.ts';
import { identity } from './identity.ts';
import { live, watchers } from './live.ts';
import { paint } from './paint.ts';
import { post, postDlp, postPlain } from './post.ts';
import { reports } from './reports.ts';
import { outage, sinks } from './sinks.ts';
import { sse } from './sse.ts';
import { stall } from './stall.ts';
import { policySwitch } from './switch.ts';

export const figures: readonly Figure[] = [
  decide,
  dlp,
  policySwitch,
  reports,
  live,
  watchers,
  paint,
  sinks,
  outage,
  post,
  postPlain,
  postDlp,
  identity,
  connect,
  sse,
  stall,
  download,
];
