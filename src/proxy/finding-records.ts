// What is stored of what DLP found: an event for each finding when its flow is over, the value sealed for the operator if a key is
// configured; and what the texts of other events must not show.

import { createCredentialRedactor } from '../engine/dlp/credentials.ts';
import { toMatchEvents } from '../engine/dlp/match-events.ts';
import type { ScanTools } from '../engine/dlp/types.ts';
import type { Event, EventOrigin } from '../engine/event.ts';
import type { Hidden } from '../engine/excerpt.ts';
import type { Flow } from '../engine/flow.ts';
import type { Snapshot } from '../engine/snapshot.ts';
import type { Disposition, Verdict } from '../engine/verdict.ts';

export interface FindingRecords {
  /** What the excerpt of a flow must not show. @param values found values, in the order of the findings of `verdict` */
  hidden(verdict: Verdict, values: readonly string[]): Hidden;
  /** Takes credentials out of a text that is stored. */
  hideCredentials(text: string): string;
  /** Emits the events of the findings of a flow. */
  record(flow: Flow, verdict: Verdict, disposition: Disposition, values: readonly string[]): void;
  /** Ends when every event has been emitted. */
  settled(): Promise<void>;
}

export interface FindingRecordsOptions {
  emit(event: Event): void;
  origin: EventOrigin;
  snapshot(): Snapshot;
  tools: ScanTools;
  newId(time: number): string;
  /** Encrypts a value to the operator's key; absent if none is configured. */
  seal?: ((evidence: { detector: string; field: string; value: string }) => Promise<string>) | undefined;
  onFault(error: unknown): void;
}

export function createFindingRecords(options: FindingRecordsOptions): FindingRecords {
  const { emit, origin, snapshot, tools, newId, seal, onFault } = options;
  const sealing = new Set<Promise<void>>();
  let redactor: { of: Snapshot; redact: (text: string) => string } | undefined;

  function hideCredentials(text: string): string {
    const now = snapshot();
    if (redactor?.of !== now) redactor = { of: now, redact: createCredentialRedactor(now.dlp, tools) };
    return redactor.redact(text);
  }

  /** A finding is stored even if its value cannot be sealed. */
  async function sealAndEmit(events: ReturnType<typeof toMatchEvents>, values: readonly string[]): Promise<void> {
    for (const [index, event] of events.entries()) {
      const value = values[index];
      try {
        if (seal && value !== undefined) event.evidence = await seal({ detector: event.detector, field: event.field, value });
      } catch (error) {
        onFault(error);
      }
      emit(event);
    }
  }

  return {
    hideCredentials,
    hidden: (verdict, values) => ({
      credentials: hideCredentials,
      places: new Set(verdict.findings.map((finding) => finding.where)),
      values,
    }),
    record(flow, verdict, disposition, values) {
      const events = toMatchEvents(flow, verdict, disposition, origin, newId);
      if (!seal) {
        for (const event of events) emit(event);
        return;
      }
      if (events.length === 0) return;
      const work = sealAndEmit(events, values).finally(() => sealing.delete(work));
      sealing.add(work);
    },
    async settled() {
      await Promise.all(sealing);
    },
  };
}
