// CEF and LEEF read back by their grammars, as strictly as the guides put them: whatever the guides do not allow throws.

// biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be in a line
export const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]/;

interface CefEvent {
  version: string;
  vendor: string;
  product: string;
  productVersion: string;
  classId: string;
  name: string;
  severity: number;
  extension: Map<string, string>;
}

/** ArcSight CEF implementation standard: header fields end at a pipe that is not escaped, values before ` key=` or the end. */
export function parseCef(line: string): CefEvent {
  if (CONTROL.test(line) || !line.isWellFormed()) throw new Error('a line holds characters that it may not hold');
  const header =
    /^CEF:([01])\|((?:[^\\|]|\\[\\|])*)\|((?:[^\\|]|\\[\\|])*)\|((?:[^\\|]|\\[\\|])*)\|((?:[^\\|]|\\[\\|])*)\|((?:[^\\|]|\\[\\|])*)\|(\d|10)\|/.exec(
      line,
    );
  if (!header) throw new Error('no header');
  const [whole, version = '', ...fields] = header;
  const [vendor = '', product = '', productVersion = '', classId = '', name = ''] = fields.map((field) =>
    field.replace(/\\([\\|])/g, '$1'),
  );
  return {
    version,
    vendor,
    product,
    productVersion,
    classId,
    name,
    severity: Number(fields[5]),
    extension: parseExtension(line.slice(whole.length)),
  };
}

function parseExtension(text: string): Map<string, string> {
  const pairs = new Map<string, string>();
  for (let rest = text; rest !== ''; ) {
    const key = /^([A-Za-z0-9]+)=/.exec(rest);
    if (!key) throw new Error(`no key: ${rest.slice(0, 40)}`);
    rest = rest.slice(key[0].length);
    // The last space before the next key is the separator, others belong to the value.
    const value = /^((?:[^\\=]|\\[\\=nr])*?)(?: (?=[A-Za-z0-9]+=)|$)/.exec(rest);
    if (!value) throw new Error(`no value of ${key[1]}: ${rest.slice(0, 40)}`);
    rest = rest.slice(value[0].length);
    if (pairs.has(key[1]!)) throw new Error(`${key[1]} is there twice`);
    pairs.set(
      key[1]!,
      value[1]!.replace(/\\(.)/g, (_, char: string) => ({ n: '\n', r: '\r' })[char] ?? char),
    );
  }
  return pairs;
}

/** Producer keys of the extension dictionary that are used: greatest length, or what else they hold. */
export const CEF_KEYS: Readonly<Record<string, number | 'time' | 'number' | 'port' | 'ipv4' | 'ipv6'>> = {
  ...{ act: 63, app: 31, cat: 1023, dhost: 1023, dvchost: 100, externalId: 40, msg: 1023, outcome: 63, proto: 31, reason: 1023 },
  ...{
    request: 1023,
    requestClientApplication: 1023,
    requestMethod: 1023,
    shost: 1023,
    suser: 1023,
    flexString1: 1023,
    flexString2: 1023,
  },
  ...{ cs1: 4000, cs2: 4000, cs3: 4000, cs4: 4000, cs5: 4000, cs6: 4000, flexString1Label: 128, flexString2Label: 128 },
  ...{ cs1Label: 1023, cs2Label: 1023, cs3Label: 1023, cs4Label: 1023, cs5Label: 1023, cs6Label: 1023 },
  ...{ cn1Label: 1023, cn2Label: 1023, cn3Label: 1023, c6a2Label: 1023, c6a3Label: 1023 },
  ...{ rt: 'time', start: 'time', end: 'time', cn1: 'number', cn2: 'number', cn3: 'number', in: 'number', out: 'number' },
  ...{ spt: 'port', dpt: 'port', src: 'ipv4', dst: 'ipv4', c6a2: 'ipv6', c6a3: 'ipv6' },
};

interface LeefEvent {
  vendor: string;
  product: string;
  productVersion: string;
  eventId: string;
  attributes: Map<string, string>;
}

/** IBM LEEF 2.0: pipes end header fields and cannot be escaped; the delimiter is one character or its hex value; no escapes. */
export function parseLeef(line: string): LeefEvent {
  if (!line.isWellFormed()) throw new Error('half a character');
  const header = /^LEEF:2\.0\|([^|]+)\|([^|]+)\|([^|]*)\|([^|]{1,255})\|(?:(?:0x|x)([0-9A-Fa-f]{1,4})|([^|]))?\|/.exec(line);
  if (!header) throw new Error('no header');
  const [whole, vendor = '', product = '', productVersion = '', eventId = '', hex, char] = header;
  const delimiter = hex === undefined ? (char ?? '\t') : String.fromCharCode(Number.parseInt(hex, 16));
  const pairs = line.slice(whole.length).split(delimiter);
  if (pairs.some((pair) => CONTROL.test(pair))) throw new Error('a value holds characters that it may not hold');
  const attributes = new Map<string, string>();
  for (const pair of pairs) {
    const [, key = '', value = ''] = /^([A-Za-z][A-Za-z0-9]*)=([\s\S]+)$/.exec(pair) ?? [];
    if (key === '' || attributes.has(key)) throw new Error(`no pair: ${pair.slice(0, 40)}`);
    attributes.set(key, value);
  }
  return { vendor, product, productVersion, eventId, attributes };
}
