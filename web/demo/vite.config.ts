/** How the page is built, and served while it is worked on: with the API and a gateway that run beside it. */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compress } from './scripts/compress.ts';

const api = process.env['API_URL'] ?? 'http://127.0.0.1:8000';

export default defineConfig({
  plugins: [react(), compress()],
  // The policy lets no file be a `data:` script or style, and names with a hash are kept for ever.
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false }, target: 'es2022', chunkSizeWarningLimit: 400 },
  server: {
    port: 5173,
    // As the API's own page: the origin of requests is the one that is let in.
    proxy: {
      '/api': { target: api, changeOrigin: true, headers: { origin: api } },
      '/web-config.json': { target: api, changeOrigin: true },
    },
  },
});
