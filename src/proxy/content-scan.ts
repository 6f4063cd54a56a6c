// Runs the scans of DLP in a worker: small content in the turn in which it arrives, larger content in slices between which the
// event loop serves other connections. One slice per turn of the loop, whoever it is for, so that many large scans at once do
// not add up. A scan that fails is logged and counts as content that could not be read.

import { createHmac, hash } from 'node:crypto';
import type { Coverage } from '../engine/dlp/coverage.ts';
import { startScan } from '../engine/dlp/scan.ts';
import type { Content, Scan, ScanResult, ScanTools } from '../engine/dlp/types.ts';

/** Characters up to which content is scanned at once. */
const AT_ONCE = 64 * 1024;
/** Milliseconds of one slice. */
const SLICE_MS = 2;

export interface ContentScanner {
  /**
   * Scans content that a profile covers.
   *
   * @param session placeholders of equal values are equal within it
   * @param done called in this turn for headers and for up to 64 Ki characters of JSON, later for more
   * @param wanted asked before each slice; a scan that nobody waits for any more is dropped without a result
   */
  scan(content: Content, coverage: Coverage, session: string, done: (result: ScanResult) => void, wanted: () => boolean): void;
}

/** Milliseconds of processor time of this thread: on a busy machine, a scan must not lose its budget to others. */
function threadTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** The functions that scans need from outside. @param key the secret of the installation */
export function scanTools(key: Buffer): ScanTools {
  return {
    now: () => performance.now(),
    keyedHash: (text) => createHmac('sha256', key).update(text).digest('hex'),
    sha256: (text) => hash('sha256', text),
  };
}

interface Job {
  scan: Scan;
  done(result: ScanResult): void;
  wanted(): boolean;
}

/**
 * @param onFault gets what a scan threw
 * @param clock milliseconds, for large content. Reading that of the thread takes longer, which only counts where little is read.
 */
export function createContentScanner(tools: ScanTools, onFault: (error: unknown) => void, clock = threadTime): ContentScanner {
  const waiting: Job[] = [];
  const forLarge = { ...tools, now: clock };
  let scheduled = false;

  /** Goes on until `until`. @returns the result once there is one */
  function advance(scan: Scan, until: number): ScanResult | undefined {
    try {
      return scan.run(until) ? scan.result() : undefined;
    } catch (error) {
      return failed(error);
    }
  }

  function failed(error: unknown): ScanResult {
    onFault(error);
    return UNREAD;
  }

  function schedule(): void {
    if (scheduled || waiting.length === 0) return;
    scheduled = true;
    setImmediate(takeTurn);
  }

  function takeTurn(): void {
    scheduled = false;
    const job = waiting.shift();
    // What follows from a result may go wrong; the others go on all the same.
    schedule();
    if (!job?.wanted()) return;
    const result = advance(job.scan, clock() + SLICE_MS);
    if (result) job.done(result);
    else {
      waiting.push(job);
      schedule();
    }
  }

  return {
    scan(content, coverage, session, done, wanted) {
      const atOnce = content.kind === 'headers' || content.text.length <= AT_ONCE;
      let scan: Scan;
      try {
        scan = startScan(content, coverage, { tools: atOnce ? tools : forLarge, session });
      } catch (error) {
        done(failed(error));
        return;
      }
      if (atOnce) {
        done(advance(scan, Number.POSITIVE_INFINITY) ?? failed(new Error('the scan did not end')));
        return;
      }
      waiting.push({ scan, done, wanted });
      schedule();
    },
  };
}

/** Nothing was found, because nothing could be read. */
const UNREAD: ScanResult = Object.freeze({
  findings: Object.freeze([]),
  values: Object.freeze([]),
  action: 'allow',
  truncated: 'unreadable',
  replaced: new Map(),
});
