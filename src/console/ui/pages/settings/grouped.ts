// Long words for people who type them: in groups of four.

export function grouped(text: string): string {
  return text.replace(/(.{4})(?=.)/g, '$1 ');
}
