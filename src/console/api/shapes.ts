// What the API sends and takes: the routes check and describe themselves with these, the console's page imports the types alone.

export * from './shapes/coverage.ts';
export * from './shapes/dlp.ts';
export * from './shapes/events.ts';
export * from './shapes/overview.ts';
export * from './shapes/paging.ts';
export * from './shapes/policy.ts';
export * from './shapes/rules.ts';
export * from './shapes/servers.ts';
export * from './shapes/session.ts';
export * from './shapes/sinks.ts';
