// Keeps a fault of one page from taking the whole console away.

import { Component, type ReactNode } from 'react';
import { ErrorState } from '../parts/error-state.tsx';

export class Fence extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: undefined as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return <ErrorState error={error} retry={() => location.reload()} />;
  }
}
