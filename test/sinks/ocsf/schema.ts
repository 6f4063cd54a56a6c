// A description of OCSF classes and objects, and a check of events against it that lets nothing unknown pass.

export interface Attribute {
  /** A type (`string_t`) or the name of an object. */
  type: string;
  array: boolean;
  required: boolean;
  /** The profile that brings it; undefined if the class or object has it anyway. */
  profile?: string | undefined;
  /** Values and their captions. */
  values?: ReadonlyMap<string, string> | undefined;
  /** The attribute that holds the caption of this one's value. */
  caption?: string | undefined;
  deprecated?: boolean;
}

export interface Shape {
  attributes: ReadonlyMap<string, Attribute>;
  /** At least one of each list has to be there; exactly one of each in `one`. */
  some: readonly (readonly string[])[];
  one: readonly (readonly string[])[];
}

export interface EventClass extends Shape {
  name: string;
  categoryUid: number;
  categoryName: string;
  /** Profiles that it takes. */
  profiles: ReadonlySet<string>;
}

export interface ScalarType {
  json: 'string' | 'integer' | 'number' | 'boolean' | 'any';
  regex?: RegExp | undefined;
  longest?: number | undefined;
  range?: readonly [number, number] | undefined;
}

export interface OcsfSchema {
  version: string;
  classes: ReadonlyMap<number, EventClass>;
  objects: ReadonlyMap<string, Shape>;
  types: ReadonlyMap<string, ScalarType>;
}

type Members = Readonly<Record<string, unknown>>;

/** What is wrong with an event, one sentence each; none if it is valid. */
export function problemsOf(event: Members, schema: OcsfSchema): string[] {
  const found: string[] = [];
  const own = schema.classes.get(Number(event.class_uid));
  if (!own) return [`class_uid ${String(event.class_uid)} is no class`];
  const metadata = event.metadata as { profiles?: string[]; version?: string } | undefined;
  const profiles = new Set(metadata?.profiles ?? []);
  for (const profile of profiles) if (!own.profiles.has(profile)) found.push(`${own.name} does not take the profile ${profile}`);
  if (metadata?.version !== schema.version) found.push(`metadata.version is ${String(metadata?.version)}`);
  if (event.category_uid !== own.categoryUid) found.push(`category_uid is ${String(event.category_uid)}`);
  if (event.category_name !== own.categoryName) found.push(`category_name is ${String(event.category_name)}`);
  if (event.class_name !== own.name) found.push(`class_name is ${String(event.class_name)}`);
  if (event.type_uid !== Number(event.class_uid) * 100 + Number(event.activity_id)) found.push('type_uid does not fit');
  const activity = own.attributes.get('activity_id')?.values?.get(String(event.activity_id));
  if (event.type_name !== `${own.name}: ${activity}`) found.push(`type_name is ${String(event.type_name)}`);
  checkShape(event, own, '');
  return found;

  function checkShape(members: Members, { attributes, some, one }: Shape, path: string): void {
    for (const [name, value] of Object.entries(members)) {
      const attribute = attributes.get(name);
      const where = path === '' ? name : `${path}.${name}`;
      if (!attribute) found.push(`${where} is unknown`);
      else if (attribute.deprecated) found.push(`${where} is deprecated`);
      else if (attribute.profile !== undefined && !profiles.has(attribute.profile))
        found.push(`${where} needs the profile ${attribute.profile}`);
      else if (attribute.array) {
        if (!Array.isArray(value)) found.push(`${where} is no list`);
        else for (const [index, each] of value.entries()) checkValue(each, attribute, `${where}[${index}]`);
      } else checkValue(value, attribute, where);
      if (attribute?.caption && attribute.values) checkCaption(members, attribute, name, where);
    }
    for (const [name, { required, profile }] of attributes) {
      if (required && (profile === undefined || profiles.has(profile)) && members[name] === undefined)
        found.push(`${path} lacks ${name}`);
    }
    for (const names of some) if (!names.some((name) => name in members)) found.push(`${path} has none of ${names.join(', ')}`);
    for (const names of one)
      if (names.filter((name) => name in members).length !== 1) found.push(`${path} has not one of ${names.join(', ')}`);
  }

  /** 99 is `Other`: its caption is the source's own. */
  function checkCaption(members: Members, { caption, values }: Attribute, name: string, where: string): void {
    const said = members[caption!];
    const meant = values!.get(String(members[name]));
    if (said !== undefined && members[name] !== 99 && said !== meant) found.push(`${where} is ${meant}, not ${String(said)}`);
  }

  function checkValue(value: unknown, { type, values }: Attribute, where: string): void {
    if (type === 'object' || type === 'json_t') return;
    const shape = schema.objects.get(type);
    if (shape) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) found.push(`${where} is no object`);
      else checkShape(value as Members, shape, where);
      return;
    }
    const scalar = schema.types.get(type);
    if (!scalar) found.push(`${where} has the unknown type ${type}`);
    else if (!isScalar(value, scalar)) found.push(`${where} is no ${type}: ${JSON.stringify(value)}`);
    if (values && !values.has(String(value))) found.push(`${where} has no value ${JSON.stringify(value)}`);
  }
}

function isScalar(value: unknown, { json, regex, longest, range }: ScalarType): boolean {
  switch (json) {
    case 'any':
      return true;
    case 'boolean':
      return typeof value === 'boolean';
    case 'string':
      if (typeof value !== 'string' || !value.isWellFormed()) return false;
      return (regex?.test(value) ?? true) && value.length <= (longest ?? Number.POSITIVE_INFINITY);
    default:
      if (typeof value !== 'number' || !(json === 'number' ? Number.isFinite(value) : Number.isSafeInteger(value))) return false;
      return range === undefined || (value >= range[0] && value <= range[1]);
  }
}
