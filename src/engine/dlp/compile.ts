// Detectors and profiles, compiled once when they are loaded.

import type { DlpSource } from './schema.ts';

/** Nothing is scanned. */
export const NO_DLP: DlpSource = Object.freeze({ detectors: [], profiles: [], exact: {} });

export interface CompiledDlp {
  source: DlpSource;
}

export function compileDlp(source: DlpSource): CompiledDlp {
  return { source };
}
