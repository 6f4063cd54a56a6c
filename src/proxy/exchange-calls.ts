// The calls in one exchange, from what passes: a POST and its answer, a WebSocket, or the event stream on which the old transport
// answers.
//
//   POST           its calls are stored when it is over, with the answers that were read; if none was, with what a glance shows
//                  (answer-glance.ts) and the status says
//   old transport  its calls wait for the stream that answers them, if this process has it (answer-streams.ts)
//   WebSocket      socket-calls.ts
//   model API      beginning and end of the answer are kept (answer-tap.ts), and read when it is over (call-records.ts)

import { hasCalls, type SeenCall, seenCall } from '../engine/calls/mcp-call.ts';
import { modelApiOf } from '../engine/calls/model-api.ts';
import { type CallResult, type Ending, resultOf, resultWithout, UNANSWERED } from '../engine/calls/outcome.ts';
import { type Answer, answersIn, callsOf, isCall, mayAnswer } from '../engine/calls/read-calls.ts';
import type { FlowOutcome } from '../engine/event.ts';
import type { Hidden } from '../engine/excerpt.ts';
import type { Body, Message } from '../engine/flow.ts';
import type { Verdict } from '../engine/verdict.ts';
import { glanceAt } from './answer-glance.ts';
import type { Answered, AnswerStream, Waiting } from './answer-streams.ts';
import { AnswerTap, isPlain } from './answer-tap.ts';
import { canDecode } from './body-tap.ts';
import type { CallRecords, CallSource } from './call-records.ts';
import { SocketCalls } from './socket-calls.ts';

/** Bytes kept of the answer of an MCP server that nobody reads, and of a model API. */
const GLANCED = 64 * 1024;
const MODEL_HEAD = 16 * 1024;
const MODEL_TAIL = 32 * 1024;
const MAX_ANSWERS = 256;

export class ExchangeCalls {
  #records: CallRecords;
  #source: CallSource;
  #tap: AnswerTap | undefined;
  /** Answers to a POST, by the key of their call. */
  #answers: Map<string, Answered> | undefined;
  #read: Ending['read'] = 'no';
  /** Calls of a POST of the old transport. */
  #waiting: { stream: AnswerStream; byKey: Map<string, Waiting> } | undefined;
  /** The answers that a GET of the old transport carries. */
  #stream: AnswerStream | undefined;
  #socket: SocketCalls | undefined;

  constructor(records: CallRecords, source: CallSource) {
    this.#records = records;
    this.#source = source;
  }

  /** The request may leave, as far as policy goes. */
  asked(): void {
    const { mcp } = this.#source.verdict;
    if (mcp.requests.length === 0) return;
    const stream = this.#records.streams.find(this.#source.flow.request.url);
    if (!stream) return;
    const calls = callsOf(mcp, this.#source.flow.request.body);
    this.#waiting = { stream, byKey: new Map(calls.map(({ key }) => [key, stream.expect(key)])) };
  }

  /** The head of the answer is here. @param unread nobody reads what follows */
  answerBegins(unread: boolean): void {
    const { request, response } = this.#source.flow;
    if (request.method !== 'POST' || request.body === undefined) return;
    const coding = response?.headers['content-encoding'] ?? '';
    if (this.#source.verdict.mcp.requests.length > 0) {
      if (!unread && /^text\/event-stream/i.test(response?.headers['content-type'] ?? '')) this.#read = 'stream';
      if (unread && isPlain(coding)) this.#tap = new AnswerTap({ coding: '', head: GLANCED, tail: 0 });
    } else if (canDecode(coding) && modelApiOf(request.url) !== undefined) {
      this.#tap = new AnswerTap({ coding, head: MODEL_HEAD, tail: MODEL_TAIL });
    }
  }

  /** A piece of the answer has gone on. */
  answerPasses(chunk: Buffer): void {
    this.#tap?.push(chunk);
  }

  /** The answer is a document, read whole or as far as it goes. */
  answered({ text, outline, problem }: Body): void {
    if (problem !== undefined) return;
    this.#read = 'document';
    for (const answer of answersIn(text, outline)) this.#take(answer, undefined);
  }

  /** A message of a stream passes. */
  message(message: Message): void {
    const { via, event, text } = message;
    const { flow, verdict } = this.#source;
    if (via === 'websocket') {
      this.#socket ??= new SocketCalls(this.#records, this.#source);
      this.#socket.message(message);
    } else if (event === 'endpoint' && flow.request.method === 'GET') {
      if (!this.#stream && verdict.mcp.endpoint !== '') this.#stream = this.#records.streams.open(verdict.mcp.endpoint);
    } else if (this.#waits() && mayAnswer(text)) {
      for (const answer of answersIn(text)) this.#take(answer, Buffer.byteLength(text));
    }
  }

  /** A message of a stream does not pass. */
  refused(message: Message): void {
    if (message.via === 'websocket') {
      this.#socket ??= new SocketCalls(this.#records, this.#source);
      this.#socket.refused(message);
    } else for (const { key } of answersIn(message.text)) this.#take({ key, outcome: 'blocked', code: 0 }, undefined);
  }

  /** Whether messages matter to calls, even where they do not matter to policy any more. */
  get follows(): boolean {
    return this.#stream !== undefined || this.#waits();
  }

  /** The exchange is over. */
  end(verdict: Verdict, outcome: FlowOutcome, hidden: Hidden | undefined): void {
    this.#stream?.close();
    this.#socket?.end(outcome);
    const { flow } = this.#source;
    const { body, method, url } = flow.request;
    if (body === undefined) return;
    if (method === 'POST' && verdict.mcp.requests.length === 0 && modelApiOf(url)) {
      this.#records.llm(flow, verdict, outcome, this.#tap);
    }
    if (!hasCalls(verdict.traffic)) return;
    const message = { text: body.text, where: 'request.body', bytes: outcome.requestBytes, time: flow.time };
    for (const call of callsOf(verdict.mcp, body)) {
      this.#conclude(seenCall(call, message, verdict, this.#records.origin, hidden), verdict, outcome);
    }
  }

  /** Stores a call of a POST, or leaves it to the stream that answers it. */
  #conclude(call: SeenCall, verdict: Verdict, outcome: FlowOutcome): void {
    const { flow } = this.#source;
    const { disposition } = outcome;
    const waiting = this.#waiting?.byKey.get(call.key);
    const store = (answered: Answered | undefined): void => {
      const result = answered ? resultOf(answered) : waiting?.over ? UNANSWERED : this.#resultUnread(call, outcome);
      const bytes = call.at === undefined ? (answered?.bytes ?? outcome.responseBytes) : undefined;
      this.#records.mcp(flow, verdict, call, { ...result, time: answered?.time ?? outcome.endTime, bytes, disposition });
    };
    const wasSent = disposition !== 'failed' && disposition !== 'blocked' && (flow.response?.status ?? 0) < 400;
    if (!wasSent) this.#waiting?.stream.forget(call.key);
    else if (waiting && !waiting.answered && !waiting.over) {
      waiting.settle = store;
      return;
    }
    // A document that is blocked was read before; what a stream has let pass is not undone.
    const isWithheld = disposition === 'blocked' && this.#read !== 'stream';
    store(isWithheld ? undefined : (waiting?.answered ?? this.#answers?.get(call.key) ?? this.#answers?.get('')));
  }

  #resultUnread({ key, method }: SeenCall, { disposition, error }: FlowOutcome): CallResult {
    const status = this.#source.flow.response?.status ?? 0;
    const tap = this.#read === 'no' ? this.#tap : undefined;
    const seen = tap && status === 200 && disposition !== 'failed' && disposition !== 'blocked' ? glanceAt(tap, key) : undefined;
    return seen ?? resultWithout(method, { status, disposition, error, read: tap ? 'glance' : this.#read });
  }

  #waits(): boolean {
    if (this.#stream) return this.#stream.waits;
    const { flow, verdict } = this.#source;
    return flow.request.method === 'POST' && (this.#answers?.size ?? 0) < MAX_ANSWERS && verdict.mcp.requests.some(isCall);
  }

  #take(answer: Answer, bytes: number | undefined): void {
    const answered = { ...answer, time: this.#records.now(), bytes };
    if (this.#stream) this.#stream.answer(answered);
    else if (this.#source.flow.request.method === 'POST') {
      this.#answers ??= new Map();
      this.#answers.set(answer.key, answered);
    }
  }
}
