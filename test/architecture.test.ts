// The dependency rule and the purity of the engine, as a test.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const EDGES = ['proxy', 'portal', 'gateway', 'access', 'store', 'sinks', 'console'];
const ENGINE_PACKAGES = ['zod', 're2js', '@marcbachmann/cel-js'];
/** Files that may know more than one edge: the composition root, its parts, and the commands. */
const COMPOSERS = /^src\/(app\.ts$|app\/|main\.ts$|cli\/)/;
const MAX_LINES = 400;
/** Rough, but enough to tell code from the words about it. */
const COMMENT = /\/\*[\s\S]*?\*\/|(?<![:'"`])\/\/[^\n]*/g;

interface Source {
  path: string;
  text: string;
  code: string;
  imports: string[];
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

function readSource(path: string): Source {
  const text = readFileSync(path, 'utf8');
  const found = text.matchAll(
    /^\s*(?:import|export)\s(?:[^'";]*?\sfrom\s)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm,
  );
  const imports = [...found]
    .map((match) => match[1] ?? match[2] ?? '')
    .map((target) => (target.startsWith('.') ? normalize(join(dirname(path), target)) : target));
  return { path, text, code: text.replace(COMMENT, ''), imports };
}

const sources = filesBelow('src')
  .filter((path) => /\.tsx?$/.test(path))
  .map(readSource);
const engine = sources.filter(({ path }) => path.startsWith('src/engine/'));
const edgeOf = (path: string): string | undefined => EDGES.find((edge) => path.startsWith(`src/${edge}/`));
const violations = (found: string[][]): string[] => found.flat();

describe('the dependency rule', () => {
  it('lets the engine import only itself and three packages', () => {
    const wrong = engine.map(({ path, imports }) =>
      imports
        .filter((target) => !target.startsWith('src/engine/') && !ENGINE_PACKAGES.includes(target))
        .map((target) => `${path} imports ${target}`),
    );
    expect(violations(wrong)).toEqual([]);
  });

  it('keeps edges apart', () => {
    const wrong = sources.map(({ path, imports }) => {
      const edge = edgeOf(path);
      return imports
        .filter((target) => edge !== undefined && edgeOf(target) !== undefined && edgeOf(target) !== edge)
        .map((target) => `${path} imports ${target}`);
    });
    expect(violations(wrong)).toEqual([]);
  });

  it('lets only the composition roots and cli/ know edges', () => {
    const wrong = sources
      .filter(({ path }) => edgeOf(path) === undefined && !COMPOSERS.test(path))
      .map(({ path, imports }) =>
        imports.filter((target) => edgeOf(target) !== undefined).map((target) => `${path} imports ${target}`),
      );
    expect(violations(wrong)).toEqual([]);
  });

  it('lets nobody but main.ts import cli/ and app.ts from below', () => {
    const wrong = sources
      .filter(({ path }) => !COMPOSERS.test(path))
      .map(({ path, imports }) =>
        imports
          .filter((target) => target.startsWith('src/cli/') || target === 'src/app.ts')
          .map((target) => `${path} imports ${target}`),
      );
    expect(violations(wrong)).toEqual([]);
  });

  it('lets only the demo import packages that npm ci --omit=dev leaves out', () => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, Record<string, string>>;
    const installed = { ...manifest.dependencies, ...manifest.optionalDependencies };
    const packageOf = (target: string) => target.split('/', target.startsWith('@') ? 2 : 1).join('/');
    const wrong = sources
      .filter(({ path }) => !path.startsWith('src/cli/demo'))
      .map(({ path, imports }) =>
        imports
          .filter((target) => !target.startsWith('src/') && !isBuiltin(target) && !Object.hasOwn(installed, packageOf(target)))
          .map((target) => `${path} imports ${target}`),
      );
    expect(violations(wrong)).toEqual([]);
  });

  it('names every imported file as it is, with its extension', () => {
    const known = new Set(sources.map(({ path }) => path));
    const wrong = sources.map(({ path, imports }) =>
      imports
        .filter((target) => target.startsWith('src/') && /\.[jt]sx?$/.test(target) && !known.has(target))
        .map((target) => `${path} imports ${target}`),
    );
    expect(violations(wrong)).toEqual([]);
  });
});

describe('the engine is pure', () => {
  const forbidden: [string, RegExp][] = [
    ['node modules', /['"]node:/],
    ['the clock', /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\b/],
    ['randomness', /\bMath\.random\b|\bcrypto\b/],
    ['the process', /\bprocess\b|\bglobalThis\b/],
    ['Buffer', /\bBuffer\b/],
    ['timers', /\bset(Timeout|Interval|Immediate)\b|\bqueueMicrotask\b/],
    ['the console', /\bconsole\s*\./],
    ['the network', /\bfetch\s*\(|\bWebSocket\s*\(|\bXMLHttpRequest\b/],
    ['promises', /\basync\b|\bawait\b|\bnew Promise\b/],
    ['code from text', /\beval\s*\(|\bnew Function\b/],
  ];

  it.each(forbidden)('it does not touch %s', (_what, pattern) => {
    const wrong = engine.flatMap(({ path, code }) => {
      const found = pattern.exec(withoutTexts(code, pattern));
      return found === null ? [] : [`${path}: ${found[0]}`];
    });
    expect(wrong).toEqual([]);
  });

  /** Words inside texts and patterns are no code; module names are. */
  function withoutTexts(code: string, pattern: RegExp): string {
    if (pattern.source.includes('node:')) return code;
    return code
      .replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''")
      .replace(/(?<=[(=,:[!&|?{};]\s*|return\s+)\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/g, '/_/')
      .replace(/`(?:[^`\\$]|\\.|\$(?!\{))*`/g, '``');
  }
});

describe('the house style', () => {
  it(`keeps source files below ${MAX_LINES} lines`, () => {
    const long = sources
      .map(({ path, text }) => ({ path, lines: text.split('\n').length }))
      .filter(({ lines }) => lines > MAX_LINES + 1);
    expect(long).toEqual([]);
  });

  it('keeps rule files below sixty lines', () => {
    const long = filesBelow('rules/mcp').filter((path) => readFileSync(path, 'utf8').trimEnd().split('\n').length > 60);
    expect(long).toEqual([]);
  });

  it('does not cast to any, and silences no check of types', () => {
    const wrong = sources.filter(({ text }) =>
      /\bas any\b|[:<,(]\s*any\b\s*[>,)=;[]|@ts-(ignore|expect-error|nocheck)/.test(text.replace(/'[^'\n]*'/g, '')),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('names files after what they hold, and starts each with what it decides', () => {
    const vague = sources.filter(({ path }) => /(^|[/-])(utils?|helpers?|manager|service|common|misc)\.tsx?$/.test(path));
    expect(vague.map(({ path }) => path)).toEqual([]);
    const headless = sources.filter(({ text, path }) => !/^(#![^\n]*\n)?\/[/*]/.test(text) && !path.endsWith('.d.ts'));
    expect(headless.map(({ path }) => path)).toEqual([]);
  });
});

it('the lock file names the packages of every platform, so that npm ci works on each', () => {
  // npm leaves packages of other platforms out when it adds a dependency, and npm ci then refuses the whole file.
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { optionalDependencies?: Record<string, string> }>;
  };
  const locked = new Set(Object.keys(lock.packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 13)));
  const wanted = Object.values(lock.packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
  expect(wanted.filter((name) => !locked.has(name))).toEqual([]);
});
