// Checksums and forms of numbers, against published examples.

import { describe, expect, it } from 'vitest';
import { VALIDATORS } from '../../../src/engine/dlp/validators.ts';

const HEADER = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9';
const CLAIMS = 'eyJzdWIiOiJub2JvZHkifQ';
const SIGNATURE = 'c2lnbmF0dXJlLW9mLW5vYm9keQ';

/** Per validator: what it takes and what it refuses. */
const CASES: Record<string, { takes: string[]; refuses: string[] }> = {
  luhn: { takes: ['79927398713', '4111 1111 1111 1111'], refuses: ['79927398710', 'abc', ''] },
  'payment-card': {
    takes: [
      '4111111111111111',
      '4111-1111-1111-1111',
      '4222222222222',
      '5555555555554444',
      '2223003122003222',
      '378282246310005',
      '6011111111111117',
      '30569309025904',
      '3530111333300000',
      '6200000000000005',
      '6759649826438453',
    ],
    refuses: ['4111111111111112', '1234567812345670', '41111111111111111', '0000000000000000', '5555 5555 5555 444x'],
  },
  iban: {
    takes: ['GB82 WEST 1234 5698 7654 32', 'DE89370400440532013000', 'fr14 2004 1010 0505 0001 3M02 606', 'NO9386011117947'],
    refuses: ['GB83 WEST 1234 5698 7654 32', 'DE8937040044053201300', 'ZZ89370400440532013000', '89370400440532013000'],
  },
  'aba-routing': {
    takes: ['021000021', '122105155', '0210-0002-1'],
    refuses: ['021000022', '991000021', '000000000', '12345678'],
  },
  'us-ssn': {
    takes: ['123-45-6789', '899 99 9999'],
    refuses: ['000-12-3456', '666-12-3456', '900-12-3456', '123-00-4567', '123-45-0000', '078-05-1120', '111-11-1111'],
  },
  'us-itin': {
    takes: ['912-70-1234', '900-50-0001', '999-99-1234'],
    refuses: ['912-66-1234', '912-89-1234', '912-93-1234', '812-70-1234'],
  },
  nino: { takes: ['AB123456C', 'JG 10 37 59 A'], refuses: ['QQ123456C', 'BG123456A', 'AO123456A', 'AB123456E'] },
  nhs: { takes: ['943 476 5919', '4010232137'], refuses: ['943 476 5918', '0000000000', '1111111111'] },
  'de-tax-id': {
    takes: ['86095742719', '65 929 970 489', '57549285017'],
    refuses: ['86095742718', '06095742719', '12345678901', '11122345678'],
  },
  nir: {
    takes: ['295109912611193', '2 95 10 99 126 111 93', '1 85 05 2A 006 084 35'],
    refuses: ['295109912611194', '995109912611193', '1 85 15 78 006 084 91'],
  },
  'es-dni': { takes: ['12345678Z', '54362315-K', 'X2482300W'], refuses: ['12345678A', 'X2482300A', '00000000T', '1234567Z'] },
  'codice-fiscale': {
    takes: ['RCCMNL83S18D969H', 'rccmnl83s18d969h'],
    refuses: ['RCCMNL83S18D969A', 'RCCMNL83S99D969H', 'RCCMNL83W18D969H'],
  },
  'nl-bsn': { takes: ['111222333', '123456782', '1112.22.333'], refuses: ['111222334', '111111111', '000000000'] },
  pesel: { takes: ['44051401359', '02070803628'], refuses: ['44051401358', '44991401359', '44053501359'] },
  aadhaar: { takes: ['2341 2341 2346'], refuses: ['2341 2341 2347', '1341 2341 2346', '123456789012'] },
  cpf: { takes: ['390.533.447-05', '11144477735'], refuses: ['390.533.447-06', '111.111.111-11'] },
  'ca-sin': { takes: ['123 456 782', '130692544'], refuses: ['123 456 783', '046 454 286', '800 000 002'] },
  tfn: { takes: ['123 456 782', '876543210'], refuses: ['123 456 783', '000000000', '123'] },
  passport: {
    takes: ['533380006', 'C01X00T47', 'L898902C36UTO7408122F1204159ZE184226B<<<<<10'],
    refuses: ['L898902C37UTO7408122F1204159ZE184226B<<<<<10', '20261120', 'RENEWALS'],
  },
  jwt: {
    takes: [`${HEADER}.${CLAIMS}.${SIGNATURE}`],
    refuses: [
      `${HEADER}.${CLAIMS}`,
      `${HEADER}.${CLAIMS}.`,
      `${HEADER}.${CLAIMS}.${SIGNATURE}.${SIGNATURE}`,
      `${CLAIMS}.${CLAIMS}.${SIGNATURE}`,
      `${HEADER}.bm90IGpzb24.${SIGNATURE}`,
      'com.example.something-long-enough',
    ],
  },
  'closed-source': {
    takes: ['(c) 2026 Nobody. All rights reserved.'],
    refuses: ['(c) 2026 Nobody. All rights reserved. Licensed under the MIT License.'],
  },
  password: {
    takes: ['hunter2', 'Tr0ub4dor&3', 'correct horse battery staple'],
    refuses: ['required', '12345678', 'xxxxxx', 'two-words'],
  },
  varied: { takes: ['q8x2vb', 'correct horse'], refuses: ['xxxxxxxx', 'abababab', '12345678', 'abcdefgh', '87654321', ''] },
  unseen: {
    takes: ['a\u200bb', 'a\u{e0041}b'],
    refuses: ['ab', 'می\u200cخواهم', '\u{1f468}\u200d\u{1f469}', 'a\ufe0f'.slice(0, 1)],
  },
};

describe('validators', () => {
  it('all have examples', () => {
    expect(Object.keys(CASES).sort()).toEqual(Object.keys(VALIDATORS).sort());
  });

  for (const [name, { takes, refuses }] of Object.entries(CASES)) {
    it(`${name} takes valid values and refuses others`, () => {
      const validator = VALIDATORS[name]!;
      expect(takes.filter((text) => !validator(text))).toEqual([]);
      expect(refuses.filter((text) => validator(text))).toEqual([]);
    });
  }

  it('are linear in hostile text', () => {
    const long = '1'.repeat(100_000);
    expect(Object.values(VALIDATORS).map((validator) => validator(`${long}.${long}.${long}`))).not.toContain(undefined);
  });
});
