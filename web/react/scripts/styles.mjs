// Makes dist/styles.css: every file of src/styles/, tokens and base first, all in one layer, so that a page's own rules win.
// Tokens are written with light-dark() and given out as one set for each theme: tools that replace light-dark() for older browsers
// do so where color-scheme is set, which is further down than where tokens are.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';

const styles = fileURLToPath(new URL('../src/styles/', import.meta.url));
const dist = fileURLToPath(new URL('../dist/', import.meta.url));

/** `css` with each light-dark(a, b) replaced by the `index`th of the two. */
function pick(css, index) {
  const start = css.indexOf('light-dark(');
  if (start < 0) return css;
  const parts = [''];
  let depth = 1;
  let at = start + 'light-dark('.length;
  for (; depth > 0; at += 1) {
    const sign = css[at];
    if (sign === '(') depth += 1;
    if (sign === ')') depth -= 1;
    if (depth === 1 && sign === ',') parts.push('');
    else if (depth > 0) parts[parts.length - 1] += sign;
  }
  return css.slice(0, start) + parts[index].trim() + pick(css.slice(at), index);
}

/** The tokens as sets: the light one everywhere, the dark one where it is asked for by the page or by the system. */
function themed(css) {
  const block = css.slice(css.indexOf('{') + 1, css.indexOf('}'));
  const colours = block.split(';').filter((line) => line.includes('light-dark(')).join(';');
  const dark = pick(colours, 1);
  return `${pick(css, 0)}
[data-theme="light"] { ${pick(colours, 0)} }
[data-theme="dark"] { ${dark} }
@media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) { ${dark} } }`;
}

const first = ['tokens.css', 'base.css'];
const rest = readdirSync(styles).filter((name) => name.endsWith('.css') && !first.includes(name)).sort();
const texts = [...first, ...rest].map((name) => [name, readFileSync(styles + name, 'utf8')]);
const all = texts.map(([name, css]) => name === 'tokens.css' ? themed(css) : css).join('\n');
const { code, warnings } = await transform(`@layer chat {\n${all}\n}`, { loader: 'css', minify: true });
if (warnings.length > 0) throw new Error(warnings.map((warning) => warning.text).join('\n'));
mkdirSync(dist, { recursive: true });
writeFileSync(dist + 'styles.css', code);
