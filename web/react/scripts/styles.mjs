// Makes dist/styles.css: every file of src/styles/, tokens and base first, all in one layer, so that a page's own rules win.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';

const styles = fileURLToPath(new URL('../src/styles/', import.meta.url));
const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const first = ['tokens.css', 'base.css'];
const rest = readdirSync(styles).filter((name) => name.endsWith('.css') && !first.includes(name)).sort();
const all = [...first, ...rest].map((name) => readFileSync(styles + name, 'utf8')).join('\n');
const { code, warnings } = await transform(`@layer chat {\n${all}\n}`, { loader: 'css', minify: true });
if (warnings.length > 0) throw new Error(warnings.map((warning) => warning.text).join('\n'));
mkdirSync(dist, { recursive: true });
writeFileSync(dist + 'styles.css', code);
