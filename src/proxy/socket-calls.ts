// The calls in a WebSocket: each is stored when its answer passes or is refused, at the latest with the end.

import { hasCalls, type SeenCall, seenCall } from '../engine/calls/mcp-call.ts';
import { type CallResult, resultOf, resultWithout, UNANSWERED } from '../engine/calls/outcome.ts';
import { type Answer, answersIn, callsIn, mayAnswer } from '../engine/calls/read-calls.ts';
import type { FlowOutcome } from '../engine/event.ts';
import type { Message } from '../engine/flow.ts';
import type { Disposition } from '../engine/verdict.ts';
import type { CallRecords, CallSource } from './call-records.ts';

/** Calls that may be without an answer; of more the oldest is given up. */
const MAX_OPEN = 256;
const BLOCKED = resultOf({ key: '', outcome: 'blocked', code: 0 });

export class SocketCalls {
  #records: CallRecords;
  #source: CallSource;
  #open = new Map<string, SeenCall>();

  constructor(records: CallRecords, source: CallSource) {
    this.#records = records;
    this.#source = source;
  }

  /** A message passes. */
  message({ direction, text, index }: Message): void {
    if (direction === 'request') for (const call of this.#callsIn(text, index)) this.#await(call);
    else if (this.#open.size > 0 && mayAnswer(text)) {
      for (const answer of answersIn(text)) this.#answer(answer, Buffer.byteLength(text));
    }
  }

  /** A message does not pass. */
  refused({ direction, text, index }: Message): void {
    if (direction === 'request') for (const call of this.#callsIn(text, index)) this.#store(call, BLOCKED, 'blocked');
    else for (const { key } of answersIn(text)) this.#answer({ key, outcome: 'blocked', code: 0 }, undefined);
  }

  /** What is open gets no answer any more. */
  end({ disposition, error, endTime }: FlowOutcome): void {
    const broken = disposition === 'failed' && resultWithout('', { status: 0, disposition, error, read: 'no' });
    for (const call of this.#open.values()) this.#store(call, broken || UNANSWERED, disposition, endTime);
    this.#open.clear();
  }

  #callsIn(text: string, index: number): SeenCall[] {
    if (!hasCalls(this.#source.verdict.traffic) || !text.includes('method')) return [];
    const { overall } = this.#source;
    const message = { text, where: `request.message.${index}`, bytes: Buffer.byteLength(text), time: this.#records.now() };
    const hidden = this.#source.hidden(overall);
    return callsIn(text).map((call) => seenCall(call, message, overall, this.#records.origin, hidden));
  }

  #await(call: SeenCall): void {
    const before = this.#open.get(call.key) ?? (this.#open.size < MAX_OPEN ? undefined : [...this.#open.values()][0]);
    if (before) {
      this.#open.delete(before.key);
      this.#store(before, UNANSWERED);
    }
    this.#open.set(call.key, call);
  }

  #answer(answer: Answer, bytes: number | undefined): void {
    const call = this.#open.get(answer.key);
    if (!call) return;
    this.#open.delete(answer.key);
    const disposition = answer.outcome === 'blocked' ? 'blocked' : undefined;
    this.#store(call, resultOf(answer), disposition, this.#records.now(), bytes);
  }

  #store(call: SeenCall, result: CallResult, disposition?: Disposition, time = this.#records.now(), bytes?: number): void {
    const { flow, overall } = this.#source;
    this.#records.mcp(flow, overall, call, { ...result, time, bytes, disposition: disposition ?? overall.disposition });
  }
}
