// Checks of European personal numbers.

import { compact, digitsOf, isUniform, weigh } from './digits.ts';

const UNUSED_NINO_PREFIXES = new Set(['BG', 'GB', 'KN', 'NK', 'NT', 'TN', 'ZZ']);

/** UK National Insurance number: prefixes that HMRC gives out (manual NIM39110), suffix A to D. */
export function isNino(text: string): boolean {
  const plain = compact(text);
  return /^[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]$/.test(plain) && !UNUSED_NINO_PREFIXES.has(plain.slice(0, 2));
}

/** NHS number: weights 10 to 2, modulus 11 (NHS Data Dictionary). */
export function isNhsNumber(text: string): boolean {
  const digits = digitsOf(text, 10);
  if (digits === undefined || isUniform(digits)) return false;
  const check = 11 - (weigh(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11);
  return check !== 10 && check % 11 === digits[9];
}

/**
 * German tax identification number: no leading zero; of the first ten digits one stands two or three times and the others once at
 * most, three of a kind not in a row; check digit by ISO 7064 MOD 11,10 (Bundeszentralamt für Steuern).
 */
export function isGermanTaxId(text: string): boolean {
  const digits = digitsOf(text, 11);
  if (digits === undefined || digits[0] === 0) return false;
  const payload = digits.slice(0, 10);
  const counts = Array.from({ length: 10 }, (_, digit) => payload.filter((other) => other === digit).length);
  const repeated = counts.filter((count) => count > 1);
  if (repeated.length !== 1 || (repeated[0] ?? 0) > 3 || /(\d)\1\1/.test(payload.join(''))) return false;
  let product = 10;
  for (const digit of payload) {
    const sum = (digit + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === digits[10];
}

/** French NIR: sex, year, month, department (2A and 2B in Corsica), commune, order, and 97 minus the rest by 97 as its key (INSEE). */
export function isNir(text: string): boolean {
  const plain = compact(text);
  if (!/^[1-478]\d{2}(?:0[1-9]|1[0-2]|[23]\d|4[0-2]|[5-9]\d)(?:\d{2}|2[AB])\d{6}\d{2}$/.test(plain)) return false;
  const body = plain.slice(0, 13).replace('2A', '19').replace('2B', '18');
  if (/[A-Z]/.test(body) || body.slice(5, 7) === '00' || body.slice(10, 13) === '000') return false;
  return 97 - (Number(body) % 97) === Number(plain.slice(13));
}

/** Spanish DNI and NIE: the letter is the number modulo 23; X, Y, Z count as 0, 1, 2 (Ministerio del Interior). */
export function isSpanishId(text: string): boolean {
  const plain = compact(text);
  if (!/^[XYZ\d]\d{7}[A-Z]$/.test(plain)) return false;
  const number = Number(plain.slice(0, -1).replace(/^[XYZ]/, (letter) => String('XYZ'.indexOf(letter))));
  return number > 0 && 'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23] === plain.at(-1);
}

const OMOCODIA = 'LMNPQRSTUV';
const CODICE_FISCALE = /^[A-Z]{6}[\dL-NP-V]{2}[A-EHLMPRST][\dL-NP-V]{2}[A-Z][\dL-NP-V]{3}[A-Z]$/;
/** Values of 0 to 9 and A to Z in odd places (Decreto ministeriale 23 December 1976). */
const ODD_VALUES = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];

/** Italian codice fiscale: possible day of birth, letters in place of digits where two people would share one, and the check letter. */
export function isCodiceFiscale(text: string): boolean {
  const plain = compact(text);
  if (!CODICE_FISCALE.test(plain)) return false;
  const day = Number(plain.slice(9, 11).replace(/[A-Z]/g, (letter) => String(OMOCODIA.indexOf(letter))));
  if (day < 1 || (day > 31 && day < 41) || day > 71) return false;
  let sum = 0;
  for (let at = 0; at < 15; at += 1) {
    const value = Number.parseInt(plain.charAt(at), 36);
    sum += at % 2 === 0 ? (ODD_VALUES[value] ?? 0) : value > 9 ? value - 10 : value;
  }
  return String.fromCharCode(65 + (sum % 26)) === plain.at(-1);
}

/** Dutch BSN: the eleven test, weights 9 to 2 and minus 1 (Logisch Ontwerp BSN); eight digits count with a leading zero. */
export function isBsn(text: string): boolean {
  const digits = digitsOf(text, 8, 9);
  if (digits === undefined || isUniform(digits)) return false;
  const nine = digits.length === 8 ? [0, ...digits] : digits;
  return weigh(nine, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0;
}

/** Polish PESEL: weights 1, 3, 7, 9, and a date of birth whose month carries the century (Ministerstwo Cyfryzacji). */
export function isPesel(text: string): boolean {
  const digits = digitsOf(text, 11);
  if (digits === undefined || isUniform(digits)) return false;
  const plain = digits.join('');
  const month = Number(plain.slice(2, 4)) % 20;
  const day = Number(plain.slice(4, 6));
  if (month < 1 || month > 12 || day < 1 || day > [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]!) return false;
  return weigh(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0;
}
