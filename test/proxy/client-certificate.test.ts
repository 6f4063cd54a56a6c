import { expect, it } from 'vitest';
import { emailsOf, nameOf } from '../../src/proxy/client-certificate.ts';

it('e-mail addresses are taken from the alternative names, and from nothing that looks like them', () => {
  expect(emailsOf('email:ann@example.com, DNS:laptop.example.com, email:a.b@example.com')).toEqual([
    'ann@example.com',
    'a.b@example.com',
  ]);
  expect(emailsOf('DNS:"a, email:root@example.com", email:ann@example.com')).toEqual(['ann@example.com']);
  expect(emailsOf('email:"root@example.com\\u0000.evil", email:ann@example.com')).toEqual(['ann@example.com']);
  expect(emailsOf('URI:http://x/?email:root@example.com')).toEqual([]);
  expect(emailsOf('email:ann@example.com, broken "quote')).toEqual([]);
  expect(emailsOf('')).toEqual([]);
});

it('a common name is one text without control characters, or nobody', () => {
  expect(nameOf('Ann Müller, Sales')).toBe('Ann Müller, Sales');
  expect(['ann\nCN=root', 'ann\u0000', ' ', '', ['ann', 'root'], undefined, 'a'.repeat(257)].map(nameOf)).toEqual(
    new Array(7).fill(''),
  );
});
