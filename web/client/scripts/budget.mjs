// How much a page loads for the client: bundled with all of its dependencies by esbuild, minified, gzip -9. What is loaded later, with the
// first upload or for IndexedDB, is counted by itself. React is nowhere in it.
import { gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const LIMITS = { 'at once': 14_400, later: 1_800 };

const { outputFiles, metafile } = await build({
  entryPoints: [fileURLToPath(new URL('../dist/index.js', import.meta.url))],
  bundle: true,
  minify: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  outdir: 'out',
  write: false,
  metafile: true,
});

const foreign = Object.keys(metafile.inputs).filter((name) => name.includes('node_modules'));
if (foreign.length > 0) throw new Error(`Not expected in the client: ${foreign.join(', ')}`);

const outputs = Object.entries(metafile.outputs);
const [entry] = outputs.find(([, output]) => output.entryPoint?.endsWith('/index.js') || output.entryPoint === 'dist/index.js');
const atOnce = new Set();
const visit = (name) => {
  if (atOnce.has(name)) return;
  atOnce.add(name);
  for (const { path, kind } of metafile.outputs[name].imports) if (kind === 'import-statement') visit(path);
};
visit(entry);

const sizes = { 'at once': 0, later: 0 };
for (const { path, contents } of outputFiles) {
  const name = outputs.map(([one]) => one).find((one) => path.endsWith(one.split('/').at(-1)));
  sizes[atOnce.has(name) ? 'at once' : 'later'] += gzipSync(contents, { level: 9 }).length;
}
for (const [when, bytes] of Object.entries(sizes)) {
  console.log(`client, ${when}: ${bytes} of ${LIMITS[when]} bytes`);
  if (bytes > LIMITS[when]) process.exitCode = 1;
}
