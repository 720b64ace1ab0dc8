// How much a page loads for the client: bundled with all of its dependencies and minified by Rolldown, as Vite builds the page, then gzip -9.
// At once: what connects, lists, opens, sends and receives, with the outbox. Later: what is asked for once the connection stands (edits,
// reactions, typing, presence, searches, gaps in the log), with the first upload, and for IndexedDB. React is nowhere in it.
import { gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

// 12 kB at once.
const LIMITS = { 'at once': 12 * 1024, later: 4_200 };

const bundle = await rolldown({ input: fileURLToPath(new URL('../dist/index.js', import.meta.url)) });
const { output } = await bundle.generate({ format: 'es', minify: true, comments: false });

const foreign = output.flatMap(({ moduleIds = [] }) => moduleIds).filter((name) => name.includes('node_modules'));
if (foreign.length > 0) throw new Error(`Not expected in the client: ${foreign.join(', ')}`);

const atOnce = new Set();
const visit = (name) => {
  if (atOnce.has(name)) return;
  atOnce.add(name);
  for (const one of output.find(({ fileName }) => fileName === name).imports) visit(one);
};
visit(output.find(({ isEntry }) => isEntry).fileName);

const sizes = { 'at once': 0, later: 0 };
for (const { fileName, code } of output) sizes[atOnce.has(fileName) ? 'at once' : 'later'] += gzipSync(code, { level: 9 }).length;
for (const [when, bytes] of Object.entries(sizes)) {
  console.log(`client, ${when}: ${bytes} of ${LIMITS[when]} bytes`);
  if (bytes > LIMITS[when]) process.exitCode = 1;
}
