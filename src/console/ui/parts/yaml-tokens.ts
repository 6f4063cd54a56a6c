// Cuts YAML into words that are shown in colours: keys, texts, numbers and flags, comments. A simple reading, line by line; what it does not
// understand stays plain, and the pieces joined are always the text itself.

export type YamlKind = 'plain' | 'key' | 'text' | 'atom' | 'comment' | 'mark';

export interface YamlToken {
  kind: YamlKind;
  text: string;
}

const KEY =
  /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#:{}[\],&*!|>'"%@`-][^:#{}[\],]*|-[^\s:#{}[\],][^:#{}[\],]*)(?=\s*:(?:\s|$))/;
const QUOTED = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')/;
const ATOM = /^(?:true|false|null|~|[-+]?\d[\d_.eE+-]*)(?=\s*(?:$|[,}\]]|\s#))/;
const BLOCK = /:\s*[|>][-+\d]*\s*$|^\s*-\s*[|>][-+\d]*\s*$/;

/** One list of tokens a line. */
export function yamlTokens(source: string): YamlToken[][] {
  const lines = source.split('\n');
  let block = -1;
  return lines.map((line) => {
    const indent = line.search(/\S/);
    if (block >= 0 && (indent > block || indent < 0)) return line === '' ? [] : [{ kind: 'text', text: line }];
    block = BLOCK.test(withoutComment(line)) ? indent : -1;
    return tokensOf(line);
  });
}

function tokensOf(line: string): YamlToken[] {
  const tokens: YamlToken[] = [];
  let rest = line;
  let isStart = true;
  const take = (kind: YamlKind, length: number): void => {
    const text = rest.slice(0, length);
    const last = tokens.at(-1);
    if (last?.kind === kind) last.text += text;
    else tokens.push({ kind, text });
    rest = rest.slice(length);
  };
  while (rest !== '') {
    const space = /^\s+/.exec(rest)?.[0].length ?? 0;
    if (space > 0) take('plain', space);
    else if (rest.startsWith('#') && (tokens.length === 0 || /\s$/.test(tokens.at(-1)?.text ?? ''))) take('comment', rest.length);
    else if (isStart && /^-(\s|$)/.test(rest)) take('mark', 1);
    else if (/^[{}[\],]/.test(rest)) {
      take('mark', 1);
      isStart = true;
    } else {
      const key = isStart ? KEY.exec(rest)?.[0] : undefined;
      if (key !== undefined) {
        take('key', key.length);
        take('mark', rest.indexOf(':') + 1);
      } else if (QUOTED.test(rest)) take('text', QUOTED.exec(rest)![0].length);
      else if (ATOM.test(rest)) take('atom', ATOM.exec(rest)![0].length);
      else take('text', /^.+?(?=\s+#|[,{}[\]]|$)/.exec(rest)?.[0].length ?? rest.length);
      isStart = false;
    }
  }
  return tokens;
}

function withoutComment(line: string): string {
  return line.replace(/(^|\s)#.*$/, '');
}
