// Builds the outline of a document while it is being read: follows the keep tree (outline.ts), drops what is beyond its bounds, and
// collects members that are named twice. The scanner tells it what comes, it tells the scanner whether that is worth reading.

import { type Duplicate, type JsonOutline, type Keep, OTHERS, type Outline } from './outline.ts';

/** Characters kept of a member name; longer ones are none that we look for. */
export const MAX_KEY = 128;
const MAX_DUPLICATES = 32;
/** Members that count however they are spelled: servers written in Go take `Name` for `name`, and the last of both. */
const ANY_CASE = new Set(['jsonrpc', 'method', 'params', 'name', 'uri']);
const LONGEST_ANY_CASE = 7;
const MAX_RESERVED = 32;
/** Characters kept in all; beyond it arrays take no more elements. */
const MAX_KEPT = 262_144;
/** The same, for arrays that are kept from the reserve. */
const MAX_RESERVE = 1_048_576;

type Members = Record<string, Outline>;

/** A container that is open and kept. */
interface Frame {
  /** Members of an object; null for an array. */
  members: Members | null;
  /** Elements of an array; null for an object. */
  elements: Outline[] | null;
  keep: Keep;
  key: string;
  count: number;
  /** Values of the novel member seen so far, see Keep.novel. */
  seen: Set<string> | null;
  /** Its parent keeps it only if it turns out to be novel. */
  pending: boolean;
}

export class OutlineBuilder {
  #root: Outline | undefined;
  readonly #frames: Frame[] = [];
  #frame: Frame | undefined;
  /** How the value that comes next is kept; undefined: not at all. */
  #keep: Keep | undefined;
  #pending = false;
  #kept = 0;
  readonly #duplicates: Duplicate[] = [];
  #escapedKeys = false;
  #truncated = false;

  constructor(keep: Keep) {
    this.#keep = keep;
  }

  /** No container is open. */
  get atRoot(): boolean {
    return this.#frame === undefined;
  }

  /** The innermost open container is an array. */
  get inArray(): boolean {
    return this.#frame !== undefined && this.#frame.members === null;
  }

  /** Whether the value that comes next is kept if it is a scalar. */
  get keepsScalar(): boolean {
    return this.#keep !== undefined && !this.#pending && !this.#keep.containersOnly;
  }

  /** Takes a scalar; to be called only if it is kept. */
  scalar(value: string | number | boolean | null): void {
    if (typeof value === 'string') this.#kept += value.length + 8;
    this.#attach(value);
  }

  /** A container begins. Returns false if nothing in it is kept: then it is neither read nor closed. */
  open(array: boolean): boolean {
    const keep = this.#keep;
    if (keep === undefined) return false;
    const members: Members | null = array ? null : {};
    const elements: Outline[] | null = array ? [] : null;
    if (!this.#pending) this.#attach((members ?? elements) as Outline);
    if (array ? keep.elements === undefined : keep.members === undefined && keep.prefix === undefined) return false;
    this.#frame = { members, elements, keep, key: '', count: 0, seen: null, pending: this.#pending };
    this.#frames.push(this.#frame);
    this.#pending = false;
    return true;
  }

  close(): void {
    const closed = this.#frames.pop() as Frame;
    this.#frame = this.#frames[this.#frames.length - 1];
    if (closed.pending && closed.members !== null && this.#frame !== undefined) this.#keepIfNovel(this.#frame, closed.members);
  }

  /** A further element of the array at hand comes. Returns false if none is kept any more: the array counts as closed then. */
  element(): boolean {
    const frame = this.#frame as Frame;
    const { elements, limit = 64, novel, reserve } = frame.keep;
    const over = frame.count >= limit || (frame.count > 0 && this.#kept > (reserve ? MAX_RESERVE : MAX_KEPT));
    frame.count++;
    this.#keep = elements;
    this.#pending = false;
    if (!over) return true;
    if (novel !== undefined && (frame.elements as Outline[]).length < 2 * limit) {
      this.#pending = true;
      return true;
    }
    this.#truncated = true;
    this.#frames.pop();
    this.#frame = this.#frames[this.#frames.length - 1];
    return false;
  }

  /** A member of the object at hand comes. */
  key(written: string, escaped: boolean): void {
    const frame = this.#frame as Frame;
    const members = frame.members as Members;
    const known = frame.keep.members?.has(written) ?? false;
    const key = known ? written : plainName(written);
    this.#pending = false;
    this.#keep = frame.keep.members?.get(key) ?? reserved(frame, key);
    if (this.#keep === undefined) {
      members[OTHERS] = ((members[OTHERS] as number | undefined) ?? 0) + 1;
      return;
    }
    frame.key = key;
    if (escaped) this.#escapedKeys = true;
  }

  outline(complete: boolean, invalid: boolean): JsonOutline {
    return {
      root: this.#root,
      duplicates: this.#duplicates,
      escapedKeys: this.#escapedKeys,
      complete,
      invalid,
      truncated: this.#truncated,
    };
  }

  #keepIfNovel(parent: Frame, value: Members): void {
    const novel = parent.keep.novel as string;
    const elements = parent.elements as Outline[];
    parent.seen ??= new Set(elements.map((each) => String((each as Members | null)?.[novel])));
    const mark = value[novel];
    if (typeof mark !== 'string' || parent.seen.has(mark)) {
      this.#truncated = true;
      return;
    }
    parent.seen.add(mark);
    elements.push(value);
  }

  #attach(value: Outline): void {
    const frame = this.#frame;
    if (frame === undefined) {
      this.#root = value;
      return;
    }
    const { members, key } = frame;
    if (members === null) {
      (frame.elements as Outline[]).push(value);
      return;
    }
    const before = members[key];
    if (before !== undefined) {
      if (this.#duplicates.length < MAX_DUPLICATES) this.#duplicates.push({ path: this.#path(), key, value: before });
      else this.#truncated = true;
    }
    members[key] = value;
  }

  /** Where the object at hand is. */
  #path(): (string | number)[] {
    return this.#frames.slice(0, -1).map((each) => (each.elements === null ? each.key : each.elements.length - 1));
  }
}

/** The name that is meant. Upper case first: it is what some letters beyond ASCII become, too. */
function plainName(written: string): string {
  if (written.length > LONGEST_ANY_CASE) return written;
  const folded = written.toUpperCase().toLowerCase();
  return ANY_CASE.has(folded) ? folded : written;
}

function reserved(frame: Frame, key: string): Keep | undefined {
  const { prefix } = frame.keep;
  if (prefix === undefined || key.length === MAX_KEY || !key.startsWith(prefix.text) || frame.count >= MAX_RESERVED)
    return undefined;
  frame.count++;
  return prefix.keep;
}
