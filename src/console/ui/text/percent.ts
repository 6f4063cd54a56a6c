// Parts of a whole as people read them.

/** `34 %`; a few of many are never 0 %, nor are all but a few 100 %. */
export function percentOf(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '0 %';
  if (part === whole) return '100 %';
  return `${Math.min(99, Math.max(1, Math.round((100 * part) / whole)))} %`;
}
