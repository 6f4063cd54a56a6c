// `isInNet` of automatic proxy configuration, for addresses.

export function inNetwork(host: string, network: string, mask: string): boolean {
  const numbers = (text: string): number[] => text.split('.').map(Number);
  const [a, b, m] = [numbers(host), numbers(network), numbers(mask)];
  return a.every((part, at) => (part & m[at]!) === (b[at]! & m[at]!));
}
