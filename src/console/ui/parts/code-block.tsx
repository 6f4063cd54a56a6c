// Text that keeps its lines: sources, commands, requests. From the network or not, it is shown as it is.

import { visibleText } from '../../../engine/inventory/visible-text.ts';
import classes from './code-block.module.css';
import { CopyButton } from './copy-button.tsx';

interface CodeBlockProps {
  text: string;
  /** Name for people who do not see it. */
  label: string;
  /** What the clipboard gets, if not the text itself; false for no button. */
  copy?: boolean;
}

export function CodeBlock({ text, label, copy = true }: CodeBlockProps) {
  return (
    <div className={classes.block}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className={classes.text} tabIndex={0} aria-label={label}>
        <pre>
          <bdi className="untrusted">{visibleText(text)}</bdi>
        </pre>
      </section>
      {copy && (
        <div className={classes.copy}>
          <CopyButton text={text} />
        </div>
      )}
    </div>
  );
}
