// Counts the answers on a kept-alive HTTP/1.1 connection without building anything: head, length, body, next.

export interface AnswerReader {
  /** Takes bytes as they arrive; throws when an answer is not what was expected. */
  read(chunk: Buffer): void;
}

/**
 * @param expectedBytes length that each body must have.
 * @param onAnswer called once for each complete answer.
 */
export function readAnswers(expectedBytes: number, onAnswer: () => void): AnswerReader {
  let head = '';
  let left = -1;
  return {
    read(chunk) {
      let at = 0;
      while (at < chunk.length) {
        if (left < 0) {
          const known = head.length;
          head += chunk.toString('latin1', at);
          const end = head.indexOf('\r\n\r\n');
          if (end < 0) return;
          left = bodyLength(head.slice(0, end), expectedBytes);
          at += end + 4 - known;
          head = '';
        }
        const taken = Math.min(left, chunk.length - at);
        left -= taken;
        at += taken;
        if (left > 0) return;
        left = -1;
        onAnswer();
      }
    },
  };
}

function bodyLength(head: string, expected: number): number {
  if (!/^HTTP\/1\.1 200/.test(head)) throw new Error(`answered ${head.slice(0, head.indexOf('\r\n'))}`);
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN);
  if (length !== expected) throw new Error(`answered with content-length ${length} instead of ${expected}`);
  return length;
}
