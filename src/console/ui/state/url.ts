// What of a page's state stands in its address, as text: reading and changing it. Everything a person set is there, so that an address
// sent to a colleague shows the same, and the browser's Back undoes it.

/** Parameters that mean the same on every page and stay when one goes to another. */
const SHARED = ['from', 'to'];

export function readParam(search: string, name: string): string {
  return new URLSearchParams(search).get(name) ?? '';
}

/** The search part with some parameters changed; an empty or absent value removes one. Order is kept, so equal states have equal addresses. */
export function withParams(search: string, changes: Readonly<Record<string, string | undefined>>): string {
  const params = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === '') params.delete(name);
    else params.set(name, value);
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

/** Address of a page of ours from where one is: the time range goes along, the rest does not. */
export function pageAddress(path: string, search: string, params: Readonly<Record<string, string | undefined>> = {}): string {
  const old = new URLSearchParams(search);
  const kept = Object.fromEntries(SHARED.map((name) => [name, old.get(name) ?? undefined]));
  return path + withParams('', { ...kept, ...params });
}
