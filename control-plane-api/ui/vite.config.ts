import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { firstPageBudget } from './build/firstPageBudget.ts';

// In development the UI runs on Vite's server and everything else on a running stack (LCM_URL).
const backend = process.env.LCM_URL ?? 'http://127.0.0.1:8020';

const IN_A_BROWSER = ['src/live/connection.test.ts'];

export default defineConfig({
  plugins: [react(), firstPageBudget(250_000)],
  build: { target: 'es2022', chunkSizeWarningLimit: 900 },
  server: { proxy: { '/api': backend, '/auth': backend } },
  test: {
    css: false,
    // What is computed needs no browser; to make one for each file would take most of the time.
    projects: [
      { extends: true, test: { name: 'logic', environment: 'node', include: ['src/**/*.test.ts'], exclude: IN_A_BROWSER } },
      { extends: true, test: { name: 'pages', environment: 'jsdom', include: ['src/**/*.test.tsx', ...IN_A_BROWSER], setupFiles: ['src/test/setup.ts'] } },
    ],
  },
});
