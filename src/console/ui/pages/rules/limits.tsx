// For whom and when a line of policy counts, with dates that stay in one piece.

import { Fragment } from 'react';
import { Untrusted } from '../../parts/untrusted.tsx';

export function Limits({ parts }: { parts: readonly string[] }) {
  return parts.map((part, at) => (
    <Fragment key={part}>
      {' '}
      <span style={{ display: 'inline-block', maxWidth: '100%' }}>
        <Untrusted text={part} />
        {at < parts.length - 1 && ','}
      </span>
    </Fragment>
  ));
}
