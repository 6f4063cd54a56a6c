// Who is at the other end of a connection, as far as the connection itself tells.

/** The ways in: the proxy's own port, in clear or in TLS; redirected traffic; SOCKS. */
export type Door = 'proxy' | 'tls' | 'transparent' | 'socks';

/** A certificate that a client has proved to hold. Only set when it was verified against the configured authorities. */
export interface ClientCertificate {
  /** The common name of its subject, '' if it has none. */
  commonName: string;
  /** Subject alternative names of the kind e-mail address. */
  emails: readonly string[];
  /** SHA-256, lower-case hex without colons. */
  fingerprint: string;
}

export interface Client {
  /** Of the client; from the PROXY protocol where a listed load balancer sent one. */
  address: string;
  port: number;
  /** Address of whoever opened the connection: the client, or the load balancer before it. */
  peer: string;
  door: Door;
  certificate?: ClientCertificate | undefined;
  /** What a SOCKS client gave as name and password (RFC 1929); HTTP clients send theirs with each request. */
  credentials?: { name: string; password: string } | undefined;
}
