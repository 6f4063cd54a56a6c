// The forms in which people and programs take a CA certificate: PEM, DER, PKCS#7, a configuration profile of Apple, and a bundle with
// the public roots for programs whose setting replaces them.
//
// PKCS#7: a SignedData without signers, which holds certificates alone (RFC 2315 section 9, "degenerate case"; RFC 5652 section 5.1).
// Profile: com.apple.security.root payloads (Apple, Device Management, CertificateRoot).

import { createHash, X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';

/** What clients have to trust. During a rotation there is more than one. */
export interface SetupCa {
  /** PEM, the one in force first. */
  certificates: readonly string[];
  subject: string;
  /** SHA-256 of the first, upper-case hexadecimal with colons. */
  fingerprint: string;
  /** Epoch milliseconds. */
  expires: number;
}

export function asPem({ certificates }: SetupCa): string {
  return certificates.map((each) => `${each.trim()}\n`).join('');
}

/** The one in force: the form holds one. */
export function asDer({ certificates }: SetupCa): Buffer {
  return new X509Certificate(certificates[0]!).raw;
}

/** The CA and the public roots that Node carries, which are Mozilla's. */
export function asBundle(ca: SetupCa): string {
  return `${asPem(ca)}${rootCertificates.map((each) => `${each.trim()}\n`).join('')}`;
}

export function asPkcs7({ certificates }: SetupCa): Buffer {
  const oid = (last: number) => der(0x06, Buffer.from([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, last]));
  const content = der(0x30, oid(1));
  const signed = der(
    0x30,
    ...[der(0x02, Buffer.from([1])), der(0x31), content],
    der(0xa0, ...certificates.map((each) => new X509Certificate(each).raw)),
    der(0x31),
  );
  return der(0x30, oid(2), der(0xa0, signed));
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const bytes: number[] = [];
  for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  const length = body.length < 128 ? [body.length] : [0x80 + bytes.length, ...bytes];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

/** The same certificates give the same profile: installing it again replaces it. */
export function asProfile({ certificates, fingerprint }: SetupCa): string {
  const payloads = certificates.map((each, index) => {
    const { raw, subject } = new X509Certificate(each);
    const name = xml(subject.replaceAll('\n', ', '));
    return `<dict>
<key>PayloadType</key><string>com.apple.security.root</string>
<key>PayloadVersion</key><integer>1</integer>
<key>PayloadIdentifier</key><string>internal.daylight.ca.${index}</string>
<key>PayloadUUID</key><string>${uuid(raw.toString('base64'))}</string>
<key>PayloadDisplayName</key><string>${name}</string>
<key>PayloadCertificateFileName</key><string>daylight-ca-${index}.cer</string>
<key>PayloadContent</key><data>${raw.toString('base64')}</data>
</dict>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
<key>PayloadType</key><string>Configuration</string>
<key>PayloadVersion</key><integer>1</integer>
<key>PayloadIdentifier</key><string>internal.daylight.ca</string>
<key>PayloadUUID</key><string>${uuid(fingerprint)}</string>
<key>PayloadDisplayName</key><string>Daylight CA</string>
<key>PayloadDescription</key><string>Lets this device trust connections that Daylight inspects. SHA-256 ${xml(fingerprint)}</string>
<key>PayloadContent</key>
<array>
${payloads.join('\n')}
</array>
</dict>
</plist>
`;
}

function xml(text: string): string {
  return text.replace(/[<>&"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

function uuid(of: string): string {
  const digits = createHash('sha256').update(`daylight profile ${of}`).digest('hex');
  // The form of a version 8 UUID (RFC 9562 section 5.8): made of a hash.
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-8${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20, 32)}`.toUpperCase();
}
