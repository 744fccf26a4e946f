import { gzipSync } from 'node:zlib';
import type { Plugin, Rollup } from 'vite';

/**
 * Fails the build when a page needs more than *limit* bytes of gzipped JavaScript before it shows anything: the entry,
 * the page's own module, and all that either imports at once. What is loaded later does not count.
 */
export function firstPageBudget(limit: number): Plugin {
  return {
    name: 'first-page-budget',
    apply: 'build',
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((each): each is Rollup.OutputChunk => each.type === 'chunk');
      const entry = chunks.find((chunk) => chunk.isEntry);
      if (!entry) return this.error('The build has no entry');
      const byFile = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
      const sizes = new Map(chunks.map((chunk) => [chunk.fileName, gzipSync(chunk.code).length]));
      const pages = chunks.filter((chunk) => chunk.facadeModuleId?.endsWith('Page.tsx'));
      const measured = pages.map((page) => ({ page: page.name, bytes: weight([entry, page], byFile, sizes) }));
      const heaviest = measured.reduce((most, each) => (each.bytes > most.bytes ? each : most), { page: entry.name, bytes: weight([entry], byFile, sizes) });
      const told = `first page: ${kb(heaviest.bytes)} of ${kb(limit)} gzip (${heaviest.page})`;
      if (heaviest.bytes > limit) this.error(`Too much JavaScript for the ${told}. Load what is not seen at first later.`);
      console.log(told); // at the log level of the build the plugin's own info is not shown
    },
  };
}

function weight(roots: Rollup.OutputChunk[], byFile: Map<string, Rollup.OutputChunk>, sizes: Map<string, number>): number {
  const needed = new Set<string>();
  const visit = (file: string) => {
    if (needed.has(file)) return;
    needed.add(file);
    byFile.get(file)?.imports.forEach(visit);
  };
  roots.forEach((root) => visit(root.fileName));
  return [...needed].reduce((sum, file) => sum + (sizes.get(file) ?? 0), 0);
}

function kb(bytes: number): string {
  return `${Math.round(bytes / 1000)} kB`;
}
