// Reads the schema as OCSF publishes it: a checkout of the repository ocsf/ocsf-schema. Attributes of a class or object are those of what
// it extends, then what it includes, then its own; each takes the rest from the dictionary.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Attribute, EventClass, OcsfSchema, ScalarType, Shape } from './schema.ts';

interface RawAttribute {
  type?: string;
  is_array?: boolean;
  requirement?: string;
  profile?: string | null;
  enum?: Record<string, { caption: string }>;
  sibling?: string;
  observable?: number;
  caption?: string;
  '@deprecated'?: object;
}

type RawAttributes = Record<string, RawAttribute | string | string[]>;

interface RawShape {
  name?: string;
  uid?: number;
  caption?: string;
  category?: string;
  extends?: string;
  profiles?: string[];
  observable?: number;
  attributes?: RawAttributes;
  constraints?: { at_least_one?: string[]; just_one?: string[] };
}

interface RawType {
  type?: string;
  caption: string;
  regex?: string;
  max_len?: number;
  range?: [number, number];
  observable?: number;
}

interface Dictionary {
  attributes: Record<string, RawAttribute>;
  types: { attributes: Record<string, RawType> };
}

/** @param folder the checkout */
export function readPublishedSchema(folder: string): OcsfSchema {
  const read = <T>(path: string): T => JSON.parse(readFileSync(join(folder, path), 'utf8')) as T;
  const dictionary = read<Dictionary>('dictionary.json');
  const categories = read<{ attributes: Record<string, { uid: number; caption: string }> }>('categories.json').attributes;
  const rawEvents = shapesBelow('events');
  const rawObjects = shapesBelow('objects');
  const observables = observableTypes();

  function shapesBelow(path: string): Map<string, RawShape> {
    const files = readdirSync(join(folder, path), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
    return new Map(
      files.map((file) => {
        const shape = read<RawShape>(join(path, file));
        return [shape.name ?? file.replace(/^.*\/|\.json$/g, ''), shape] as const;
      }),
    );
  }

  function attributesOf(raw: RawShape, of: Map<string, RawShape>): Map<string, RawAttribute> {
    const parent = raw.extends === undefined ? undefined : of.get(raw.extends);
    const all = parent ? attributesOf(parent, of) : new Map<string, RawAttribute>();
    function add(attributes: RawAttributes, profile: string | undefined): void {
      const included = attributes.$include as string | string[] | undefined;
      for (const path of included === undefined ? [] : [included].flat()) {
        const file = read<{ meta?: string; name: string; attributes: RawAttributes }>(path);
        add(file.attributes, file.meta === 'profile' ? file.name : profile);
      }
      for (const [name, attribute] of Object.entries(attributes) as [string, RawAttribute][]) {
        if (name === '$include') continue;
        const before = all.get(name) ?? {};
        const own = profile !== undefined && attribute.profile === undefined ? { ...attribute, profile } : attribute;
        all.set(name, { ...before, ...own, ...(own.enum && { enum: { ...before.enum, ...own.enum } }) });
      }
    }
    add(raw.attributes ?? {}, undefined);
    return all;
  }

  function attributeOf(name: string, own: RawAttribute): Attribute {
    const common = dictionary.attributes[name] ?? {};
    const values = { ...common.enum, ...own.enum };
    const known = Object.keys(values).length > 0;
    return {
      type: own.type ?? common.type ?? '?',
      array: own.is_array ?? common.is_array ?? false,
      required: own.requirement === 'required',
      profile: own.profile ?? undefined,
      values: known ? new Map(Object.entries(values).map(([value, { caption }]) => [value, caption])) : undefined,
      caption: own.sibling ?? common.sibling,
      deprecated: '@deprecated' in own || '@deprecated' in common,
    };
  }

  function shapeOf(raw: RawShape, of: Map<string, RawShape>): Shape {
    let constraints = raw.constraints;
    for (let at: RawShape | undefined = raw; !constraints && at?.extends; ) {
      at = of.get(at.extends);
      constraints = at?.constraints;
    }
    const attributes = new Map([...attributesOf(raw, of)].map(([name, own]) => [name, attributeOf(name, own)]));
    if (raw.name === 'observable') {
      const typeId = attributes.get('type_id')!;
      attributes.set('type_id', { ...typeId, values: new Map([...typeId.values!, ...observables]) });
    }
    return {
      attributes,
      some: constraints?.at_least_one ? [constraints.at_least_one] : [],
      one: constraints?.just_one ? [constraints.just_one] : [],
    };
  }

  /** Types, objects and attributes that can be observables have a number each. */
  function observableTypes(): [string, string][] {
    const numbered = [
      ...Object.values(dictionary.types.attributes),
      ...Object.values(dictionary.attributes),
      ...rawObjects.values(),
    ].filter(({ observable }) => observable !== undefined);
    return numbered.map(({ observable, caption = '' }) => [String(observable), caption]);
  }

  function classOf(raw: RawShape): [number, EventClass] | undefined {
    const chain: RawShape[] = [];
    for (let at: RawShape | undefined = raw; at; at = at.extends === undefined ? undefined : rawEvents.get(at.extends))
      chain.push(at);
    const category = chain.map((each) => each.category).find((each) => each !== undefined && each !== 'other');
    if (raw.uid === undefined || category === undefined) return undefined;
    const { uid: categoryUid, caption: categoryName } = categories[category]!;
    const uid = categoryUid * 1000 + raw.uid;
    const shape = shapeOf(raw, rawEvents);
    const attributes = new Map(shape.attributes);
    const fixed = (name: string, value: number) =>
      attributes.set(name, { ...attributes.get(name)!, values: new Map([[String(value), '']]), caption: undefined });
    fixed('class_uid', uid);
    fixed('category_uid', categoryUid);
    const profiles = new Set(chain.flatMap((each) => each.profiles ?? []));
    return [uid, { ...shape, attributes, name: raw.caption ?? '', categoryUid, categoryName, profiles }];
  }

  return {
    version: read<{ version: string }>('version.json').version,
    classes: new Map([...rawEvents.values()].map(classOf).filter((each) => each !== undefined)),
    objects: new Map([...rawObjects].map(([name, raw]) => [name, shapeOf(raw, rawObjects)])),
    types: new Map(Object.keys(dictionary.types.attributes).map((name) => [name, scalarOf(name, dictionary.types.attributes)])),
  };
}

const JSON_OF: Readonly<Record<string, ScalarType['json']>> = {
  string_t: 'string',
  integer_t: 'integer',
  long_t: 'integer',
  float_t: 'number',
  boolean_t: 'boolean',
  json_t: 'any',
};

function scalarOf(name: string, types: Record<string, RawType>): ScalarType {
  const { type = name, regex, max_len, range } = types[name]!;
  return { json: JSON_OF[type] ?? 'any', regex: regex === undefined ? undefined : new RegExp(regex), longest: max_len, range };
}
