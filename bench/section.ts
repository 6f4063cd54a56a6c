// Sections of a document that a program writes: what stands between `<!-- NAME begin -->` and `<!-- NAME end -->`.

/**
 * Replaces one section; the rest of the document belongs to people.
 *
 * @throws Error if the marks are missing.
 */
export function replaceSection(text: string, name: string, section: string): string {
  const [begin, end] = [`<!-- ${name} begin -->`, `<!-- ${name} end -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`The document has no marks ${begin} and ${end}; put them where the section belongs.`);
  return `${text.slice(0, from + begin.length)}\n${section.trim()}\n${text.slice(to)}`;
}
