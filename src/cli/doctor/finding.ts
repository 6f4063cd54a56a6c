// What `daylight doctor` says of one thing that it looked at.

import type { Config } from '../../config.ts';

export interface Finding {
  check: string;
  state: 'ok' | 'warning' | 'problem';
  detail: string;
  /** What to do about it, where the detail does not say so. */
  fix?: string;
}

/** @param running whether an appliance runs on the data folder */
export type Examine = (config: Config, running: boolean) => Finding | Promise<Finding>;
