// One flow under inspection: the facts so far, the verdict so far, the bytes that passed, and the event at the end. Shared by
// HTTP exchanges and WebSockets.

import type { Direction } from '../engine/dlp/types.ts';
import { toEvent } from '../engine/event.ts';
import type { Hidden } from '../engine/excerpt.ts';
import type { Body, Flow, Message, Phase } from '../engine/flow.ts';
import { learn } from '../engine/learn.ts';
import { withUnfinished } from '../engine/policy/earlier.ts';
import { answerIsSettled } from '../engine/signals/answer-matters.ts';
import type { Snapshot } from '../engine/snapshot.ts';
import type { Disposition, Verdict } from '../engine/verdict.ts';
import { ContentInspection, type Readable, type Reading } from './content-inspection.ts';
import { ExchangeCalls } from './exchange-calls.ts';
import { judge } from './judge.ts';
import { flowHeaders, openFlow, type Tunnel } from './open-flow.ts';
import type { ProxyServices } from './services.ts';
import type { ProxyRequest } from './stream.ts';
import { uuidv7 } from './uuid.ts';

export class Inspection {
  readonly flow: Flow;
  /** What DLP and hidden tools have to do with it. */
  readonly content: ContentInspection;
  /** The calls in it; absent if none are stored. */
  readonly calls: ExchangeCalls | undefined;
  /** Bytes of the bodies on the wire. */
  up = 0;
  down = 0;
  /** What went wrong, '' if nothing did. */
  error = '';

  #services: ProxyServices;
  #verdict: Verdict | undefined;
  /** The last verdict, even one that does not count yet. */
  #latest: Verdict | undefined;
  /** What was made of an unfinished body. */
  #unfinished: Verdict | undefined;
  #ttfb = 0;
  #recorded = false;

  constructor(services: ProxyServices, tunnel: Tunnel, request: ProxyRequest) {
    // One exchange is decided by one snapshot, whatever is reloaded meanwhile. A stream may stay open for days: what comes over
    // it is decided by the snapshot of its time.
    let begun: Snapshot | undefined = services.snapshot();
    const snapshot = (): Snapshot => {
      if (this.flow.phase === 'message') begun = undefined;
      return begun ?? services.snapshot();
    };
    this.#services = { ...services, snapshot };
    const now = services.now();
    this.flow = openFlow(tunnel, request, uuidv7(now), now);
    const learned = services.memory.lookup(this.flow.request.url, now);
    if (learned) this.flow.learned = learned;
    this.content = new ContentInspection(this.#services, this.flow);
    this.calls = services.calls && new ExchangeCalls(services.calls, this);
  }

  /** The verdict so far; of the head if nothing was judged yet. */
  get verdict(): Verdict {
    return this.#verdict ?? this.judge('request-headers');
  }

  /** The same, with what DLP found. */
  get overall(): Verdict {
    return this.content.overall(this.verdict);
  }

  judge(phase: Phase): Verdict {
    this.flow.phase = phase;
    const verdict = judge(this.#services, this.flow, this.#verdict);
    this.#verdict = verdict;
    this.#latest = verdict;
    if (verdict.traffic !== 'none') this.#services.memory.remember(learn(this.flow, verdict));
    return verdict;
  }

  mayPass(phase: Phase): boolean {
    return this.judge(phase).action !== 'block';
  }

  /**
   * Judges a body, whole or so far. What is found in an unfinished body counts only if it blocks: the rest is still to come,
   * and the whole is judged anew.
   */
  bodyMayPass(side: 'request' | 'response', body: Body, final: boolean): boolean {
    const before = this.#verdict;
    if (side === 'request') this.flow.request.body = body;
    else if (this.flow.response) this.flow.response.body = body;
    const passes = this.mayPass(`${side}-body`);
    if (side === 'response' && final) this.#services.tools.see(this.flow, this.verdict, body.text);
    if (!passes) return false;
    if (final) this.#noteCalls(side, body);
    else {
      this.#unfinished = this.#verdict;
      this.#verdict = before;
    }
    return true;
  }

  #noteCalls(side: 'request' | 'response', body: Body): void {
    if (side === 'request') this.calls?.asked();
    else this.calls?.answered(body);
  }

  messageMayPass(message: Message): boolean {
    this.flow.message = message;
    const passes = this.mayPass('message');
    if (message.direction === 'response') this.#services.tools.see(this.flow, this.verdict, message.text);
    if (!passes) this.calls?.refused(message);
    return passes;
  }

  /** Whether content of this direction must be read before it passes, as far as is known. */
  covers(direction: Direction): boolean {
    return this.content.covers(direction, this.#latest ?? this.verdict);
  }

  /** Whether it must be, should the flow turn out to be MCP. */
  mayCover(direction: Direction): boolean {
    return this.content.mayCover(direction, this.verdict);
  }

  /** Reads content that policy lets pass (content-inspection.ts). */
  read(content: Readable, done: (reading: Reading) => void): void {
    // What is read as an unfinished body counts as what it was judged to be.
    this.#verdict = this.#latest;
    this.content.read(content, this.verdict, done);
  }

  /** The server's head has arrived. */
  answered(status: number, headers: readonly string[]): void {
    this.#ttfb = this.#services.now() - this.flow.time;
    this.flow.response = { status, headers: flowHeaders(headers) };
  }

  /** Whether the answer need not be judged; asked when its head is here. */
  get settled(): boolean {
    return !this.#services.snapshot().policy.namesRules && answerIsSettled(this.flow, this.verdict);
  }

  /** What excerpts must not show; undefined if none are stored. */
  hidden(verdict: Verdict): Hidden | undefined {
    const { origin, findings } = this.#services;
    return origin.excerpts ? findings.hidden(verdict, this.content.findingValues) : undefined;
  }

  /** Writes the event, once. @param disposition what happened, if it is not what the verdict says */
  record(disposition?: Disposition): void {
    if (this.#recorded) return;
    this.#recorded = true;
    this.content.close();
    const verdict = withUnfinished(this.content.overall(this.verdict), this.#unfinished);
    const outcome = {
      endTime: this.#services.now(),
      requestBytes: this.up,
      responseBytes: this.down,
      ttfbMs: this.#ttfb,
      disposition: disposition ?? verdict.disposition,
      error: this.error,
    };
    const { emit, origin, findings } = this.#services;
    const hidden = this.hidden(verdict);
    emit(toEvent(this.flow, verdict, outcome, origin, hidden));
    this.calls?.end(verdict, outcome, hidden);
    if (verdict.findings.length > 0) findings.record(this.flow, verdict, outcome.disposition, this.content.findingValues);
  }
}
