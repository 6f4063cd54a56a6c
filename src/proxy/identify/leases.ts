// Leases of DHCP servers: who has which address, by what name, and until when. Each parser is strict: a file that is not what it should
// be is refused whole, with the line, so that half a file never takes people's names away.

import { ENDED, hostName, type Lease, leaseAddress, malformed } from './lease.ts';
import { parseIscLeases } from './leases-isc.ts';

export type LeaseFormat = 'isc' | 'kea' | 'dnsmasq';

/**
 * The last word on each address.
 *
 * @throws DaylightError ERR_IDENTITY naming the line
 */
export function parseLeases(format: LeaseFormat, text: string): Lease[] {
  const leases = format === 'isc' ? parseIscLeases(text) : format === 'kea' ? parseKea(text) : parseDnsmasq(text);
  return [...new Map(leases.map((lease) => [lease.address, lease])).values()];
}

const INFINITE = 0xffffffff;

/**
 * The CSV of the memfile backend (Kea ARM, "Memfile - Basic Storage for Leases"): a header, then one line for each change; in fields a
 * comma is written `&#x2c`. State 0 is a lease in use. Prefixes that were delegated (lease type 2) are no devices.
 */
function parseKea(text: string): Lease[] {
  const leases: Lease[] = [];
  let columns: Map<string, number> | undefined;
  for (const { content, line } of linesOf(text)) {
    const fields = content.split(',');
    if (fields[0] === 'address') {
      // Files that follow each other, each with its header, are read as one.
      columns = new Map(fields.map((name, index) => [name, index]));
      for (const name of ['valid_lifetime', 'expire', 'hostname'])
        if (!columns.has(name)) throw malformed(line, `the header has no column ${name}`);
      continue;
    }
    if (!columns) throw malformed(line, 'the header is missing: it begins with "address,"');
    if (fields.length !== columns.size) throw malformed(line, `${fields.length} fields where the header has ${columns.size}`);
    const field = (name: string): string => fields[columns?.get(name) ?? -1] ?? '';
    const address = leaseAddress(field('address'), line);
    const expire = seconds(field('expire'), line);
    const lifetime = seconds(field('valid_lifetime'), line);
    const inUse = (field('state') || '0') === '0' && lifetime > 0;
    if (field('lease_type') === '2') continue;
    const until = !inUse ? ENDED : lifetime === INFINITE ? 0 : expire * 1_000;
    leases.push({ address, host: hostName(field('hostname').replaceAll('&#x2c', ',').replace(/\.$/, '')), until });
  }
  return leases;
}

/** Fields between spaces: end, link address (or IAID), address, host name or `*`, client id; and a line `duid` before those of IPv6. */
function parseDnsmasq(text: string): Lease[] {
  const leases: Lease[] = [];
  for (const { content, line } of linesOf(text)) {
    const fields = content.split(' ');
    if (fields[0] === 'duid' && fields.length === 2) continue;
    if (fields.length !== 5)
      throw malformed(line, `${fields.length} fields instead of 5 (end, link address, address, name, client id)`);
    const [end = '', , address = '', host = ''] = fields;
    const until = seconds(end, line) * 1_000;
    leases.push({ address: leaseAddress(address, line), host: host === '*' ? '' : hostName(host), until });
  }
  return leases;
}

function linesOf(text: string): { content: string; line: number }[] {
  const lines = text.split('\n').map((content, index) => ({ content: content.replace(/\r$/, ''), line: index + 1 }));
  // A server that is writing this moment leaves a line without an end: the next look finds it whole.
  const last = lines.pop();
  if (last && last.content !== '') throw malformed(last.line, 'the last line has no end; the server may be writing it');
  return lines.filter(({ content }) => content.trim() !== '' && !content.startsWith('#'));
}

function seconds(text: string, line: number): number {
  if (!/^\d{1,11}$/.test(text)) throw malformed(line, `${JSON.stringify(text.slice(0, 40))} is not a time in seconds`);
  return Number(text);
}
