import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { firstPageBudget } from './build/firstPageBudget.ts';

// In development the UI runs on Vite's server and everything else on a running stack (LCM_URL).
const backend = process.env.LCM_URL ?? 'http://127.0.0.1:8020';

export default defineConfig({
  plugins: [react(), firstPageBudget(250_000)],
  build: { target: 'es2022', chunkSizeWarningLimit: 900 },
  server: { proxy: { '/api': backend, '/auth': backend } },
  test: { environment: 'jsdom', setupFiles: ['src/test/setup.ts'], css: false },
});
