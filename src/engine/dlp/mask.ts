// The masked sample of a value that is stored: a few characters at its ends, never more than a quarter of them, and no hint of its
// true length beyond 24. Separators are masked like everything else; control characters and halves of pairs are never kept.

const LONGEST = 24;

/** @param keep characters that the detector would like to keep. */
export function maskOf(value: string, keep: { start: number; end: number }): string {
  const quarter = Math.floor(value.length / 4);
  const end = Math.min(keep.end, quarter);
  const start = Math.min(keep.start, quarter - end);
  const hidden = Math.max(1, Math.min(value.length, LONGEST) - start - end);
  return shown(value.slice(0, start)) + '*'.repeat(hidden) + shown(value.slice(value.length - end));
}

function shown(part: string): string {
  return part.replace(/[^\x20-\x7e\xa1-\xff]/g, '*');
}
