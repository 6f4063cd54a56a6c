// Text that came from the network: servers, clients, people. It is shown as text, never as markup or a link; control characters and marks
// of direction are written out; it keeps to its own direction of writing, so that it cannot reorder what stands beside it.

import { visibleText } from '../../../engine/inventory/visible-text.ts';

interface UntrustedProps {
  text: string;
  /** In the font of code. */
  mono?: boolean;
  /** One line, cut at the end; the whole text on hover. */
  cut?: boolean;
}

export function Untrusted({ text, mono, cut }: UntrustedProps) {
  const shown = visibleText(text);
  const name = `untrusted${mono ? ' mono' : ''}${cut ? ' cut' : ''}`;
  return (
    <bdi className={name} title={cut ? shown : undefined}>
      {shown}
    </bdi>
  );
}
