// Reads CSV as RFC 4180 has it: commas, quotes around fields that hold commas, quotes or line ends, `""` for a quote.

/** The records, the header first. Empty lines are none. @throws Error that names the line. */
export function readCsv(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let at = text.startsWith('\ufeff') ? 1 : 0;
  while (at < text.length) {
    const field = text[at] === '"' ? quotedField(text, at) : plainField(text, at);
    record.push(field.value);
    at = field.end;
    if (text[at] === ',') {
      at += 1;
      // A comma at the very end leaves an empty last field.
      if (at === text.length) record.push('');
      else continue;
    }
    if (record.length > 1 || record[0] !== '') records.push(record);
    record = [];
    if (text.startsWith('\r\n', at)) at += 2;
    else if (at < text.length) at += 1;
  }
  return records;
}

function plainField(text: string, start: number): { value: string; end: number } {
  let end = start;
  while (end < text.length && text[end] !== ',' && text[end] !== '\n' && text[end] !== '\r') end += 1;
  return { value: text.slice(start, end), end };
}

function quotedField(text: string, start: number): { value: string; end: number } {
  let close = text.indexOf('"', start + 1);
  while (close !== -1 && text[close + 1] === '"') close = text.indexOf('"', close + 2);
  if (close === -1) throw new Error(`line ${lineAt(text, start)}: the quote that opens there is never closed`);
  const next = text[close + 1];
  if (next !== undefined && next !== ',' && next !== '\n' && next !== '\r') {
    throw new Error(`line ${lineAt(text, close)}: text follows a closing quote; write "" for a quote inside a field`);
  }
  return { value: text.slice(start + 1, close).replaceAll('""', '"'), end: close + 1 };
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
