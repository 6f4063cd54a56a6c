// Checks of account and card numbers.

import { compact, digitsOf, isUniform, passesLuhn, weigh } from './digits.ts';

/** First and last number of a range of leading digits, and the lengths in which it is issued. */
type IssuerRange = readonly [first: string, last: string, ...lengths: readonly number[]];

/** Issuer identification numbers as the networks publish them. */
const ISSUERS: readonly IssuerRange[] = [
  ['4', '4', 13, 16, 19], // Visa
  ['51', '55', 16], // Mastercard
  ['2221', '2720', 16],
  ['34', '34', 15], // American Express
  ['37', '37', 15],
  ['6011', '6011', 16, 17, 18, 19], // Discover
  ['644', '659', 16, 17, 18, 19],
  ['300', '305', 14, 16, 17, 18, 19], // Diners Club
  ['3095', '3095', 14, 16, 17, 18, 19],
  ['36', '36', 14, 15, 16, 17, 18, 19],
  ['38', '39', 14, 16, 17, 18, 19],
  ['3528', '3589', 16, 17, 18, 19], // JCB
  ['62', '62', 16, 17, 18, 19], // UnionPay
  ['8100', '8171', 16, 17, 18, 19],
  ['5018', '5018', 12, 13, 14, 15, 16, 17, 18, 19], // Maestro
  ['5020', '5020', 12, 13, 14, 15, 16, 17, 18, 19],
  ['5038', '5038', 12, 13, 14, 15, 16, 17, 18, 19],
  ['5893', '5893', 12, 13, 14, 15, 16, 17, 18, 19],
  ['6304', '6304', 12, 13, 14, 15, 16, 17, 18, 19],
  ['6759', '6759', 12, 13, 14, 15, 16, 17, 18, 19],
  ['6761', '6763', 12, 13, 14, 15, 16, 17, 18, 19],
  ['2200', '2204', 16, 17, 18, 19], // Mir
];

/** A number from a card network's range, in its length, that passes Luhn's formula (ISO/IEC 7812). */
export function isPaymentCard(text: string): boolean {
  const digits = digitsOf(text);
  if (digits === undefined || !passesLuhn(digits)) return false;
  const plain = digits.join('');
  return ISSUERS.some(([from, to, ...lengths]) => {
    const head = plain.slice(0, from.length);
    return head >= from && head <= to && lengths.includes(plain.length);
  });
}

/** Length by country, from the IBAN registry of SWIFT (the registration authority of ISO 13616). */
const IBAN_LENGTHS: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 ' +
    'FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 ' +
    'LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 ' +
    'SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** ISO 13616: the length of its country, and 1 as the rest by 97 once the first four characters stand last (ISO 7064 MOD 97-10). */
export function isIban(text: string): boolean {
  const plain = compact(text);
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]+$/.test(plain) || IBAN_LENGTHS.get(plain.slice(0, 2)) !== plain.length) return false;
  let rest = 0;
  for (const char of plain.slice(4) + plain.slice(0, 4)) {
    const value = Number.parseInt(char, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/** ABA routing number: a prefix of the Federal Reserve's plan, and the weights 3, 7, 1 sum to a multiple of ten. */
export function isRoutingNumber(text: string): boolean {
  const digits = digitsOf(text, 9);
  if (digits === undefined || isUniform(digits)) return false;
  const prefix = (digits[0] ?? 0) * 10 + (digits[1] ?? 0);
  const issued =
    (prefix >= 1 && prefix <= 12) || (prefix >= 21 && prefix <= 32) || (prefix >= 61 && prefix <= 72) || prefix === 80;
  return issued && weigh(digits, [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 === 0;
}
