// How long to wait before a batch is sent again: twice as long each time, up to a minute, of which chance takes any part (full jitter), so
// that many appliances do not come back to one receiver at the same moment. What the receiver asks for is the least.

const FIRST_MS = 500;
const LONGEST_MS = 60_000;
const LONGEST_ASKED_MS = 3_600_000;

/**
 * @param failures attempts that failed in a row, from 1
 * @param asked milliseconds that the receiver wants to be left alone
 * @param random from 0 to 1
 */
export function retryPause(failures: number, asked: number | undefined, random: number): number {
  const jitter = random * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 20));
  return asked === undefined ? jitter : Math.min(LONGEST_ASKED_MS, asked) + jitter;
}
