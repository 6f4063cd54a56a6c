// How an answer passes from the server to the client: its head judged, then by what it is and what has to be read of it:
//
//   settled        nothing about it can matter to policy: it is not judged, and streams unless it has to be read
//   event stream   judged event by event (sse-gate.ts); read and written anew event by event where that is asked for (sse-relay.ts)
//   may be JSON    held and judged (body-gate.ts), read as a whole where that is asked for, then sent, or another text in its place
//   else           it streams
//
// The head leaves with the first byte of the content, so that a replaced content has a head that fits.

import { answerMatters } from '../engine/signals/answer-matters.ts';
import type { Verdict } from '../engine/verdict.ts';
import { BodyGate } from './body-gate.ts';
import { canDecode } from './body-tap.ts';
import type { Brake } from './brake.ts';
import { endToEnd } from './hop-headers.ts';
import { headerValue } from './http1-head.ts';
import type { Inspection } from './inspection.ts';
import { messageMayPass, readMessage } from './message-reading.ts';
import { rewrittenHead, rewrittenTrailers } from './rewritten-head.ts';
import type { ProxyServices } from './services.ts';
import { isEventStream, SseGate } from './sse-gate.ts';
import { SseRelay } from './sse-relay.ts';
import { type BodyLength, type ClientStream, UNKNOWN_LENGTH } from './stream.ts';

export interface ResponsePassageOptions {
  services: ProxyServices;
  inspection: Inspection;
  client: Pick<ClientStream, 'respond' | 'write' | 'flush'>;
  brake: Brake;
  /** Asks `judge`; a block is carried out at once. */
  mayPass(judge: () => boolean): boolean;
  /** Carries out a block that the content asks for. */
  block(verdict: Verdict): void;
  /** Breaks the answer off. */
  cut(): void;
  /** The whole answer has passed. */
  finish(trailers: readonly string[]): void;
}

interface Head {
  status: number;
  reason: string;
  /** End-to-end fields. */
  headers: readonly string[];
  body: BodyLength;
}

export class ResponsePassage {
  /** The head is on its way to the client. */
  started = false;
  /** Whoever reads it ends it. */
  isEventStream = false;
  /** It leaves as plain events: one of our own fits in. */
  takesEvents = false;

  #options: ResponsePassageOptions;
  #gate: BodyGate | undefined;
  #sse: SseGate | undefined;
  #relay: SseRelay | undefined;
  /** A head that leaves with the first byte. */
  #waiting: Head | undefined;
  /** Nothing about the answer can matter to policy. */
  #settled = false;
  #closed = false;

  constructor(options: ResponsePassageOptions) {
    this.#options = options;
  }

  head(status: number, reason: string, raw: readonly string[], body: BodyLength): void {
    const { inspection } = this.#options;
    const head: Head = { status, reason, headers: endToEnd(raw).headers, body };
    const covered = inspection.covers('response');
    this.#settled = inspection.settled;
    inspection.calls?.answerBegins(this.#settled && !covered);
    if (this.#settled && !covered) {
      this.#respond(head);
      return;
    }
    const events = body.kind !== 'none' && isEventStream(raw);
    if (body.kind !== 'none' && !events && (covered || answerMatters(inspection.flow, inspection.verdict))) {
      this.#gate = this.#openGate(head);
      return;
    }
    if (!this.#headMayPass()) return;
    if (events) this.#openEvents(head);
    else this.#respond(head);
  }

  data(chunk: Buffer): void {
    if (this.#gate) this.#gate.data(chunk);
    else if (this.#relay) this.#relay.data(chunk);
    else if (this.#sse) this.#sse.data(chunk);
    else this.#write(chunk);
    // Last, so that nothing waits for it.
    this.#options.inspection.calls?.answerPasses(chunk);
  }

  end(trailers: readonly string[]): void {
    if (this.#gate) this.#gate.end(trailers);
    else if (this.#relay) {
      this.#relay.end(() => {
        this.#options.finish(rewrittenTrailers(trailers));
        this.#options.client.flush();
      });
    } else {
      if (this.#waiting) this.#respond(this.#waiting);
      this.#options.finish(trailers);
    }
  }

  close(): void {
    this.#closed = true;
    this.#gate?.close();
    this.#sse?.close();
    this.#relay?.close();
  }

  #headMayPass(): boolean {
    return this.#settled || this.#options.mayPass(() => this.#options.inspection.mayPass('response-headers'));
  }

  #openGate(head: Head): BodyGate {
    const { inspection, services, mayPass, block, brake, client } = this.#options;
    const { prefix, dlp } = services.config.proxy.inspect;
    let finalTrailers = (trailers: readonly string[]): readonly string[] => trailers;
    const gate = new BodyGate({
      ...{ coding: headerValue(head.headers, 'content-encoding'), prefix, limit: dlp },
      sniffed: (mayBeJson) => mayBeJson || this.#headMayPass(),
      judge: (answer, final) => {
        if (!this.#settled) return mayPass(() => inspection.bodyMayPass('response', answer, final));
        if (final) inspection.calls?.answered(answer);
        return true;
      },
      covered: () => inspection.covers('response'),
      read: ({ text, complete }, send) => {
        const content = { direction: 'response' as const, text, complete, where: 'response.body' };
        inspection.read(content, ({ verdict, text: changed }) => {
          if (this.#closed) return;
          if (verdict.action === 'block') block(verdict);
          else if (changed === undefined) send();
          else {
            const bytes = Buffer.from(changed);
            this.#respond(rewritten(head, bytes.length));
            finalTrailers = rewrittenTrailers;
            send(bytes);
          }
        });
      },
      forward: (chunk) => {
        this.#respond(head);
        this.#write(chunk);
      },
      pace: (stop) => brake.set('inspection', stop),
      finish: (trailers) => {
        this.#respond(head);
        this.#options.finish(finalTrailers(trailers));
      },
    });
    gate.onLate = () => client.flush();
    return gate;
  }

  #openEvents(head: Head): void {
    const { inspection } = this.#options;
    this.isEventStream = true;
    const coding = headerValue(head.headers, 'content-encoding');
    const matters = inspection.flow.request.method === 'GET' || answerMatters(inspection.flow, inspection.verdict);
    if (!inspection.covers('response') && !(matters && inspection.mayCover('response'))) {
      this.#passEvents(head, coding);
    } else if (canDecode(coding)) {
      this.#respond(rewritten({ ...head, body: UNKNOWN_LENGTH }, undefined));
      this.takesEvents = true;
      this.#relay = this.#openRelay(coding);
    } else {
      inspection.read({ direction: 'response', text: '', complete: false, where: 'response.body' }, ({ verdict }) => {
        if (verdict.action === 'block') this.#options.block(verdict);
        else this.#passEvents(head, coding);
      });
    }
  }

  #passEvents(head: Head, coding: string): void {
    const { inspection, cut } = this.#options;
    this.takesEvents = coding === '' && head.body.kind !== 'length';
    // A stream whose end is known is short: its head can wait for the first event, so that another answer can take its place.
    if (head.body.kind === 'length') this.#waiting = head;
    else this.#respond(head);
    this.#sse = new SseGate({
      coding,
      judge: ({ event, data, index }) =>
        !this.#closed && messageMayPass(inspection, { direction: 'response', via: 'sse', event, text: data, index }),
      follows: () => inspection.calls?.follows ?? false,
      forward: (chunk) => this.#write(chunk),
      cut,
    });
  }

  #openRelay(coding: string): SseRelay {
    const { inspection, services, brake, client, cut } = this.#options;
    const { contact, proxy } = services.config;
    return new SseRelay({
      coding,
      limit: proxy.inspect.dlp,
      read: ({ event, data, index, complete }, done) => {
        const message = { direction: 'response', via: 'sse', event, text: data, index } as const;
        readMessage(inspection, message, { complete, contact, judged: !this.#settled }, done);
      },
      forward: (chunk) => this.#write(chunk),
      flush: () => client.flush(),
      pace: (stop) => brake.set('inspection', stop),
      cut,
    });
  }

  #respond({ status, reason, headers, body }: Head): void {
    this.#waiting = undefined;
    if (this.started) return;
    this.started = true;
    this.#options.client.respond(status, reason, headers, body);
  }

  #write(chunk: Buffer): void {
    if (this.#waiting) this.#respond(this.#waiting);
    if (!this.#options.client.write(chunk)) this.#options.brake.press('receiver');
  }
}

/** The head for other content. @param length undefined: unknown */
function rewritten(head: Head, length: number | undefined): Head {
  const known = head.body.kind === 'length' ? length : undefined;
  const body: BodyLength = known === undefined ? UNKNOWN_LENGTH : { kind: 'length', length: known };
  return { ...head, headers: rewrittenHead(head.headers, known), body };
}
