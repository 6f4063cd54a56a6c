import { describe, expect, it } from 'vitest';
import { parseAddressList } from '../../../src/proxy/identify/address-list.ts';

describe('a list of addresses', () => {
  it('is read from CSV, whatever the order of its columns', () => {
    const text =
      '# from the wiki\nuser,address,groups,until\r\nann,10.1.2.3,sales; ops,\n\n"Bob, jr.",10.2.0.0/16,,2026-12-31T12:00:00Z\n';
    expect(parseAddressList(text)).toEqual([
      { network: '10.1.2.3', user: 'ann', groups: ['sales', 'ops'], device: '', until: 0 },
      { network: '10.2.0.0/16', user: 'Bob, jr.', groups: [], device: '', until: Date.UTC(2026, 11, 31, 12) },
    ]);
    expect(parseAddressList('address,user\n')).toEqual([]);
  });

  it('may come from Windows', () => {
    expect(parseAddressList('\ufeffaddress,user\r\n10.1.2.3,ann\r\n')).toHaveLength(1);
    expect(parseAddressList('\ufeff[{"address":"10.1.2.3","user":"ann"}]')).toHaveLength(1);
    expect(parseAddressList('address,user\r10.1.2.3,ann\r')).toHaveLength(1);
  });

  it('is read from JSON', () => {
    expect(parseAddressList(' [{ "network": "2001:db8::/48", "device": "kiosk" }]')).toEqual([
      { network: '2001:db8::/48', user: '', groups: [], device: 'kiosk', until: 0 },
    ]);
  });

  it.each([
    ['address,user\n10.1.2.3,ann\n10.1.2.999,bob\n', 'line 3: names no address or network'],
    ['address,user\n10.1.2.3,ann,x\n', 'line 2: 3 fields where the first line has 2'],
    ['address,user\n10.1.2.3,"ann\n', 'line 2: the quote that opens there is never closed'],
    ['address,user\n10.1.2.3,\n', 'line 2: names neither user nor device'],
    ['10.1.2.3,ann\n', 'line 1: the first line must name the columns'],
    ['address,user,user\n', 'line 1: the first line must name the columns, each once'],
    ['address,user,until\n10.1.2.3,ann,tomorrow\n', 'line 2: until must be a time'],
    ['address,user\n10.1.2.3,a\u0007b\n', 'line 2: user must be at most 256 characters without control characters'],
    ['[{"address":"10.1.2.3","user":"ann"},{"address":"x","user":"bob"}]', 'entry 2: names no address'],
    ['[{"address":"10.1.2.3","user":7}]', 'entry 1: user'],
    ['[{"address":"10.1.2.3","user":"ann"', 'this is not JSON'],
    ['{"error":"maintenance"}', 'the JSON is not a list'],
    ['<html>busy</html>', 'line 1: the first line must name the columns'],
    ['', 'it is empty'],
    ['\ufeff\r\n# nothing yet\n', 'it is empty'],
    ['address,user\n10.1.2.3/24,ann\n', 'line 2: names an address with the length of its network'],
    ['[{"network":"2001:db8::7/64","user":"ann"}]', 'entry 1: names an address with the length of its network'],
  ])('%j is refused whole, with the line', (text, message) => {
    expect(() => parseAddressList(text)).toThrow(message);
  });
});
