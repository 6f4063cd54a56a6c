// Whether an address is of this machine alone.

/** @param host a name or address, IPv6 with or without brackets */
export function isLoopback(host: string): boolean {
  return /^(localhost|.+\.localhost|::1|\[::1\]|127(\.\d{1,3}){3})$/i.test(host);
}
