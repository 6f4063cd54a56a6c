// The address of the proxy with name and token in it, as programs take it.

/**
 * @param proxy where programs reach the proxy; one that listens on all addresses is reached where this page is
 * @param here host of this page
 */
export function proxyUrlWith(proxy: string, here: string, user: string, token: string): string {
  const url = new URL(proxy);
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') url.hostname = here;
  return `${url.protocol}//${encodeURIComponent(user)}:${token}@${url.host}`;
}
