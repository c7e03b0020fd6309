// node label.mjs FOLDER [SHOTS]: name the pictures of label.py in Chromium as a person would, and read the file that is downloaded.
// The person sees what the page shows and knows the true name of each picture; every name is given by keys.
import {chromium} from 'playwright-core'
import {execFileSync} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import {pathToFileURL} from 'node:url'

const folder = resolve(process.argv[2]), shots = process.argv[3], profile = mkdtempSync(join(tmpdir(), 'label-'))
const {ids, truth, known} = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8'))
const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
const browser = await chromium.launchPersistentContext(profile, {executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args, viewport: {width: 1200, height: 800}, acceptDownloads: true})
let passed = 0, failed = 0, keys = 0
const is = (ok, name) => { ok ? passed++ : failed++; console.log(`${ok ? 'ok  ' : 'FAIL'} ${name}`) }
const errors = [], dialogs = []
const page = await browser.newPage(), devtools = await browser.newCDPSession(page)
page.on('console', m => ['error', 'warning'].includes(m.type()) && errors.push(m.text())); page.on('pageerror', e => errors.push(String(e)))
page.on('request', r => /^https?:/.test(r.url()) && errors.push('asked for ' + r.url()))
page.on('dialog', d => { dialogs.push(d.type()); d.accept() })
const shot = async name => { if (shots) { await page.waitForTimeout(300); await page.screenshot({path: join(shots, name + '.png')}) } }
const url = name => pathToFileURL(join(folder, name)).href
const press = async key => { keys++; await page.keyboard.press(key) }
const text = id => page.textContent('#' + id)
const see = () => page.evaluate(() => ({grid: gridImages, cursor, marked: [...marked], field: byId('given').value, slots, inField: document.activeElement === field}))
const sideways = () => page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
async function type(word) { // each character as the keyboard that has it would send it
  for (const key of word) { keys++; await devtools.send('Input.dispatchKeyEvent', {type: 'keyDown', key, text: key}); await devtools.send('Input.dispatchKeyEvent', {type: 'keyUp', key}) }
}
async function download(action) {
  const [file] = await Promise.all([page.waitForEvent('download', {timeout: 5000}), action()]), path = join(profile, 'labels.csv')
  await file.saveAs(path); is(file.suggestedFilename() === 'labels.csv', 'the file is labels.csv')
  const python = 'import csv,json,sys; print(json.dumps(list(csv.reader(open(sys.argv[1],encoding="utf-8",newline="")))))'
  return {raw: readFileSync(path, 'utf8'), rows: JSON.parse(execFileSync('python3', ['-c', python, path], {env: {...process.env, PYTHONIOENCODING: 'utf-8'}}))}
}
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b)

// Mark the pictures after the marked one that show the same thing, add similar ones while all are right, and give the name.
async function nameGroup(ways) {
  let seen = await see()
  const name = truth[seen.marked[0]], isRight = image => truth[image] === name
  for (let place = seen.cursor + 1; isRight(seen.grid[place]); place++) await press('Shift+ArrowRight')
  for (let step = 0; step < 3; step++) {
    const before = (await see()).marked.length; await press('+'); seen = await see()
    if (seen.marked.length === before) break
    if (!seen.marked.every(isRight)) { await press('-'); seen = await see(); break }
  }
  const wanted = seen.marked, slot = seen.slots.indexOf(name)
  if (!wanted.every(isRight)) throw new Error('a wrong picture is marked')
  if (seen.field === name) { ways.suggested++; await press('Enter') }
  else if (slot >= 0) { ways.digit++; await press(String(slot + 1)) }
  else { ways.typed++; if (/^[0-9=+]/.test(name)) await press('F2'); await type(name); await press('Enter') }
  return wanted.length
}

try {
  await page.goto(url('without.html')); is(!await page.$('#tab-label') && await page.isHidden('#label'), 'a report that was not asked to has no view Label')

  await page.goto(url('label.html')); await page.focus('#tab-gallery'); for (let i = 0; i < 4; i++) await press('ArrowRight')
  is(await page.isVisible('#label'), 'arrow keys lead to the view'); await press('Enter'); is(await page.evaluate(() => document.activeElement.id) === 'grid', 'Enter goes into the grid')
  is(await text('progress') === '0 of 500 named, 0 names', await text('progress'))
  is(await page.waitForFunction(() => [...document.querySelectorAll('.tile:not([hidden]) img')].length > 40 && [...document.querySelectorAll('.tile:not([hidden]) img')].every(i => i.complete && i.naturalWidth), null, {timeout: 5000}).catch(() => false), 'the tiles in sight are whole')
  is((await page.$$('.tile')).length < 140, 'only the tiles in sight exist'); await shot('label_light')

  let seen = await see(); const first = seen.grid[0]
  await press('ArrowRight'); await press('Shift+ArrowRight'); await press('Shift+ArrowDown'); is(same((await see()).marked, seen.grid.slice(1, 13)), 'Shift and the arrows mark a range')
  await press(' '); is((await see()).marked.length === 11, 'Space leaves one out'); await press('Control+ArrowRight'); await press(' '); is(same((await see()).marked, [...seen.grid.slice(1, 12), seen.grid[13]]), 'Ctrl moves, and Space marks one more')
  await press('Control+a'); is((await see()).marked.length === 500, 'Ctrl A marks all'); await press('Escape'); is((await see()).marked.length === 0, 'Escape none')
  await press('Enter'); is(await text('told') === 'No picture is marked.' && /^0 of/.test(await text('progress')), 'Enter with no mark names none')
  await press('End'); is(await page.evaluate(() => { const r = document.querySelector('.tile.cursor').getBoundingClientRect(); return r.top > 100 && r.bottom <= innerHeight }), 'End goes to the last picture, in sight'); await press('Home')
  is(await page.evaluate(() => document.querySelector('.tile.cursor').getBoundingClientRect().top >= byId('naming').getBoundingClientRect().bottom), 'Home to the first, below the field')

  await type('wrong'); is((await see()).inField, 'a letter goes to the field'); await press('Enter')
  is(await text('progress') === '1 of 500 named, 1 name' && (await see()).marked[0] === seen.grid[1], 'Enter names the picture and goes on to the next')
  await press('Control+z'); is(/^0 of/.test(await text('progress')) && same((await see()).marked, [first]), 'Ctrl Z takes the name back and marks the picture')
  await press('Control+Shift+Z'); is(/^1 of/.test(await text('progress')), 'with Shift it is given again'); await press('Control+z')
  await type('one'); await press('Control+z'); is((await see()).inField && /^0 of/.test(await text('progress')), 'in the field Ctrl Z is that of the text'); await press('Escape')
  await type('  e\u0301toile\u00a0 '); await press('Enter'); is(await page.evaluate(image => nameOf[image], first) === 'étoile', 'a name is trimmed, and composed as NFC')
  await page.click('#unnamed'); await press('Home'); is((await see()).marked[0] === first && (await see()).field === 'étoile', 'without the filter, a named picture shows its name'); await shot('label_named')
  await press('F2'); await press('Backspace'); await press('Enter'); is(/^0 of/.test(await text('progress')), 'an empty name takes it away'); await page.click('#unnamed')
  await press('Home')

  const start = performance.now(), ways = {typed: 0, digit: 0, suggested: 0}; keys = 0
  let named = 0, groups = 0, undone = false
  for (; named < 500 && groups < 250; groups++) {
    named += await nameGroup(ways)
    if (named > 120 && !undone) { // a wrong name, taken back
      const before = await text('progress'), {marked} = await see(); await press('Shift+ArrowDown'); await press('1'); is(await text('progress') !== before, 'a digit gives a name used before')
      await press('Control+z'); is(await text('progress') === before, 'and it is undone'); undone = true
      await press('Home'); await shot('label_half')
      const warned = dialogs.length; await page.reload(); is(dialogs.slice(warned).includes('beforeunload'), 'leaving with names that were not downloaded is asked about')
      await page.click('#tab-label'); is(await text('progress') === before, `a reload keeps the names: ${before}`)
      is(same((await see()).marked, marked), 'and goes on at the same picture')
    }
  }
  const seconds = (performance.now() - start)/1000
  is(await text('progress') === '500 of 500 named, 12 names', `${await text('progress')}: ${groups} groups, ${keys} keys, ${seconds.toFixed(1)} s (${ways.typed} typed, ${ways.digit} by digit, ${ways.suggested} as suggested)`)
  is(/Every picture has a name/.test(await text('told')), 'the page says that it is done'); await shot('label_done')

  const quoted = cell => /[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
  const all = await download(() => press('Control+s'))
  is(all.raw === ['id,label', ...ids.map((id, i) => quoted(id) + ',' + quoted(truth[i]))].join('\r\n') + '\r\n', 'labels.csv holds each name that was typed, in the order of the ids')
  is(same(all.rows, [['id', 'label'], ...ids.map((id, i) => [id, truth[i]])]), 'and Python\'s csv reads the same')
  const at = name => join(folder, name); writeFileSync(at('labels.csv'), all.raw)
  const said = execFileSync('python', ['-m', 'uec.cli.app', 'fit', at('photos'), '--out', at('model'), '--backbone', at('pixels'), '--no-labels', '--labels', at('labels.csv')], {encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit']})
  is(/500 photographs of 12 classes/.test(said) && /500 with another label/.test(said), 'uec fit takes the 500 names')
  const listed = 'import csv,json,sys; print(json.dumps({row["id"]: row["label"] for row in csv.DictReader(open(sys.argv[1],encoding="utf-8",newline=""))}))'
  const labels = JSON.parse(execFileSync('python', ['-c', listed, at('model/photos.csv')], {encoding: 'utf8'}))
  is(ids.every((id, i) => labels[id] === truth[i]), 'and photos.csv has each of them')
  const warned = dialogs.length; await page.reload(); is(dialogs.length === warned, 'after the download no question is asked')
  await page.click('#tab-label'); is(/^500 of 500/.test(await text('progress')), 'the names are still there')
  await press('Control+z'); is(/^500 of 500/.test(await text('progress')), 'nothing to undo after a reload')
  await page.focus('#anew'); await press('Enter'); is(dialogs.at(-1) === 'confirm' && /^0 of 500/.test(await text('progress')), 'begin anew asks first')
  await press('Control+z'); is(/^500 of 500/.test(await text('progress')), 'and can be undone'); await page.focus('#anew'); await press('Enter')
  await page.reload(); await page.click('#tab-label'); is(/^0 of 500/.test(await text('progress')), 'a reload begins anew too')

  const tile = async place => { const b = await page.locator('#grid').boundingBox(); return page.evaluate(([p, x, y]) => [x + (p % columns + .5)*tileSize, y + (Math.floor(p/columns) + .5)*tileSize], [place, b.x, b.y]) }
  seen = await see(); const [from, to, far] = [await tile(0), await tile(23), await tile(5)]
  await page.mouse.move(from[0] - 40, from[1] - 40); await page.mouse.down(); await page.mouse.move(...to, {steps: 5}); await page.mouse.up()
  is(same([...(await see()).marked].sort(), [0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23].map(i => seen.grid[i]).sort()), 'a rectangle marks what it touches')
  const raised = await page.evaluate(([x, y]) => new Promise(done => {
    const keep = window.onerror; window.onerror = text => done(text); grid.setPointerCapture = () => {}
    const send = (kind, buttons, px) => grid.dispatchEvent(new PointerEvent(kind, {buttons, button: 0, clientX: x + px, clientY: y, bubbles: true}))
    send('pointerdown', 1, 0); send('pointermove', 1, 40); send('pointerup', 0, 40); send('pointerdown', 1, 0)
    requestAnimationFrame(() => requestAnimationFrame(() => { send('pointerup', 0, 0); delete grid.setPointerCapture; window.onerror = keep; done('') }))
  }), from)
  is(!raised, `a rectangle and the next press within one frame ${raised}`)
  await page.mouse.click(...from); await page.mouse.move(...far); await page.keyboard.down('Shift'); await page.mouse.click(...far); await page.keyboard.up('Shift'); is(same((await see()).marked, seen.grid.slice(0, 6)), 'a click with Shift marks a range')
  await page.keyboard.down('Control'); await page.mouse.click(...from); await page.keyboard.up('Control'); is(same((await see()).marked, seen.grid.slice(1, 6)), 'with Ctrl it leaves one out')
  await type('first'); await press('Enter'); await press('ArrowRight'); await type('FI'); await press('ArrowDown'); await press('Enter'); is(/^6 of 500 named, 1 name/.test(await text('progress')), 'a name used before is completed')
  await page.click('#tab-map'); await page.waitForTimeout(200); const box = await page.locator('#canvas').boundingBox(); await page.click('#lasso'); await page.mouse.move(box.x + 5, box.y + 5); await page.mouse.down()
  for (const [a, b] of [[box.width - 5, 5], [box.width - 5, box.height/2], [5, box.height/2]]) await page.mouse.move(box.x + a, box.y + b, {steps: 4})
  await page.mouse.up(); const chosen = await page.evaluate(() => selection.filter(image => !nameOf[image]).length); await page.click('#chosen button')
  seen = await see(); is(seen.marked.length === chosen && chosen > 50 && same(seen.marked, seen.grid), `the lasso of the map leads here: ${await text('told')}`); await shot('label_lasso')
  await type('upper half'); await press('Enter'); is((await see()).grid.length === 494 - chosen, 'and after its last picture the others are back')

  const other = await browser.newPage(); await other.goto(url('label.html')); await other.click('#tab-label'); await other.keyboard.press('Enter'); await other.keyboard.press('x'); await other.keyboard.press('Enter'); const there = await other.textContent('#progress'); await other.close()
  is(await page.waitForFunction(text => byId('progress').textContent === text, there, {timeout: 2000}).catch(() => false), 'two tabs of one report hold the same names')
  await page.goto(url('partly.html')); await page.click('#tab-label'); const count = known.filter(Boolean).length
  is(await text('progress') === `${count} of 500 named, 12 names` && (await see()).grid.every(image => !known[image]), 'what the data knew is named already, and another report has names of its own')
  const right = await page.evaluate(truth => gridImages.filter(image => { marked = new Set([image]); return suggestion() === truth[image] }).length, truth)
  is(right > .8*(500 - count), `the neighbours suggest the right name for ${right} of ${500 - count}`)
  const rest = await download(async () => { await page.focus('#download'); await press('Enter') }); is(same(rest.rows.slice(1), ids.map((id, i) => [id, known[i]]).filter(row => row[1])), 'labels.csv holds what was known')
  await page.addInitScript(() => { if (location.hash === '#view=label') Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('forbidden', 'SecurityError') }}) })
  await page.goto('about:blank'); await page.goto(url('partly.html') + '#view=label'); await press('Home'); await press('1'); is(/101 of 500 named, 12 names \(kept only/.test(await text('progress')), `storage that is forbidden is no error: ${await text('progress')}`)

  await page.emulateMedia({colorScheme: 'dark'}); await page.goto(url('label.html')); await page.click('#tab-label'); await press('+'); await shot('label_dark')
  await page.emulateMedia({colorScheme: 'light'}); await page.setViewportSize({width: 360, height: 740}); await page.reload(); await page.click('#tab-label'); is(!await sideways(), 'no sideways scroll at 360 px')
  await page.click('#keys summary'); is(!await sideways(), 'nor with the list of keys'); await page.click('#keys summary'); await press('Tab'); await page.focus('#grid'); await press('+'); await shot('label_phone')
  await page.setViewportSize({width: 1200, height: 800})

  const tasks = [], answers = []
  for (let t = 0; t < 3; t++) {
    await page.goto(url('many.html')); await page.click('#tab-label'); await page.waitForSelector('.tile img[src]')
    const [task, answer] = await page.evaluate(async () => {
      let task = 0, answer = 0; new PerformanceObserver(l => { for (const e of l.getEntries()) task = Math.max(task, e.duration) }).observe({type: 'longtask'})
      const end = document.documentElement.scrollHeight - innerHeight
      for (let i = 0; i < 90; i++) { await new Promise(requestAnimationFrame); scrollTo(0, end*i/90) }
      scrollTo(0, 0)
      for (let i = 0; i < 10; i++) { await new Promise(requestAnimationFrame); const start = performance.now(); field.value = 'name ' + i; nameMarked(field.value); answer = Math.max(answer, performance.now() - start) }
      await new Promise(r => setTimeout(r, 200)); return [task, answer]
    })
    tasks.push(task); answers.push(answer)
  }
  is(Math.min(...tasks) <= 100, `5,000 images: longest task while scrolling and naming (0: none over 50): ${tasks.join(', ')} ms`); is(Math.min(...answers) < 50, `a name is given in ${answers.map(v => v.toFixed(0)).join(', ')} ms at most`)
  is((await page.$$('.tile')).length < 140, 'still only the tiles in sight exist')
  is(errors.length === 0, `no error on the console, nothing fetched ${errors.join('; ')}`)
} catch (e) { is(false, e.stack) } finally { await browser.close(); rmSync(profile, {recursive: true, force: true}) }
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed ? 1 : 0)
