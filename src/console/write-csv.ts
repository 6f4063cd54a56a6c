// CSV as RFC 4180 has it, safe to open in a spreadsheet: a text that would be taken for a formula gets an apostrophe in front. Everything in
// it may come from strangers.

/** One record with its line end. */
export function csvRecord(values: readonly unknown[]): string {
  return `${values.map(csvField).join(',')}\r\n`;
}

function csvField(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = Array.isArray(value) ? value.join(' ') : value === null || value === undefined ? '' : String(value);
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * What spreadsheets begin a formula with, wide forms included, also behind characters that they skip. Separators that some of them
 * split at would begin a new cell, so what follows one counts as a beginning.
 */
const FORMULA = /(^|[;\t\r\n])[\s\p{Cf}\p{Cc}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u;

/** A table with a header. */
export function csvTable(header: readonly string[], rows: readonly (readonly unknown[])[]): string {
  return csvRecord(header) + rows.map(csvRecord).join('');
}
