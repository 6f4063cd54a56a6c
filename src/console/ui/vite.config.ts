// How the console's page is bundled: hashed files, no external addresses, React in the first chunk, each page in a chunk of its own.
// `npx vite src/console/ui` serves it while it is worked on, with the API of an appliance on the usual port behind it.

import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const console = 'http://127.0.0.1:8081';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  // Replaced for each answer by the nonce that its Content-Security-Policy names (static.ts).
  html: { cspNonce: '{nonce}' },
  build: {
    outDir: join(import.meta.dirname, '../../../dist/console'),
    emptyOutDir: true,
    target: 'es2024',
    // A file inlined as data: would need an exception in the Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
    reportCompressedSize: false,
  },
  server: {
    proxy: { '/api': { target: console, ws: true }, '/openapi.json': console, '/docs': console },
  },
});
