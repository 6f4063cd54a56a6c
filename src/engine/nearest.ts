// Which known word somebody may have meant.

/** `did you mean "x"?` when a known word is near, else the list of known words. */
export function suggest(word: string, known: readonly string[], label: string): string {
  const near = nearest(word, known);
  return near ? `did you mean "${near}"?` : `${label}: ${known.join(', ')}`;
}

/** The known word within two edits (one for short words), or undefined. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const limit = word.length > 4 ? 2 : 1;
  const ranked = known
    .filter((candidate) => Math.abs(candidate.length - word.length) <= limit)
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.candidate;
}

/** Edits between two words; swapping two neighbours counts as one (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? rows[i - 2]![j - 2]! + 1 : Infinity;
      const substitute = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, substitute, swap));
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
