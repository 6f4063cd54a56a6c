// How a batch is cut for a receiver: into requests that are small enough, and, when a receiver refuses a request for what is in it,
// into halves until the events at fault are found. Those become dead letters; all others are delivered.

import type { Event } from '../../engine/event.ts';
import type { Outgoing, Rejected } from '../sink.ts';

/** One event of a batch in the form that goes into a request. */
export interface Part {
  /** Position in the batch. */
  index: number;
  event: Event;
  text: string;
}

/** A request was refused for its content, not for the state of the receiver. */
export interface Refusal {
  reason: string;
  /** Position in the request of the event at fault, if the receiver tells. */
  at?: number | undefined;
}

export function partsOf(batch: readonly Outgoing[], textOf: (outgoing: Outgoing) => string = ({ text }) => text): Part[] {
  return batch.map((outgoing, index) => ({ index, event: outgoing.event, text: textOf(outgoing) }));
}

/** Groups whose texts together, with `overhead` bytes each, stay within `maxBytes`; a part that is longer alone is refused. */
export function splitBySize(parts: readonly Part[], maxBytes: number, overhead = 1): { groups: Part[][]; tooLong: Rejected[] } {
  const groups: Part[][] = [];
  const tooLong: Rejected[] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const part of parts) {
    const length = Buffer.byteLength(part.text) + overhead;
    if (length > maxBytes) {
      tooLong.push({ index: part.index, reason: `the event has ${length} bytes; the receiver takes ${maxBytes}` });
      continue;
    }
    if (bytes + length > maxBytes) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push(part);
    bytes += length;
  }
  return { groups, tooLong };
}

/** Delivers every part that the receiver takes, in order; resolves with those it refuses. */
export async function sendApart(
  parts: readonly Part[],
  send: (parts: readonly Part[]) => Promise<Refusal | undefined>,
): Promise<Rejected[]> {
  if (parts.length === 0) return [];
  const refusal = await send(parts);
  if (refusal === undefined) return [];
  const [first] = parts;
  if (parts.length === 1 && first) return [{ index: first.index, reason: refusal.reason }];
  const culprit = refusal.at === undefined ? undefined : parts[refusal.at];
  if (culprit) {
    const others = parts.filter((part) => part !== culprit);
    return [{ index: culprit.index, reason: refusal.reason }, ...(await sendApart(others, send))];
  }
  const middle = Math.ceil(parts.length / 2);
  return [...(await sendApart(parts.slice(0, middle), send)), ...(await sendApart(parts.slice(middle), send))];
}

/** As `sendApart`, in requests of at most `maxBytes`. */
export async function sendGroups(
  parts: readonly Part[],
  limits: { maxBytes: number; overhead?: number },
  send: (parts: readonly Part[]) => Promise<Refusal | undefined>,
): Promise<Rejected[]> {
  const { groups, tooLong } = splitBySize(parts, limits.maxBytes, limits.overhead);
  const rejected = tooLong;
  for (const group of groups) rejected.push(...(await sendApart(group, send)));
  return rejected.sort((a, b) => a.index - b.index);
}

/** A text that is a JSON object, with members put before its own. */
export function withMembers(text: string, members: Record<string, unknown>): string {
  const more = JSON.stringify(members);
  return text === '{}' ? more : `${more.slice(0, -1)},${text.slice(1)}`;
}
