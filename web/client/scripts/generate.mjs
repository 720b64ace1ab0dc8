// Writes src/generated/ from docs/openapi.json and schemas/v1/; with --check only says whether it is fresh.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { compile } from 'json-schema-to-typescript';
import openapi, { astToString } from 'openapi-typescript';

const root = new URL('../../../', import.meta.url);
const target = new URL('../src/generated/', import.meta.url);

async function frames(name) {
  const schema = JSON.parse(await readFile(new URL(`schemas/v1/${name}.json`, root), 'utf8'));
  const options = { additionalProperties: false, format: false, bannerComment: `/* Generated from schemas/v1/${name}.json: \`npm run generate\`. */` };
  return compile(schema, schema.title, options);
}

async function rest() {
  const document = JSON.parse(await readFile(new URL('docs/openapi.json', root), 'utf8'));
  const text = astToString(await openapi(document, { rootTypes: true, rootTypesNoSchemaPrefix: true, emptyObjectsUnknown: true }));
  return `/* Generated from docs/openapi.json: \`npm run generate\`. */\n${text}`;
}

const files = {
  'rest.ts': await rest(),
  'serverFrame.ts': await frames('server_frame'),
  'clientFrame.ts': await frames('client_frame'),
};

if (process.argv.includes('--check')) {
  for (const [name, text] of Object.entries(files)) {
    const there = await readFile(new URL(name, target), 'utf8').catch(() => '');
    if (there !== text) throw new Error(`src/generated/${name} is stale: npm run generate -w client`);
  }
} else {
  await mkdir(target, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(new URL(name, target), text);
  console.log(fileURLToPath(target));
}
