// From one thing back to the list that it is in.

import { Button } from '@mantine/core';
import IconArrowLeft from '@tabler/icons-react/dist/esm/icons/IconArrowLeft.mjs';

/** @param list words, e.g. `All rules` */
export function WayBack({ list, onClick }: { list: string; onClick: () => void }) {
  return (
    <Button
      variant="subtle"
      color="gray"
      size="compact-sm"
      mb={6}
      leftSection={<IconArrowLeft size={15} aria-hidden />}
      onClick={onClick}
    >
      {list}
    </Button>
  );
}
