import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { detectorsFromGitleaks } from '../../../src/engine/dlp/gitleaks.ts';
import { detectorSchema } from '../../../src/engine/dlp/schema.ts';

/** The same format as gitleaks', with rules of our own. */
const CONFIG = String.raw`
title = "ours"
[allowlist]
paths = ['''vendor/''']
regexes = ['''^example''']
[[allowlists]]
targetRules = ["Acme_Token"]
stopwords = ["sample.key", "demo"]
[[rules]]
id = "Acme_Token"
description = "An Acme token."
regex = '''\bacme_(?:live|test)_([a-z0-9]{20})\b'''
entropy = 3
keywords = ["acme_"]
tags = ["acme", "key"]
[[rules.allowlists]]
regexTarget = "line"
regexes = ['''fixture''']
[[rules.allowlists]]
condition = "AND"
regexes = ['''never''']
paths = ['''docs/''']
[[rules.allowlists]]
condition = "AND"
regexes = ['''both''']
stopwords = ["both"]
[[rules]]
id = "second-group"
description = "Says which group."
regex = '''(user|name)=([a-z]{8,})'''
secretGroup = 2
[rules.allowlist]
stopwords = ["nobody"]
[[rules]]
id = "several-groups"
description = "Does not say which."
regex = '''a=([0-9]{8})|b=([0-9]{8})'''
keywords = ["a=", "b="]
[[rules]]
id = "nested-groups"
description = "The outer one is the secret."
regex = '''[(\]](k(?:ey)?_(live|test)_[a-z]{4,8})'''
[[rules]]
id = "repeated-group"
description = "The group is a part that recurs."
regex = '''([a-f0-9]{4}-){3}[a-f0-9]{4}'''
[[rules]]
id = "in-certain-files"
description = "Only in PHP."
regex = '''secret_[a-z]{10}'''
path = '''\.php$'''
[[rules]]
id = "names-of-files"
description = "Looks at names alone."
path = '''\.p12$'''
[[rules]]
id = "look-ahead"
description = "Not RE2."
regex = '''key(?=x)'''
[[rules]]
id = "acme-token"
description = "Becomes the same id."
regex = '''acme'''
[[rules]]
id = "helper"
description = "Never reported."
regex = '''acme'''
skipReport = true
[[rules]]
id = "composed"
description = "Needs another."
regex = '''acme'''
[[rules.required]]
id = "helper"
`;

describe('a gitleaks configuration', () => {
  const { detectors, skipped, notes } = detectorsFromGitleaks(parse(CONFIG));
  const byId = (id: string) => detectors.find((detector) => detector.id === id);
  const group = (id: string) => byId(id)?.patterns?.[0]?.group;

  it('becomes detectors that the schema accepts, without samples that nobody has seen', () => {
    expect(detectors.map(({ id }) => id)).toEqual([
      'gitleaks-acme-token',
      'gitleaks-second-group',
      'gitleaks-several-groups',
      'gitleaks-nested-groups',
      'gitleaks-repeated-group',
      'gitleaks-in-certain-files',
    ]);
    for (const detector of detectors) {
      expect(detectorSchema.safeParse(detector).success).toBe(true);
      expect(detector).toMatchObject({ origin: 'gitleaks', family: 'credential', samples: { match: [], silent: [] } });
    }
  });

  it('keeps pattern, entropy, keywords, tags and what is allowed', () => {
    expect(byId('gitleaks-acme-token')).toMatchObject({
      title: 'Acme_Token',
      description: 'An Acme token. Tags: acme, key.',
      patterns: [{ regex: String.raw`\bacme_(?:live|test)_([a-z0-9]{20})\b`, group: 1, alone: 'medium' }],
      anchors: { literals: ['acme_'] },
      entropy: 3,
      allow: ['^example', String.raw`(?i)sample\.key|demo`],
    });
    expect(byId('gitleaks-second-group')).toMatchObject({ anchors: { none: true }, allow: ['^example', '(?i)nobody'] });
  });

  it('takes as secret the group that is named, else the only outermost one, else the whole match', () => {
    expect(group('gitleaks-second-group')).toBe(2);
    expect(group('gitleaks-several-groups')).toBe(0);
    expect(group('gitleaks-nested-groups')).toBe(1);
    expect(group('gitleaks-repeated-group')).toBe(0);
    expect(group('gitleaks-in-certain-files')).toBe(0);
  });

  it('says what was skipped and why', () => {
    expect(skipped).toEqual([
      { id: 'names-of-files', why: expect.stringContaining('names of files') },
      { id: 'look-ahead', why: expect.stringContaining('not valid RE2') },
      { id: 'acme-token', why: expect.stringContaining('gitleaks-acme-token already') },
      { id: 'helper', why: expect.stringContaining('never reported') },
      { id: 'composed', why: expect.stringContaining('needs other rules') },
    ]);
  });

  it('says what a detector does not take over', () => {
    expect(notes).toEqual([
      { id: 'Acme_Token', what: expect.stringContaining('whole line') },
      { id: 'Acme_Token', what: expect.stringContaining('at once') },
      { id: 'in-certain-files', what: expect.stringContaining('low confidence') },
    ]);
    expect(byId('gitleaks-in-certain-files')?.patterns?.[0]?.alone).toBe('low');
  });

  it('with thousands of stop words needs few patterns, none too long', () => {
    const stopwords = Array.from({ length: 2_000 }, (_, index) => `word${index}`);
    const rules = [{ id: 'generic', description: 'x', regex: 'key=([a-z0-9]+)', keywords: ['key'], allowlists: [{ stopwords }] }];
    const [detector] = detectorsFromGitleaks({ rules }).detectors;
    expect(detector?.allow.length).toBeLessThan(30);
    expect(Math.max(...detector!.allow.map((pattern) => pattern.length))).toBeLessThan(1_000);
    expect(detector?.allow.join('|').match(/word\d+/g)).toHaveLength(2_000);
  });

  it.each([[null], [[]], [{}], [{ rules: 'none' }], [{ rules: [5] }], [{ rules: [{ id: 5, regex: 5 }] }]])(
    'that is %j crashes nothing',
    (parsed) => {
      try {
        expect(detectorsFromGitleaks(parsed).detectors).toEqual([]);
      } catch (error) {
        expect((error as Error).message).toContain('[[rules]]');
      }
    },
  );
});
