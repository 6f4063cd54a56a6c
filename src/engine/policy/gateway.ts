// Through which gateway of policy a call to a model API went: the most specific URL that covers its place, else the first host that
// fits.

import type { Flow } from '../flow.ts';
import { compileHostPattern } from '../url.ts';
import { lengthOf, placesOf } from './approval.ts';
import { covers, type Place, placeOf } from './origin.ts';
import type { Gateway } from './schema.ts';

/** @returns undefined for a call that went to the provider directly. */
export type GatewayOf = (flow: Flow) => { name: string; provider: string } | undefined;

export function compileGateways(gateways: readonly Gateway[]): GatewayOf {
  const byPlace: { place: Place; source: Gateway }[] = [];
  const byHost: { fits: (host: string) => boolean; source: Gateway }[] = [];
  for (const source of gateways) {
    if (source.url !== undefined) byPlace.push({ place: placeOf(source.url), source });
    else if (source.host !== undefined) byHost.push({ fits: compileHostPattern(source.host), source });
  }
  byPlace.sort((a, b) => lengthOf(b.place) - lengthOf(a.place));
  return (flow) => {
    if (gateways.length === 0) return undefined;
    const places = placesOf(flow);
    const found =
      byPlace.find(({ place }) => places.some((each) => covers(place, each))) ??
      byHost.find(({ fits }) => fits(flow.server.host));
    return found && { name: found.source.name, provider: found.source.provider ?? '' };
  };
}
