// Icons are imported one by one: the package's index would make the bundler read six thousand files. Those files bring no types.

declare module '@tabler/icons-react/dist/esm/icons/*.mjs' {
  import type { Icon } from '@tabler/icons-react';

  const icon: Icon;
  export default icon;
}
