// What an entry weighs in a page: minified and gzipped, with all dependencies but React. Fails over the budget (sizes in 1,000 bytes).
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const src = fileURLToPath(new URL('../src/', import.meta.url));
const client = fileURLToPath(new URL('../../client/src/index.ts', import.meta.url));
const react = ['react', 'react-dom', 'react/jsx-runtime', 'react-dom/client'];
const budgets = [
  { entry: 'index.ts', kB: 8, external: [...react, '@workconnect/chat-client'], what: 'hooks, without the client' },
  { entry: 'ui.ts', kB: 60, external: react, what: 'all components, with the client' },
];

let failed = false;
for (const { entry, kB, external, what } of budgets) {
  const { outputFiles } = await build({
    stdin: { contents: `export * from './${entry}'; export * from './index.ts'; ${entry === 'ui.ts' ? "export { createChatClient } from '@workconnect/chat-client';" : ''}`, resolveDir: src, loader: 'ts' },
    bundle: true, minify: true, splitting: true, format: 'esm', jsx: 'automatic', write: false, outdir: 'out', external, target: 'es2022', logLevel: 'error',
    ...(external.includes('@workconnect/chat-client') ? {} : { alias: { '@workconnect/chat-client': client } }),
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  // Chunks that only a dynamic import names are loaded later, if at all.
  const byName = new Map(outputFiles.map((file) => [file.path.split('/').at(-1), file]));
  const first = outputFiles.find((file) => file.path.endsWith('stdin.js'));
  const loaded = new Set();
  const load = (file) => {
    if (!file || loaded.has(file)) return;
    loaded.add(file);
    for (const [, name] of file.text.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) load(byName.get(name));
  };
  load(first);
  const bytes = [...loaded].reduce((sum, file) => sum + gzipSync(file.contents, { level: 9 }).length, 0);
  const over = bytes > kB * 1000;
  failed ||= over;
  console.log(`${what}: ${(bytes / 1000).toFixed(1)} kB of ${kB}${over ? ' – too much' : ''}`);
}
if (failed) process.exit(1);
