// Passes pieces on in the order in which they came, although reading some takes longer than reading others.

interface Place {
  /** undefined: still being read. */
  bytes: Buffer | undefined;
  /** Bytes that are held for it. */
  held: number;
}

export class InOrder {
  /** Bytes that wait. */
  waiting = 0;

  #forward: (bytes: Buffer) => void;
  #places: Place[] = [];
  #closed = false;
  #whenEmpty: (() => void) | undefined;

  constructor(forward: (bytes: Buffer) => void) {
    this.#forward = forward;
  }

  /** Passes bytes on, at once if nothing is before them. */
  add(bytes: Buffer): void {
    if (this.#closed || bytes.length === 0) return;
    if (this.#places.length === 0) this.#forward(bytes);
    else {
      this.#places.push({ bytes, held: bytes.length });
      this.waiting += bytes.length;
    }
  }

  /** Keeps a place. @param held bytes that wait for it @returns fills it, once; with no bytes nothing is passed on */
  reserve(held: number): (bytes: Buffer) => void {
    const place: Place = { bytes: undefined, held };
    this.#places.push(place);
    this.waiting += held;
    return (bytes) => {
      place.bytes = bytes;
      this.#advance();
    };
  }

  /** Calls back once nothing waits, now or later. */
  whenEmpty(then: () => void): void {
    if (this.#places.length === 0) then();
    else this.#whenEmpty = then;
  }

  close(): void {
    this.#closed = true;
    this.#places = [];
    this.waiting = 0;
  }

  #advance(): void {
    for (;;) {
      const bytes = this.#places[0]?.bytes;
      if (this.#closed || bytes === undefined) break;
      this.waiting -= this.#places.shift()!.held;
      if (bytes.length > 0) this.#forward(bytes);
    }
    if (this.#places.length > 0 || this.#closed) return;
    const then = this.#whenEmpty;
    this.#whenEmpty = undefined;
    then?.();
  }
}
