// What kind of traffic something is: name, icon and colour, the same everywhere.

import { Badge, Tooltip } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import IconApiApp from '@tabler/icons-react/dist/esm/icons/IconApiApp.mjs';
import IconCircleDashed from '@tabler/icons-react/dist/esm/icons/IconCircleDashed.mjs';
import IconCloud from '@tabler/icons-react/dist/esm/icons/IconCloud.mjs';
import IconCompass from '@tabler/icons-react/dist/esm/icons/IconCompass.mjs';
import IconDoor from '@tabler/icons-react/dist/esm/icons/IconDoor.mjs';
import IconEyeOff from '@tabler/icons-react/dist/esm/icons/IconEyeOff.mjs';
import IconHelp from '@tabler/icons-react/dist/esm/icons/IconHelp.mjs';
import IconPackage from '@tabler/icons-react/dist/esm/icons/IconPackage.mjs';
import IconRosetteDiscountCheck from '@tabler/icons-react/dist/esm/icons/IconRosetteDiscountCheck.mjs';
import IconRouteAltLeft from '@tabler/icons-react/dist/esm/icons/IconRouteAltLeft.mjs';
import type { Traffic } from '../../../engine/verdict.ts';

/** In the order in which charts stack them: what is wanted at the bottom, what is not on top. */
export const TRAFFIC_ORDER: readonly Traffic[] = [
  'portal',
  'approved',
  'hosted',
  'attached',
  'discovery',
  'install',
  'suspect',
  'bypass',
  'shadow',
  'none',
];

export const TRAFFIC_WORDS: Readonly<Record<Traffic, { icon: Icon; meaning: string }>> = {
  portal: { icon: IconDoor, meaning: 'To an MCP portal of your own.' },
  approved: { icon: IconRosetteDiscountCheck, meaning: 'To an approved server, reached as its approval allows.' },
  bypass: { icon: IconRouteAltLeft, meaning: 'To an approved server that must go through the portal, reached directly.' },
  shadow: { icon: IconEyeOff, meaning: 'To an MCP server that nobody approved.' },
  hosted: { icon: IconCloud, meaning: 'A model provider was asked to call an MCP server from its own cloud.' },
  attached: { icon: IconApiApp, meaning: 'A model call whose tools show that MCP servers are attached to the client.' },
  discovery: { icon: IconCompass, meaning: 'Steps before an MCP session: sign-in, metadata, registries.' },
  install: { icon: IconPackage, meaning: 'A package with a local MCP server is being fetched.' },
  suspect: { icon: IconHelp, meaning: 'Weak signs of MCP only.' },
  none: { icon: IconCircleDashed, meaning: 'No MCP.' },
};

export function trafficColor(traffic: Traffic): string {
  return `var(--traffic-${traffic})`;
}

export function TrafficBadge({ traffic }: { traffic: Traffic }) {
  const { icon: Glyph, meaning } = TRAFFIC_WORDS[traffic];
  const color = trafficColor(traffic);
  return (
    <Tooltip label={meaning}>
      <Badge
        variant="default"
        px={7}
        leftSection={<Glyph size={14} color={color} stroke={2} aria-hidden />}
        style={{
          background: `color-mix(in srgb, ${color} 9%, transparent)`,
          borderColor: `color-mix(in srgb, ${color} 35%, transparent)`,
        }}
      >
        {traffic}
      </Badge>
    </Tooltip>
  );
}
