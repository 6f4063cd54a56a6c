// The gate of all detectors: one pass over the text says where something may be, at a few nanoseconds a character.
//
// Literals are found by an Aho-Corasick automaton, spread out into a table with a row for each state and a column for each class of
// characters, so that a step is one look into an array. The classes take case and kinds of white space as equal. Runs of digits and
// unusual characters are seen in the same loop. It is linear whatever the text, and can be left and gone on with at any character.

/** A literal as it was compiled. */
export interface AnchorTable {
  /** Class of each UTF-16 unit. */
  classes: Uint16Array;
  /** Next state by state and class; a state is the start of its row. */
  next: Int32Array;
  /** States from here on end a literal. */
  firstFinal: number;
  width: number;
  /** For each final state, in order: length of the literal and number of the detector, in turn. */
  finals: readonly Int32Array[];
  /** 1: the unit is in a range of characters; 2: it is the first half of one. */
  marks: Uint8Array | undefined;
}

/** What the scanner tells about the text. Each says whether to stop. */
export interface AnchorSink {
  literal(detector: number, start: number, end: number): boolean;
  /** A run of digits, with single separators between them. */
  digits(count: number, start: number, end: number): boolean;
  character(codePoint: number, start: number, end: number): boolean;
}

/** Characters of all literals together: the table takes some 250 bytes for each. */
export const MAX_LITERALS = 100_000;
/** No number that anybody looks for is longer without a separator. */
const LONGEST_NUMBER = 40;

/** @param literals each with the numbers of its detectors. @throws Error if they are too many. */
export function compileAnchors(
  literals: ReadonlyMap<string, readonly number[]>,
  characters: readonly (readonly [number, number])[],
): AnchorTable {
  const folded = new Map<string, number[]>();
  for (const [literal, detectors] of literals) {
    const key = Array.from({ length: literal.length }, (_, at) => String.fromCharCode(FOLD[literal.charCodeAt(at)]!)).join('');
    folded.set(key, [...(folded.get(key) ?? []), ...detectors]);
  }
  const size = [...folded.keys()].reduce((sum, { length }) => sum + length, 0);
  if (size > MAX_LITERALS) {
    throw new Error(
      `words and literals of all detectors have ${size} characters; the limit is ${MAX_LITERALS}: use an exact list`,
    );
  }
  const { classes, width } = classesOf(folded.keys());
  return { classes, width, ...automatonOf(folded, classes, width), marks: marksOf(characters) };
}

/** Lower case, where that is one unit, and a space for all white space. */
const FOLD = Uint16Array.from({ length: 0x10000 }, (_, unit) => {
  const char = String.fromCharCode(unit);
  if (/\s/.test(char)) return 32;
  const lower = char.toLowerCase();
  return lower.length === 1 ? lower.charCodeAt(0) : unit;
});

function classesOf(literals: Iterable<string>): { classes: Uint16Array; width: number } {
  const byUnit = new Map<number, number>();
  for (const literal of literals) {
    for (let at = 0; at < literal.length; at += 1) {
      const unit = literal.charCodeAt(at);
      if (!byUnit.has(unit)) byUnit.set(unit, byUnit.size + 1);
    }
  }
  const classes = new Uint16Array(0x10000);
  for (let unit = 0; unit < classes.length; unit += 1) classes[unit] = byUnit.get(FOLD[unit]!) ?? 0;
  return { classes, width: byUnit.size + 1 };
}

interface Node {
  next: Map<number, Node>;
  fail: Node | undefined;
  /** Length and detector, in turn. */
  ends: number[];
  row: number;
}

function automatonOf(
  literals: ReadonlyMap<string, readonly number[]>,
  classes: Uint16Array,
  width: number,
): Pick<AnchorTable, 'next' | 'firstFinal' | 'finals'> {
  const root: Node = { next: new Map(), fail: undefined, ends: [], row: 0 };
  for (const [literal, detectors] of literals) {
    let node = root;
    for (let at = 0; at < literal.length; at += 1) {
      const column = classes[literal.charCodeAt(at)]!;
      let next = node.next.get(column);
      if (next === undefined) {
        next = { next: new Map(), fail: undefined, ends: [], row: 0 };
        node.next.set(column, next);
      }
      node = next;
    }
    for (const detector of detectors) node.ends.push(literal.length, detector);
  }
  const nodes = inOrder(root);
  const plain = nodes.filter(({ ends }) => ends.length === 0);
  const final = nodes.filter(({ ends }) => ends.length > 0);
  for (const [index, node] of [...plain, ...final].entries()) node.row = index * width;
  const next = new Int32Array(nodes.length * width);
  for (const node of nodes) {
    // The row of the state behind it is complete: states come by their depth.
    if (node.fail !== undefined) next.copyWithin(node.row, node.fail.row, node.fail.row + width);
    for (const [column, child] of node.next) next[node.row + column] = child.row;
  }
  return { next, firstFinal: plain.length * width, finals: final.map(({ ends }) => Int32Array.from(ends)) };
}

/** All states by depth, each with the longest other state that its end also is, and what ends there. */
function inOrder(root: Node): Node[] {
  const nodes = [root];
  for (const node of nodes) {
    for (const [column, child] of node.next) {
      let fail = node.fail;
      while (fail !== undefined && !fail.next.has(column)) fail = fail.fail;
      child.fail = fail?.next.get(column) ?? root;
      child.ends.push(...child.fail.ends);
      nodes.push(child);
    }
  }
  return nodes;
}

function marksOf(ranges: readonly (readonly [number, number])[]): Uint8Array | undefined {
  if (ranges.length === 0) return undefined;
  const marks = new Uint8Array(0x10000);
  for (const [first, last] of ranges) {
    for (let code = first; code <= Math.min(last, 0xffff); code += 1) marks[code] = 1;
    if (last <= 0xffff) continue;
    const high = (code: number): number => 0xd800 + ((code - 0x10000) >> 10);
    for (let unit = high(Math.max(first, 0x10000)); unit <= high(last); unit += 1) marks[unit] = 2;
  }
  return marks;
}

/** Walks over texts, one after the other, each in as many pieces as one likes. */
export class AnchorScanner {
  readonly #table: AnchorTable;
  readonly #sink: AnchorSink;
  #state = 0;
  #stopped = false;
  /** The present run of digits: from, to (after the last digit), digits in all and since the last separator. */
  #from = 0;
  #to = -2;
  #count = 0;
  #block = 0;

  constructor(table: AnchorTable, sink: AnchorSink) {
    this.#table = table;
    this.#sink = sink;
  }

  start(): void {
    this.#state = 0;
    this.#stopped = false;
    this.#to = -2;
    this.#count = 0;
  }

  /** Reads on from `from`, where the last piece ended, to `to`. @returns whether the sink asked to stop. */
  read(text: string, from: number, to: number): boolean {
    const { classes, next, firstFinal, marks } = this.#table;
    let state = this.#state;
    for (let at = from; at < to && !this.#stopped; at += 1) {
      const unit = text.charCodeAt(at);
      state = next[state + classes[unit]!]!;
      if (state >= firstFinal) this.#tellLiterals(state, at + 1);
      if (unit < 58) {
        if (unit >= 48) this.#readDigit(text, at);
      } else if (unit > 127 && marks !== undefined && marks[unit] !== 0) this.#readMarked(text, at, marks[unit]!);
    }
    this.#state = state;
    return this.#stopped;
  }

  /** The text is over. @returns whether the sink asked to stop. */
  end(): boolean {
    this.#tellDigits();
    return this.#stopped;
  }

  #tellLiterals(state: number, end: number): void {
    const { finals, firstFinal, width } = this.#table;
    const ends = finals[(state - firstFinal) / width]!;
    for (let at = 0; at < ends.length; at += 2) {
      if (this.#sink.literal(ends[at + 1]!, end - ends[at]!, end)) this.#stopped = true;
    }
  }

  #readDigit(text: string, at: number): void {
    if (at === this.#to) this.#block += 1;
    else {
      if (at !== this.#to + 1 || !isSeparator(text.charCodeAt(at - 1))) {
        this.#tellDigits();
        this.#from = at;
      }
      this.#block = 1;
      if (this.#count === 0) this.#from = at;
    }
    this.#to = at + 1;
    if (this.#block <= LONGEST_NUMBER) this.#count += 1;
    else if (this.#block === LONGEST_NUMBER + 1) {
      // Too long for a number: what came before it is told, the rest of it is passed over.
      this.#count -= LONGEST_NUMBER;
      this.#to = at - LONGEST_NUMBER;
      this.#tellDigits();
      this.#to = at + 1;
    }
  }

  #tellDigits(): void {
    if (this.#count > 0 && this.#sink.digits(this.#count, this.#from, this.#to)) this.#stopped = true;
    this.#count = 0;
  }

  #readMarked(text: string, at: number, mark: number): void {
    const code = mark === 1 ? text.charCodeAt(at) : (text.codePointAt(at) ?? 0);
    if (mark === 2 && code <= 0xffff) return;
    if (this.#sink.character(code, at, at + mark)) this.#stopped = true;
  }
}

/** Space, hyphen, dot, slash. */
function isSeparator(unit: number): boolean {
  return unit === 32 || (unit >= 45 && unit <= 47);
}
