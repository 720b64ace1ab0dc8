// Serves playground/ for looking at the components: `node scripts/playground.mjs [port]`.
import { copyFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { context } from 'esbuild';
import './styles.mjs';

const here = fileURLToPath(new URL('../', import.meta.url));
const out = `${here}playground/dist/`;
mkdirSync(out, { recursive: true });
for (const name of ['index.html', 'page.css']) copyFileSync(`${here}playground/${name}`, out + name);
copyFileSync(`${here}dist/styles.css`, `${out}styles.css`);
const build = await context({
  entryPoints: [`${here}playground/main.tsx`], outdir: out, bundle: true, splitting: true, format: 'esm', jsx: 'automatic', sourcemap: true,
  alias: { '@workconnect/chat-client': fileURLToPath(new URL('../../client/src/index.ts', import.meta.url)) },
  define: { 'process.env.NODE_ENV': '"production"' },
});
await build.rebuild();
const { port } = await build.serve({ servedir: out, host: '127.0.0.1', port: Number(process.argv[2] ?? 5199) });
console.log(`http://127.0.0.1:${port}/`);
