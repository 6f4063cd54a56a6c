// The checks that a detector can name under `validators`. Each gets the sensitive part as it was written, with its separators, and
// says whether it can be what the detector looks for.

import { digitsOf, passesLuhn } from './validators/digits.ts';
import { isIban, isPaymentCard, isRoutingNumber } from './validators/financial.ts';
import {
  isBsn,
  isCodiceFiscale,
  isGermanTaxId,
  isNhsNumber,
  isNino,
  isNir,
  isPesel,
  isSpanishId,
} from './validators/identity-europe.ts';
import { isAadhaar, isCpf, isItin, isPassport, isSin, isSsn, isTfn } from './validators/identity-world.ts';
import { holdsUnseen, isClosedSource, isJwt, isPassword, isVaried } from './validators/text.ts';

/** Checks by the name that detectors use. Pure; linear in the text. */
export const VALIDATORS: Readonly<Record<string, (text: string) => boolean>> = Object.freeze({
  aadhaar: isAadhaar,
  'aba-routing': isRoutingNumber,
  'closed-source': isClosedSource,
  'codice-fiscale': isCodiceFiscale,
  cpf: isCpf,
  'de-tax-id': isGermanTaxId,
  'es-dni': isSpanishId,
  iban: isIban,
  jwt: isJwt,
  luhn: (text: string) => passesLuhn(digitsOf(text) ?? [1]),
  nhs: isNhsNumber,
  nino: isNino,
  'nl-bsn': isBsn,
  nir: isNir,
  passport: isPassport,
  password: isPassword,
  'payment-card': isPaymentCard,
  pesel: isPesel,
  tfn: isTfn,
  unseen: holdsUnseen,
  'us-itin': isItin,
  'us-ssn': isSsn,
  'ca-sin': isSin,
  varied: isVaried,
});
