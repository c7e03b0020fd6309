// Use the search page as a person does, in Chromium: node search.mjs FOLDER [SHOTS]
// FOLDER is what search.py wrote, and is served by `uec serve`; SHOTS is a folder for screenshots.
// Prints what was seen, a line for each check; exit status 1 if one failed.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [folder, shots] = process.argv.slice(2);
async function serve(...args) {
  const server = spawn('uec', ['serve', join(folder, 'export'), ...args, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise((found, fail) => {
    server.stdout.on('data', o => { const address = String(o).match(/http:\S+/); if (address) found(address[0]); });
    server.on('exit', status => fail(new Error(`uec serve ended with status ${status}`)));
  });
  return { server, url };
}
const { server, url } = await serve(join(folder, 'index.parquet'));
const profile = mkdtempSync(join(tmpdir(), 'search-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium', headless: true, viewport: { width: 1180, height: 860 }, colorScheme: 'light',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const page = context.pages()[0] || await context.newPage();
const heard = [], asked = [];
page.on('console', o => { if (['error', 'warning'].includes(o.type())) heard.push(o.text()); });
page.on('pageerror', o => heard.push(o.message));
page.on('request', o => asked.push(o.url()));

let passed = 0, failed = 0;
async function check(name, test) {
  let seen;
  try { seen = await test(); } catch (error) { failed++; console.log(`FAIL ${name}: ${error.message.split('\n')[0]}`); return; }
  passed++;
  console.log(`ok   ${name}${seen === undefined ? '' : `: ${seen}`}`);
}
function equal(a, b) { if (JSON.stringify(a) !== JSON.stringify(b)) throw new Error(`found ${JSON.stringify(a)}, expected ${JSON.stringify(b)}`); }
const status = () => page.textContent('#status');
const labels = () => page.locator('.card .label').allTextContents();
const answered = () => page.waitForFunction(() => /neighbours? in/.test(document.getElementById('status').textContent));
const shoot = async name => { if (shots) { await page.waitForTimeout(250); await page.screenshot({ path: join(shots, `${name}.png`) }); } };  // after the page's transitions

const health = await (await fetch(`${url}/api/health`)).json();
const row = 7, picture = Buffer.from(await (await fetch(`${url}/api/thumbnail/${row}`)).arrayBuffer());
const upload = { name: 'photo.webp', mimeType: 'image/webp', buffer: picture };

await check('the page opens and offers images to begin with', async () => {
  const start = performance.now();
  await page.goto(url);
  await page.waitForSelector('.card');
  equal(await page.locator('.card').count(), 12);
  return `${Math.round(performance.now() - start)} ms, ${await page.textContent('#about')}`;
});
await page.waitForFunction(() => [...document.images].every(o => o.hidden || o.complete));
await shoot('begin');
await check('an uploaded file is searched', async () => {
  await page.setInputFiles('#file', upload);
  await answered();
  equal(await page.locator('.card').count(), 12);
  equal(await page.locator('#query').evaluate(o => o.complete && o.naturalWidth > 0), true);
  return await status();
});
const byFile = await labels();
await shoot('uploaded');
async function hand(kind) {  // a drop, or a paste, of the same file, anywhere on the page
  await page.reload();
  await page.waitForSelector('.card');
  await page.evaluate(([kind, bytes]) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(bytes)], 'photo.webp', { type: 'image/webp' }));
    document.body.dispatchEvent(kind === 'drop' ? new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data }) : new ClipboardEvent('paste', { bubbles: true, clipboardData: data }));
  }, [kind, [...picture]]);
  await answered();
  equal(await labels(), byFile);
}
await check('a dropped file gives the same neighbours', () => hand('drop'));
await check('so does a pasted one', () => hand('paste'));
await check('more neighbours are shown when asked for', async () => {
  await page.selectOption('#k', '24');
  await page.waitForFunction(() => document.querySelectorAll('.card').length === 24);
  equal((await labels()).slice(0, 12), byFile);
  await page.selectOption('#k', '12');
  await page.waitForFunction(() => document.querySelectorAll('.card').length === 12);
});
await check('distances grow', async () => {
  const d = (await page.locator('.card .distance').allTextContents()).map(Number);
  equal(d, [...d].sort((a, b) => a - b));
  return `${d[0]} to ${d.at(-1)}`;
});
await check('a neighbour is searched by', async () => {
  const name = (await labels())[3];
  await page.locator('.card').nth(3).click();
  await page.waitForFunction(() => location.search.startsWith('?row='));
  await answered();
  if (!(await page.textContent('#asked')).startsWith(name)) throw new Error(`the query is not ${name}`);
  return `${name}, ${await status()}`;
});
await shoot('neighbour');
await check('going back and reloading show what the address says', async () => {
  const here = await labels();
  await page.reload();
  await answered();
  equal(await labels(), here);
  await page.goBack();
  await page.waitForFunction(() => document.getElementById('title').textContent.startsWith('Or begin'));
});
await check('all of it works from the keyboard', async () => {
  await page.goto(url);
  await page.waitForSelector('.card');
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.className);
  const way = [];
  for (let i = 0; i < 4; i++) { await page.keyboard.press('Tab'); way.push(await focused()); }
  equal(way.slice(1), ['file', 'k', 'card']);
  const place = () => page.evaluate(() => [...document.querySelectorAll('.card')].indexOf(document.activeElement));
  await page.keyboard.press('ArrowRight'); equal(await place(), 1);
  const columns = await page.evaluate(() => getComputedStyle(document.getElementById('found')).gridTemplateColumns.split(' ').length);
  await page.keyboard.press('ArrowDown'); equal(await place(), 1 + columns);
  await page.keyboard.press('Enter');
  await answered();
  await page.waitForFunction(() => document.activeElement.className === 'card');
  return `${columns} columns`;
});
await shoot('keyboard');
await check('a mistake is told, and the next search clears it', async () => {
  const before = heard.length;
  await page.setInputFiles('#file', { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no image') });
  await page.waitForSelector('#error:not([hidden])');
  const said = await page.textContent('#error');
  if (!said.startsWith('The image: is not a readable image')) throw new Error(said);
  equal(await page.isVisible('#query'), false);  // no broken picture
  await shoot('mistake');
  heard.splice(before, heard.length, ...heard.slice(before).filter(o => !/status of 415/.test(o)));  // Chromium logs any refused request
  await page.setInputFiles('#file', upload);
  await answered();
  equal(await page.isHidden('#error'), true);
  return said;
});
for (const [name, width, height, colorScheme] of [['dark', 1180, 860, 'dark'], ['phone', 390, 844, 'light'], ['phone-dark', 390, 844, 'dark'], ['narrow', 320, 640, 'light']]) {
  await check(`${name}: nothing is cut off at ${width} px, and text can be read`, async () => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height });
    const seen = await page.evaluate(() => {
      const light = css => { const [r, g, b] = css.match(/[\d.]+/g).map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
      const contrast = (text, ground) => { const [a, b] = [light(text), light(ground)].sort((x, y) => y - x); return (a + .05) / (b + .05); };
      const style = o => getComputedStyle(document.querySelector(o));
      const small = [...document.querySelectorAll('a, button, select, input')].filter(o => o.offsetParent && o.getBoundingClientRect().height < 20).map(o => o.textContent);
      return { over: document.documentElement.scrollWidth - innerWidth, small,
               contrast: Math.min(contrast(style('.card .domain').color, style('.card').backgroundColor), contrast(style('#about').color, style(':root').backgroundColor), contrast(style('.card .label').color, style('.card').backgroundColor)) };
    });
    equal([seen.over, seen.contrast >= 4.5], [0, true]);
    await shoot(name);
    return `least contrast ${seen.contrast.toFixed(1)}`;
  });
}
await check('embeddings of a file have no filter', async () => equal(await page.isHidden('#filters'), true));

// the same page over the folder of an index, at 320 px
const grown = await serve(join(folder, 'index'));
const domains = () => page.locator('.card .domain').allTextContents();
const shown = async test => { for (let i = 0; i < 100 && !test(await domains()); i++) await page.waitForTimeout(50); return domains(); };
await check('the folder of an index is filtered before anything is asked', async () => {
  await page.goto(grown.url);
  await page.waitForSelector('.card');
  equal(await page.isVisible('#filters'), true);
  await page.selectOption('#domain', 'flag');
  equal(new Set(await shown(found => found.every(o => o === 'flag'))).size, 1);
  return await page.textContent('#columns');
});
await check('so are the neighbours of a file, and of an image by its id', async () => {
  await page.setInputFiles('#file', upload);
  await answered();
  equal([...new Set(await domains())], ['flag']);
  await page.locator('.card').nth(2).click();
  await page.waitForFunction(() => location.search.startsWith('?id='));
  await answered();
  equal([...new Set(await domains())], ['flag']);
  await page.selectOption('#domain', '');
  await page.fill('#condition', 'domain!=flag');
  await page.press('#condition', 'Enter');
  const found = await shown(found => !found.includes('flag'));
  equal([found.length, found.includes('flag')], [12, false]);
});
await check('a wrong condition is told, and a label finds its images', async () => {
  const before = heard.length, label = (await page.locator('.card').first().getAttribute('title')).split(',')[0];
  await page.fill('#condition', "price<='; DROP");
  await page.press('#condition', 'Enter');
  await page.waitForSelector('#error:not([hidden])');
  const said = await page.textContent('#error');
  heard.splice(before, heard.length, ...heard.slice(before).filter(o => !/status of 422/.test(o)));
  await page.fill('#condition', '');
  await page.fill('#label', label);
  await page.press('#label', 'Enter');
  const titles = () => page.locator('.card').evaluateAll(cards => [...new Set(cards.map(o => o.title.split(',')[0]))]);
  for (let i = 0; i < 100 && (await titles()).length !== 1; i++) await page.waitForTimeout(50);
  equal(await titles(), [label]);
  equal(await page.isHidden('#error'), true);
  equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
  await shoot('filter-narrow');
  await page.setViewportSize({ width: 1180, height: 860 });
  equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
  await shoot('filter');
  return said;
});
grown.server.kill('SIGINT');
await check('nothing was fetched from elsewhere', () => equal(asked.filter(o => ![url, grown.url, 'blob:'].some(start => o.startsWith(start))), []));
await check('the console stayed silent', () => equal(heard, []));

await context.close();
rmSync(profile, { recursive: true, force: true });
server.kill('SIGINT');
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
