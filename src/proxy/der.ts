// Values of ASN.1 and their DER (X.690), by node-forge, which keeps bytes as characters up to 255.

import forge from 'node-forge';

const { asn1 } = forge;
const { Class, Type } = asn1;

export function sequence(...value: forge.asn1.Asn1[]): forge.asn1.Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, value);
}

export function set(...value: forge.asn1.Asn1[]): forge.asn1.Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.SET, true, value);
}

export function primitive(type: forge.asn1.Type, value: string): forge.asn1.Asn1 {
  return asn1.create(Class.UNIVERSAL, type, false, value);
}

export function integer(bytes: Buffer): forge.asn1.Asn1 {
  return primitive(Type.INTEGER, binary(bytes));
}

export function oid(dotted: string): forge.asn1.Asn1 {
  return primitive(Type.OID, asn1.oidToDer(dotted).getBytes());
}

export function octets(bytes: Buffer): forge.asn1.Asn1 {
  return primitive(Type.OCTETSTRING, binary(bytes));
}

export function bitString(bytes: Buffer): forge.asn1.Asn1 {
  return primitive(Type.BITSTRING, `\0${binary(bytes)}`);
}

export function children(node: forge.asn1.Asn1 | undefined): forge.asn1.Asn1[] {
  return Array.isArray(node?.value) ? node.value : [];
}

export function parsed(bytes: Buffer): forge.asn1.Asn1 {
  return asn1.fromDer(forge.util.createBuffer(binary(bytes)));
}

export function der(node: forge.asn1.Asn1): Buffer {
  return Buffer.from(asn1.toDer(node).getBytes(), 'latin1');
}

export function binary(bytes: Buffer): string {
  return bytes.toString('latin1');
}
