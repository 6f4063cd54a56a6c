// A JSON schema in a few words: the parameters of a tool with their types, `*` behind those that are required.

const MAX_SHOWN = 50;

/** `path* (string)`, ... ; empty if there are none, or the schema is too long to have been kept whole. */
export function parameters(schema: string): string[] {
  const root = parse(schema);
  const properties = objectOf(root.properties);
  const required = Array.isArray(root.required) ? root.required : [];
  const names = Object.keys(properties);
  const shown = names.slice(0, MAX_SHOWN).map((name) => {
    const type = typeOf(objectOf(properties[name]));
    return `${name}${required.includes(name) ? '*' : ''}${type === '' ? '' : ` (${type})`}`;
  });
  return names.length > MAX_SHOWN ? [...shown, `and ${names.length - MAX_SHOWN} more`] : shown;
}

function parse(text: string): Record<string, unknown> {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return {};
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function typeOf({ type, enum: values, anyOf, oneOf }: Record<string, unknown>): string {
  if (typeof type === 'string') return type;
  if (Array.isArray(type)) return type.join(' or ');
  if (Array.isArray(values)) return 'one of several';
  return Array.isArray(anyOf) || Array.isArray(oneOf) ? 'several types' : '';
}
