// The texts of a message: a fragment is one of them with its place, a view is what it says under one coding.

import type { Finding } from '../verdict.ts';
import type { Base64Run } from './base64.ts';
import type { CompiledDetector } from './compile.ts';
import { contextOf } from './keywords.ts';
import { withoutPlaceholders } from './placeholder.ts';
import type { Confidence } from './schema.ts';

/** A text that can be replaced: a string or number of a document, a header value, or a whole text that is no JSON. */
export interface Fragment {
  kind: 'string' | 'number' | 'header' | 'text' | 'name';
  /** Raw range; a string is without its quotes. For a header, the place of its value in the list. */
  start: number;
  end: number;
  /** After JSON escapes are decoded. */
  text: string;
  /** Name of the member or header that it stands under. */
  name: string;
  /** Says where it stands; asked while it is read, and only if something is found. */
  locate: () => string;
  /** The document around it, for context. */
  document: string;
}

export interface View {
  fragment: Fragment;
  coding: Finding['decoded'];
  /** With unified characters. */
  text: string;
  /** As it was written, if that is something else; a place is the same in both. */
  written?: string;
  /** Characters of the text that are before the fragment: `NAME": "`. Only what begins in them is looked for then. */
  prefix: number;
  /** Place in the decoded fragment where the text begins. */
  base: number;
  /** Place in the fragment of each character of the text, and of its end, if it was percent-decoded. */
  origins?: Int32Array;
  /** What it was decoded from. Hits of one run share this object. */
  run?: DecodedRun;
}

export interface DecodedRun extends Base64Run {
  text: string;
}

/** A match that has passed every check of its detector. */
export interface Hit {
  detector: CompiledDetector;
  fragment: Fragment;
  where: string;
  /** What is replaced: in the text of the run if there is one, else in the text of the fragment. */
  start: number;
  end: number;
  coding: Finding['decoded'];
  /** Between the ends lie percent escapes. */
  escaped: boolean;
  run: DecodedRun | undefined;
  /** Place in the decoded text, and the value there. */
  offset: number;
  value: string;
  confidence: Confidence;
}

/** Everything within `proximity` characters of a match, in the text and, where that ends, around it; and the name above it. */
export function contextAround(view: View, start: number, end: number, proximity: number): string {
  const { fragment, run } = view;
  const inside = withoutPlaceholders(view.text, start - proximity, end + proximity);
  const missingBefore = Math.min(proximity, proximity - start);
  const missingAfter = end + proximity - view.text.length;
  const outer = run === undefined ? fragment.document : fragment.text;
  const from = run === undefined ? fragment.start : run.start;
  const to = run === undefined ? fragment.end : run.end;
  const before = missingBefore > 0 && outer !== '' ? withoutPlaceholders(outer, from - missingBefore, from) : '';
  const after = missingAfter > 0 && outer !== '' ? withoutPlaceholders(outer, to, to + missingAfter) : '';
  return contextOf(`${fragment.name}\n${before}\n${inside}\n${after}`);
}
