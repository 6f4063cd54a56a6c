// Host patterns of configuration: an exact name or address, or `*.suffix` for every name below it.

/** @param host normal form of authority.ts */
export function hostMatches(pattern: string, host: string): boolean {
  const lower = pattern.toLowerCase();
  return lower.startsWith('*.') ? host.endsWith(lower.slice(1)) && host.length > lower.length - 1 : host === lower;
}
