// Text of a table's cell on at most two lines; the whole of it on hover.

import { visibleText } from '../../../engine/inventory/visible-text.ts';
import classes from './two-lines.module.css';

export function TwoLines({ text }: { text: string }) {
  const shown = visibleText(text);
  return (
    <bdi className={`untrusted ${classes.two}`} title={shown}>
      {shown}
    </bdi>
  );
}
