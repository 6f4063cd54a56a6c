// Stops a sender while there is any reason to, and lets it go on when the last one is gone.

/** `receiver`: who gets the bytes takes no more. `inspection`: reading them is behind. */
export type Reason = 'receiver' | 'inspection';

export class Brake {
  #stop: (stop: boolean) => void;
  #receiver = false;
  #inspection = false;

  constructor(stop: (stop: boolean) => void) {
    this.#stop = stop;
  }

  press(reason: Reason): void {
    this.set(reason, true);
  }

  release(reason: Reason): void {
    this.set(reason, false);
  }

  set(reason: Reason, on: boolean): void {
    if (reason === 'receiver') this.#receiver = on;
    else this.#inspection = on;
    this.#stop(this.#receiver || this.#inspection);
  }
}
