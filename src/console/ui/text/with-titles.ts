// Ids of rules in a sentence, replaced by what people know the rules as.

const RULE_ID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;

/** @param titles by id */
export function withTitles(text: string, titles: ReadonlyMap<string, string>): string {
  return text.replace(RULE_ID, (id) => (titles.has(id) ? `“${titles.get(id)}”` : id));
}
