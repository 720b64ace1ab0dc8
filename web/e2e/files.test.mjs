/** Pictures and voice: sent from the page, shown to the other side. */
import assert from 'node:assert/strict';
import { crc32, deflateSync } from 'node:zlib';
import { Chat } from './chat.mjs';
import { pair, say } from './people.mjs';
import { story } from './story.mjs';

/** A PNG of one colour, of this many points. */
function png(width, height) {
  const chunk = (type, data) => {
    const named = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(named));
    return Buffer.concat([length, named, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2], 8);
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(3 * width, 0x7f)]);
  const points = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)));
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', head), chunk('IDAT', points), chunk('IEND', Buffer.alloc(0))]);
}

async function bothAt(at) {
  const { people: [ada, ben], conversation } = await pair();
  await say(ben, conversation, 'Show me');
  const [adas, bens] = [await at(ada, `/inbox/${conversation}`), await at(ben, `/inbox/${conversation}`)];
  return { adas, bens, hers: await new Chat(adas.page).ready(), his: await new Chat(bens.page).ready() };
}

story('a picture is uploaded, shown to the other side, and opened large', async ({ at }) => {
  const { adas, bens, hers, his } = await bothAt(at);
  const choosing = adas.page.waitForEvent('filechooser');
  await adas.page.getByRole('button', { name: 'Attach files' }).click();
  await (await choosing).setFiles({ name: 'plan.png', mimeType: 'image/png', buffer: png(640, 360) });
  await hers.input.fill('This is the plan');
  await adas.page.getByRole('button', { name: 'Send', exact: true }).click();
  const picture = his.saying('This is the plan').getByRole('button', { name: 'Open picture plan.png' });
  await picture.click();
  const box = bens.page.getByRole('dialog', { name: /plan\.png/ });
  const image = box.getByRole('img', { name: /plan\.png/ });
  await image.waitFor();
  assert.equal(await image.evaluate((shown) => shown.decode().then(() => shown.naturalWidth)), 640);
  await bens.page.keyboard.press('Escape');
  await box.waitFor({ state: 'detached' });
  assert.ok(await picture.evaluate((button) => document.activeElement === button));
});

story('a voice message is recorded, and played by the other side', async ({ at }) => {
  const { adas, bens } = await bothAt(at);
  await adas.page.getByRole('button', { name: 'Record a voice message' }).click();
  await adas.page.getByText('0:02', { exact: true }).waitFor();
  await adas.page.getByRole('button', { name: 'Send the recording' }).click();
  await bens.page.getByRole('button', { name: /^Play voice message/ }).click();
  await bens.page.getByRole('button', { name: 'Pause voice message' }).waitFor();
  await bens.page.getByRole('slider', { name: 'Position in the voice message' }).waitFor();
});
