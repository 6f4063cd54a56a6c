// Checks of personal numbers outside Europe, and of travel documents.

import { compact, digitsOf, isUniform, passesLuhn, weigh } from './digits.ts';

/** Printed on sample cards and in advertisements; void since (Social Security Administration). */
const VOID_SSNS = new Set(['078051120', '219099999']);

/** US Social Security number: no area 000, 666 or 900 and above, no group 00, no serial 0000 (SSA). */
export function isSsn(text: string): boolean {
  const digits = digitsOf(text, 9);
  if (digits === undefined || isUniform(digits)) return false;
  const plain = digits.join('');
  return !VOID_SSNS.has(plain) && !/^(?:000|666|9)|^\d{3}00|0000$/.test(plain);
}

/** US Individual Taxpayer Identification Number: 9, and a group of 50 to 65, 70 to 88, 90 to 92 or 94 to 99 (IRS). */
export function isItin(text: string): boolean {
  const digits = digitsOf(text, 9);
  if (digits === undefined || digits[0] !== 9 || isUniform(digits)) return false;
  const group = (digits[3] ?? 0) * 10 + (digits[4] ?? 0);
  return (group >= 50 && group <= 65) || (group >= 70 && group <= 88) || (group >= 90 && group <= 92) || group >= 94;
}

/** Canadian SIN: Luhn's formula; 0 and 8 are not given out as first digits (Employment and Social Development Canada). */
export function isSin(text: string): boolean {
  const digits = digitsOf(text, 9);
  return digits !== undefined && digits[0] !== 0 && digits[0] !== 8 && !isUniform(digits) && passesLuhn(digits);
}

/** Australian TFN: weights 1, 4, 3, 7, 5, 8, 6, 9, 10 and modulus 11; the older ones of eight digits have weights of their own. */
export function isTfn(text: string): boolean {
  const digits = digitsOf(text, 8, 9);
  if (digits === undefined || isUniform(digits)) return false;
  const weights = digits.length === 9 ? [1, 4, 3, 7, 5, 8, 6, 9, 10] : [10, 7, 8, 4, 6, 3, 5, 1];
  return weigh(digits, weights) % 11 === 0;
}

/** Brazilian CPF: two check digits, each by falling weights and modulus 11 (Receita Federal). */
export function isCpf(text: string): boolean {
  const digits = digitsOf(text, 11);
  if (digits === undefined || isUniform(digits)) return false;
  const check = (weights: readonly number[]): number => ((weigh(digits, weights) * 10) % 11) % 10;
  return check([10, 9, 8, 7, 6, 5, 4, 3, 2]) === digits[9] && check([11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) === digits[10];
}

/** Characters in a line of a passport's machine-readable zone. */
const ZONE_LENGTH = 44;

/** Permutation of Verhoeff's scheme, applied once more at each place from the right. */
const TURNS = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

/** Multiplication of the dihedral group of order ten: 0 to 4 turn, 5 to 9 mirror. */
function turn(a: number, b: number): number {
  if (a < 5) return b < 5 ? (a + b) % 5 : ((a + b - 5) % 5) + 5;
  return b < 5 ? ((a - b) % 5) + 5 : (a - b + 5) % 5;
}

/** Indian Aadhaar number: twelve digits, none of 0 and 1 first, Verhoeff's check digit, no palindrome (UIDAI). */
export function isAadhaar(text: string): boolean {
  const digits = digitsOf(text, 12);
  if (digits === undefined || (digits[0] ?? 0) < 2 || digits.join('') === digits.toReversed().join('')) return false;
  let sum = 0;
  for (const [place, digit] of digits.toReversed().entries()) {
    let permuted = digit;
    for (let times = 0; times < place % 8; times += 1) permuted = TURNS[permuted] ?? 0;
    sum = turn(sum, permuted);
  }
  return sum === 0;
}

/**
 * Passport: a number with enough digits, or the second line of a machine-readable zone with the right check digits, by the weights
 * 7, 3, 1 (ICAO Doc 9303 part 4).
 */
export function isPassport(text: string): boolean {
  const plain = compact(text);
  if (plain.length < ZONE_LENGTH) return plain.replace(/\D/g, '').length >= 3 && !/^(?:19|20)\d{6}$/.test(plain);
  const passes = (from: number, to: number): boolean => {
    const values = [...plain.slice(from, to)].map((char) => (char === '<' ? 0 : Number.parseInt(char, 36)));
    return values.reduce((sum, value, at) => sum + value * [7, 3, 1][at % 3]!, 0) % 10 === Number(plain[to]);
  };
  return plain.length === ZONE_LENGTH && passes(0, 9) && passes(13, 19) && passes(21, 27);
}
