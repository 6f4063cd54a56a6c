// Takes offers of HTTP/3 out of an answer: a client that takes one up leaves the proxy, over UDP. Other alternatives stay; a field of
// which nothing is left goes. RFC 7838 section 3: a list of `protocol="authority"; parameters`. Clients may ignore all of it.

const HTTP3 = /^\s*(h3|quic|hq)(-[A-Za-z0-9]+)?\s*=/i;

/** @param raw flat list of header fields; the same list if there is nothing to take out */
export function withoutHttp3(raw: string[]): string[] {
  let kept: string[] | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const isAltSvc = raw[i]!.length === 7 && raw[i]!.toLowerCase() === 'alt-svc';
    const value = isAltSvc ? withoutOffers(raw[i + 1]!) : raw[i + 1]!;
    if (value !== raw[i + 1]) kept ??= raw.slice(0, i);
    if (value !== '' || !isAltSvc) kept?.push(raw[i]!, value);
  }
  return kept ?? raw;
}

function withoutOffers(value: string): string {
  const alternatives = value.match(/(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g) ?? [];
  const kept = alternatives.filter((each) => !HTTP3.test(each));
  return kept.length === alternatives.length ? value : kept.join(',').trim();
}
