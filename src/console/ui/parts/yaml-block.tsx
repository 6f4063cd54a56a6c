// YAML with its keys, values and comments told apart, for reading.

import { visibleText } from '../../../engine/inventory/visible-text.ts';
import blocks from './code-block.module.css';
import { CopyButton } from './copy-button.tsx';
import classes from './yaml-block.module.css';
import { yamlTokens } from './yaml-tokens.ts';

export function YamlBlock({ text, label, height = 420 }: { text: string; label: string; height?: number | string }) {
  return (
    <div className={`${blocks.block} ${classes.place}`}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className={blocks.text} style={{ maxHeight: height }} tabIndex={0} aria-label={label}>
        <bdi className="untrusted">
          {yamlTokens(text).map((tokens, line) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other identity, and do not move
            <span key={line}>
              {tokens.map(({ kind, text: word }, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: neither have words
                <span key={at} className={classes[kind]}>
                  {visibleText(word)}
                </span>
              ))}
              {'\n'}
            </span>
          ))}
        </bdi>
      </section>
      <div className={blocks.copy}>
        <CopyButton text={text} />
      </div>
    </div>
  );
}
