// Names in one field, as people separate them.

/** Empty gives undefined: the key is left out of policy, which means everybody or everything. */
export function namesIn(text: string): string[] | undefined {
  const names = text.split(/[,\s]+/).filter(Boolean);
  return names.length > 0 ? names : undefined;
}
