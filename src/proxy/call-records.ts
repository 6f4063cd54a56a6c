// What the calls of all exchanges of a process share: where they are stored, and the streams on which answers come.
//
// Calls to model APIs are read in a turn of their own, after their exchange has ended: nobody waits for that.

import type { LlmCallEvent, McpCallEvent } from '../engine/calls/call-events.ts';
import { toLlmCallEvent } from '../engine/calls/llm-call.ts';
import { type CallEnd, type SeenCall, toMcpCallEvent } from '../engine/calls/mcp-call.ts';
import { readModelAnswer } from '../engine/calls/model-answer.ts';
import { modelApiOf } from '../engine/calls/model-api.ts';
import { readModelRequest } from '../engine/calls/model-request.ts';
import type { EventOrigin, FlowOutcome } from '../engine/event.ts';
import type { Hidden } from '../engine/excerpt.ts';
import type { Flow } from '../engine/flow.ts';
import type { Snapshot } from '../engine/snapshot.ts';
import type { Verdict } from '../engine/verdict.ts';
import { type AnswerStreams, createAnswerStreams } from './answer-streams.ts';
import type { AnswerTap } from './answer-tap.ts';

/** What is known of an exchange up to now. */
export interface CallSource {
  readonly flow: Flow;
  readonly verdict: Verdict;
  /** The verdict, with what DLP found. */
  readonly overall: Verdict;
  /** What excerpts must not show; undefined if none are stored. */
  hidden(verdict: Verdict): Hidden | undefined;
}

export interface CallRecords {
  origin: EventOrigin;
  streams: AnswerStreams;
  /** Epoch milliseconds. */
  now(): number;
  /** Stores a call to an MCP server. */
  mcp(flow: Flow, verdict: Verdict, call: SeenCall, end: CallEnd): void;
  /** Stores a call to a model API, if the exchange was one. @param tap what was kept of the answer */
  llm(flow: Flow, verdict: Verdict, outcome: FlowOutcome, tap: AnswerTap | undefined): void;
  /** Ends when everything has been stored. */
  settled(): Promise<void>;
}

export interface CallRecordsOptions {
  emit(event: McpCallEvent | LlmCallEvent): void;
  origin: EventOrigin;
  snapshot(): Snapshot;
  now(): number;
  newId(time: number): string;
  /** A call could not be read because of a fault of ours. */
  onFault(error: unknown): void;
}

export function createCallRecords({ emit, origin, snapshot, now, newId, onFault }: CallRecordsOptions): CallRecords {
  const open = new Set<Promise<void>>();

  function storeLlm(flow: Flow, verdict: Verdict, outcome: FlowOutcome, tap: AnswerTap | undefined): void {
    const api = modelApiOf(flow.request.url);
    const { body } = flow.request;
    const request = api && body && readModelRequest(api, body.text, body.outline);
    if (!api || !request) return;
    const answer = readModelAnswer(tap?.head().toString() ?? '', tap?.tail().toString() ?? '');
    const { prices, policy } = snapshot();
    const call = { api, request, answer, gateway: policy.gatewayOf(flow) };
    emit(toLlmCallEvent(flow, verdict, call, outcome, prices, origin, newId(flow.time)));
  }

  /** In a later turn, once the answer has been decoded. */
  async function llmLater(...[flow, verdict, outcome, tap]: Parameters<CallRecords['llm']>): Promise<void> {
    try {
      await new Promise<void>((resolve) => (tap ? tap.end(resolve) : resolve()));
      await new Promise<void>((resolve) => setImmediate(resolve));
      storeLlm(flow, verdict, outcome, tap);
    } catch (error) {
      onFault(error);
    }
  }

  return {
    origin,
    streams: createAnswerStreams(),
    now,
    mcp: (flow, verdict, call, end) => emit(toMcpCallEvent(flow, verdict, call, end, origin, newId(call.time))),
    llm(...call) {
      const work = llmLater(...call).finally(() => open.delete(work));
      open.add(work);
    },
    async settled() {
      await Promise.all(open);
    },
  };
}
