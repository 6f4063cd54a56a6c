// Options of the sink that writes to the standard output of `daylight start`, for containers whose platform collects it.

import { z } from 'zod';

export const stdoutOptions = z.strictObject({
  type: z.literal('stdout'),
  format: z.enum(['ocsf', 'native', 'ecs', 'cef', 'leef']).default('ocsf'),
});
