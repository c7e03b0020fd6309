'use strict'
const $ = id => document.getElementById(id), D = JSON.parse($('data').textContent)
const numbers = {u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, f4: Float32Array}
const array = ([kind, text]) => new numbers[kind](Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer)
for (const name of D.arrays) D[name] = array(D[name])
const K = D.k, Q = D.query.length, N = D.ids.length, chunks = []
const el = (tag, props = {}, ...inside) => { const e = Object.assign(document.createElement(tag), props); e.append(...inside); return e }
const labelOf = i => D.labels[D.label[i]] || 'no label', domainOf = i => D.domains[D.domain[i]] || 'unknown'

// Thumbnails: base64 in chunks that the browser goes on reading after the page can be used.
function source(i) {
  const c = Math.floor(i / D.chunk)
  if (chunks[c] === undefined) { const s = $('t' + c); if (!s || document.readyState === 'loading') return ''; chunks[c] = s.textContent }
  return 'data:image/webp;base64,' + chunks[c].slice(i % D.chunk ? D.ends[i - 1] : 0, D.ends[i])
}
// A frame fills a few rows, then loads a few pictures, and leaves the rest to the next: scrolling stays smooth however many rows go by.
// Counted and not timed, since most of the cost of a picture comes after the script.
const waiting = new Map(), queue = new Map(), ROWS = 4, PICTURES = 12
let due = false
function soon() { if (!due) { due = true; requestAnimationFrame(frame) } }
function frame() {
  due = false; const whole = layout(ROWS)
  if (whole) load(); if (!whole || queue.size) soon()
}
function show(img, i) { img.decoding = 'async'; img.removeAttribute('src'); queue.set(img, i); soon() }
function load() {
  let left = PICTURES
  for (const [img, i] of queue) {
    if (!left--) return
    queue.delete(img); const s = source(i)
    if (s) { img.src = s; waiting.delete(img) } else waiting.set(img, i)
  }
}
document.addEventListener('DOMContentLoaded', () => { const all = [...waiting]; waiting.clear(); for (const [img, i] of all) show(img, i) })
const picture = (i, alt = '') => { const img = el('img', {alt}); show(img, i); return img }

// Gallery: only the rows in sight exist.
const list = $('list'), pool = []
let shown = [], current = 0, only = null, rowHeight = 138
const found = q => D.match.subarray(q * K, q * K + K), near = q => D.neighbours.subarray(q * K, q * K + K)
const hasMiss = q => D.judged[q] && D.precision[q] < 1
function refresh() {
  const d = $('domain').value, word = $('find').value.trim().toLowerCase(), misses = $('misses').checked, sort = $('sort').value
  const base = only || (sort === 'worst' || sort === 'best' ? Array.from(D.worst) : Array.from({length: Q}, (_, q) => q))
  shown = base.filter(q => { const i = D.query[q]; return (d === '' || D.domain[i] == d) && (!misses || hasMiss(q)) && (!word || labelOf(i).toLowerCase().includes(word) || D.ids[i].toLowerCase().includes(word)) })
  if (sort === 'best') shown = shown.filter(q => D.judged[q]).reverse().concat(shown.filter(q => !D.judged[q]))
  if (sort === 'near') shown.sort((a, b) => D.distances[a * K] - D.distances[b * K])
  current = 0
  $('count').replaceChildren(`${shown.length.toLocaleString()} of ${Q.toLocaleString()} queries`, ...(only ? [' of a selection ', el('button', {textContent: 'Show all', onclick() { only = null; refresh() }})] : []))
  for (const r of pool) r.at = -1
  measure(); layout()
}
function row() {
  const r = {at: -1, img: el('img', {alt: ''}), name: el('b'), about: el('span'), score: el('span'), cells: []}
  for (let j = 0; j < K; j++) { const c = {img: el('img', {alt: ''}), mark: el('b'), name: el('span')}; c.box = el('div', {className: 'cell'}, c.img, c.mark, c.name); r.cells.push(c) }
  r.li = el('li', {className: 'row', tabIndex: -1}, el('div', {className: 'who'}, r.img, el('div', {}, r.name, r.about, r.score)), el('div', {className: 'cells'}, ...r.cells.map(c => c.box)))
  r.li.onclick = () => { move(r.at); open(shown[r.at]) }
  list.append(r.li); return r
}
function fill(r, at) {
  const q = shown[at], i = D.query[q]
  r.at = at; r.li.style.transform = `translateY(${at * rowHeight}px)`
  show(r.img, i); r.name.textContent = labelOf(i); r.about.textContent = `${domainOf(i)} · ${D.ids[i]}`
  r.score.textContent = D.judged[q] ? `P@${K} ${D.precision[q].toFixed(2)}` : 'not judged'
  let hits = 0
  r.cells.forEach((c, j) => {
    const n = near(q)[j], hit = found(q)[j]; hits += hit; c.box.hidden = j >= D.found
    c.box.className = 'cell' + (D.judged[q] ? hit ? ' hit' : ' miss' : ''); show(c.img, n)
    c.mark.textContent = (D.judged[q] ? hit ? '✓ ' : '✗ ' : '') + D.distances[q * K + j].toFixed(3); c.name.textContent = labelOf(n)
  })
  r.li.setAttribute('aria-posinset', at + 1); r.li.setAttribute('aria-setsize', shown.length)
  r.li.setAttribute('aria-label', `${labelOf(i)}, ${domainOf(i)}: ${D.judged[q] ? `${hits} of ${K} neighbours are hits` : 'not judged'}`)
}
function measure() { rowHeight = parseFloat(getComputedStyle(list).getPropertyValue('--row')); list.style.height = shown.length * rowHeight + 'px' }
function layout(rows = Infinity) {
  if ($('gallery').hidden) return true
  let whole = true
  const top = Math.max(0, -list.getBoundingClientRect().top), first = Math.max(0, Math.floor(top / rowHeight) - 2)
  const count = Math.ceil(innerHeight / rowHeight) + 5
  while (pool.length < count) pool.push(row())
  for (let at = first; at < first + pool.length; at++) {
    const r = pool[at % pool.length], late = r.at !== at && rows <= 0 && r.li !== document.activeElement
    r.li.hidden = late || at >= shown.length
    if (r.li.hidden) r.at = -1; else if (r.at !== at) { fill(r, at); rows-- }
    if (late) whole = false
  }
  for (const r of pool) r.li.tabIndex = r.at === current ? 0 : -1
  if (!pool.some(r => r.at === current)) { const r = pool.find(r => r.at >= first + 2) || pool.find(r => r.at >= 0); if (r) r.li.tabIndex = 0 }
  return whole
}
function move(at, focus) {
  current = Math.max(0, Math.min(shown.length - 1, at)); if (current < 0) return
  const y = list.getBoundingClientRect().top + scrollY + current * rowHeight, head = document.querySelector('header').offsetHeight + 8
  if (focus) { if (y < scrollY + head) scrollTo(0, y - head); else if (y + rowHeight > scrollY + innerHeight) scrollTo(0, y + rowHeight - innerHeight) }
  layout(); if (focus) pool.find(r => r.at === current)?.li.focus({preventScroll: true})
}
list.onkeydown = e => {
  const at = pool.find(r => r.li === document.activeElement)?.at; if (at === undefined) return
  const page = Math.max(1, Math.floor(innerHeight / rowHeight) - 1)
  const to = {ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: shown.length - 1}[e.key]
  if (to !== undefined) { e.preventDefault(); move(to, true) } else if (e.key === 'Enter') { e.preventDefault(); open(shown[at]) }
}
addEventListener('scroll', soon, {passive: true}); addEventListener('resize', () => { for (const r of pool) r.at = -1; measure(); soon(); if (!$('map').hidden) draw() })
for (const id of ['domain', 'sort', 'misses']) $(id).onchange = refresh
$('find').oninput = refresh; $('filters').onsubmit = e => e.preventDefault()
D.domains.forEach((name, i) => $('domain').append(el('option', {value: i, textContent: name || 'unknown'})))
function gallery(queries) { only = queries; $('find').value = ''; $('domain').value = ''; $('misses').checked = false; choose('gallery'); refresh(); scrollTo(0, 0); $('tab-gallery').focus() }

// One query, large.
const queryOf = new Map(Array.from(D.query, (i, q) => [i, q]))
function open(q) {
  if (q === undefined) return
  const i = D.query[q], items = Array.from(near(q).subarray(0, D.found), (n, j) => {
    const hit = found(q)[j], b = el('button', {className: 'card' + (D.judged[q] ? hit ? ' hit' : ' miss' : ''), onclick: () => queryOf.has(n) && open(queryOf.get(n))}, picture(n), el('b', {textContent: (D.judged[q] ? hit ? '✓ ' : '✗ ' : '') + D.distances[q * K + j].toFixed(3)}), el('span', {textContent: `${labelOf(n)} · ${D.ids[n]}`}))
    b.disabled = !queryOf.has(n); return el('li', {}, b) })
  const big = picture(i, labelOf(i)); big.className = 'big'
  $('detail').lastElementChild.replaceChildren(big, el('h2', {textContent: labelOf(i)}), el('p', {className: 'note', textContent: `${domainOf(i)} · ${D.ids[i]} · ${D.judged[q] ? `P@${K} ${D.precision[q].toFixed(2)}` : 'not judged'}`}), el('ul', {className: 'cards'}, ...items))
  if (!$('detail').open) $('detail').showModal()
}
$('close').onclick = () => $('detail').close()

// Tabs and theme.
const views = ['gallery', 'map', 'errors', 'scores'].filter(v => v !== 'map' || D.x); if (!D.x) $('tab-map').remove()
function choose(name) {
  for (const v of views) { const on = v === name; $(v).hidden = !on; $('tab-' + v).setAttribute('aria-selected', on); $('tab-' + v).tabIndex = on ? 0 : -1 }
  if (name === 'gallery') { measure(); layout() } if (name === 'map') draw(); if (name === 'errors') errors(); if (name === 'scores') scores()
}
for (const v of views) { $('tab-' + v).onclick = () => choose(v); $('tab-' + v).onkeydown = e => { const s = {ArrowRight: 1, ArrowLeft: -1}[e.key]; if (s) { const to = views[(views.indexOf(v) + s + views.length) % views.length]; choose(to); $('tab-' + to).focus() } } }
const dark = () => document.documentElement.dataset.theme ? document.documentElement.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches
const pressed = () => $('theme').setAttribute('aria-pressed', dark())
$('theme').onclick = () => { document.documentElement.dataset.theme = dark() ? 'light' : 'dark'; pressed(); if (!$('map').hidden) draw() }
pressed()

// Map.
const canvas = $('canvas'), tip = $('tip'), colours = ['#4477aa', '#ee6677', '#228833', '#ccbb44', '#66ccee', '#aa3377', '#e08030', '#8866cc', '#999933', '#44aa99', '#777777']
let view = {x: 0, y: 0, s: 1}, hidden = new Set(), at = -1, loop = null, mode = false, selection = [], listed = 0, asked = false
const W = () => canvas.clientWidth, H = () => canvas.clientHeight, side = () => Math.min(W(), H()) - 24
const px = i => ((D.x[i] / 65535 - .5) * side() * view.s + W() / 2 + view.x), py = i => ((D.y[i] / 65535 - .5) * side() * view.s + H() / 2 + view.y)
function draw() { if (!asked) { asked = true; requestAnimationFrame(paint) } }
function paint() {
  asked = false; const r = devicePixelRatio, c = canvas.getContext('2d'), w = W(), h = H(), base = D.mapped.length < 3000 ? 5 : 2.5, size = Math.max(base, Math.min(9, base * Math.sqrt(view.s)))
  if (canvas.width !== w * r | 0 || canvas.height !== h * r | 0) { canvas.width = w * r; canvas.height = h * r }
  c.setTransform(r, 0, 0, r, 0, 0); c.clearRect(0, 0, w, h)
  D.domains.forEach((_, d) => { if (hidden.has(d)) return; c.fillStyle = colours[d % colours.length]; c.globalAlpha = .8; for (const i of D.mapped) { if (D.domain[i] !== d) continue; const x = px(i), y = py(i); if (x > -5 && y > -5 && x < w + 5 && y < h + 5) c.fillRect(x - size / 2, y - size / 2, size, size) } })
  c.globalAlpha = 1; c.strokeStyle = getComputedStyle(document.body).color; c.lineWidth = 2
  for (const i of selection.length < 3000 ? selection : []) c.strokeRect(px(i) - size / 2 - 1, py(i) - size / 2 - 1, size + 2, size + 2)
  if (at >= 0) { c.beginPath(); c.arc(px(at), py(at), size + 3, 0, 7); c.stroke() }
  if (loop) { c.beginPath(); loop.forEach(([x, y]) => c.lineTo(x, y)); c.closePath(); c.stroke() }
}
function point(i) {
  at = i; tip.hidden = i < 0; if (i >= 0) { show(tip.firstElementChild, i); tip.lastElementChild.textContent = `${labelOf(i)} · ${domainOf(i)}`; tip.style.left = Math.max(4, Math.min(W() - 124, px(i) + 14)) + 'px'; tip.style.top = Math.max(4, Math.min(H() - 160, py(i) + 14)) + 'px' } draw()
}
function hover(x, y) { let best = -1, least = 196; for (const i of D.mapped) if (!hidden.has(D.domain[i])) { const d = (px(i) - x) ** 2 + (py(i) - y) ** 2; if (d < least) { least = d; best = i } } if (best !== at) point(best) }
function inside(x, y) { let on = false; for (let a = 0, b = loop.length - 1; a < loop.length; b = a++) { const [xa, ya] = loop[a], [xb, yb] = loop[b]; if (ya > y !== yb > y && x < (xb - xa) * (y - ya) / (yb - ya) + xa) on = !on } return on }
function card(i) { return el('li', {}, el('button', {className: 'card', onclick: () => queryOf.has(i) && open(queryOf.get(i))}, picture(i), el('b', {textContent: labelOf(i)}), el('span', {textContent: `${domainOf(i)} · ${D.ids[i]}`}))) }
function more() { $('selection').append(...selection.slice(listed, listed + 60).map(card)); listed = Math.min(listed + 60, selection.length); $('more').hidden = listed >= selection.length }
function select(items) { selection = items; listed = 0; $('selection').replaceChildren(); $('chosen').textContent = `${items.length.toLocaleString()} images selected`; more(); draw() }
function zoom(by, x = W() / 2, y = H() / 2) { const s = Math.max(.5, Math.min(60, view.s * by)), f = s / view.s; view = {s, x: x - W() / 2 - (x - W() / 2 - view.x) * f, y: y - H() / 2 - (y - H() / 2 - view.y) * f}; point(-1) }
const fingers = new Map()
canvas.onpointerdown = e => { canvas.setPointerCapture(e.pointerId); fingers.set(e.pointerId, [e.offsetX, e.offsetY]); if (mode) loop = [[e.offsetX, e.offsetY]] }
canvas.onpointermove = e => {
  const was = fingers.get(e.pointerId), now = [e.offsetX, e.offsetY]
  if (!was) return hover(...now)
  if (loop) { loop.push(now); return draw() }
  if (fingers.size === 2) { const other = [...fingers].find(([id]) => id !== e.pointerId)[1], far = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]) || 1; zoom(far(now, other) / far(was, other), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2) }
  else { view.x += now[0] - was[0]; view.y += now[1] - was[1]; point(-1) }
  fingers.set(e.pointerId, now)
}
canvas.onpointerup = canvas.onpointercancel = e => { fingers.delete(e.pointerId); if (loop) { const items = Array.from(D.mapped).filter(i => !hidden.has(D.domain[i]) && inside(px(i), py(i))); loop = null; select(items) } else hover(e.offsetX, e.offsetY) }
canvas.onpointerleave = () => { if (!fingers.size) point(-1) }
canvas.addEventListener('wheel', e => { e.preventDefault(); zoom(Math.exp(-e.deltaY / 400), e.offsetX, e.offsetY) }, {passive: false})
canvas.onkeydown = e => {
  const way = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[e.key]
  if (way) { e.preventDefault(); const x = at < 0 ? W() / 2 : px(at), y = at < 0 ? H() / 2 : py(at); let best = -1, least = Infinity
    for (const i of D.mapped) { if (i === at || hidden.has(D.domain[i])) continue; const dx = px(i) - x, dy = py(i) - y, on = dx * way[0] + dy * way[1], off = Math.abs(dx * way[1]) + Math.abs(dy * way[0]); if ((on > 0 && off <= on || at < 0) && on * on + 4 * off * off < least) { least = on * on + 4 * off * off; best = i } }
    if (best >= 0) { point(best); $('chosen').textContent = `${labelOf(best)}, ${domainOf(best)}` } }
  else if (e.key === '+' || e.key === '=') zoom(1.5); else if (e.key === '-') zoom(1 / 1.5); else if (e.key === '0') $('fit').click()
  else if (e.key === 'Enter' && at >= 0) select([at])
}
$('lasso').onclick = () => { mode = !mode; $('lasso').setAttribute('aria-pressed', mode); canvas.classList.toggle('lasso', mode) }
$('in').onclick = () => zoom(1.5); $('out').onclick = () => zoom(1 / 1.5); $('fit').onclick = () => { view = {x: 0, y: 0, s: 1}; point(-1) }; $('more').onclick = more
D.domains.forEach((name, d) => { const b = el('button', {onclick() { hidden.has(d) ? hidden.delete(d) : hidden.add(d); b.setAttribute('aria-pressed', !hidden.has(d)); point(-1) }}, el('i'), name || 'unknown'); b.firstChild.style.background = colours[d % colours.length]; b.setAttribute('aria-pressed', true); $('legend').append(b) })

// Errors and scores: tables that Python counted.
function part(title, note, cards) { return [el('h2', {textContent: title}), el('p', {className: 'note', textContent: note}), el('ul', {className: 'cards'}, ...cards)] }
const tile = (pictures, title, about, action) => el('li', {}, el('button', {className: 'card', onclick: action}, ...pictures.map(i => picture(i)), el('b', {textContent: title}), el('span', {textContent: about})))
function errors() {
  if ($('errors').firstChild) return
  const all = Array.from(D.worst)
  $('errors').append(
    ...part('Taken for another', 'The class of a query and that of its wrong neighbours, the most frequent first.', D.pairs.map(p => tile([p.query, p.neighbour], `${p.label} → ${p.taken_for}`, `${p.times} times, ${p.queries} queries`, () => gallery(all.filter(q => labelOf(D.query[q]) === p.label && Array.from(near(q)).some((n, j) => !found(q)[j] && labelOf(n) === p.taken_for)))))),
    ...part('Hubs', `Images that answer many queries; a fair share is ${D.fair.toFixed(1)}.`, D.hubs.map(h => tile([h.item], `${h.times} queries`, `${h.wrong} wrongly · ${labelOf(h.item)}`, () => gallery(all.filter(q => near(q).includes(h.item)))))),
    ...part('Nearly one', 'Pairs of index images at almost no distance; a pixel correlation near 1 is the same picture.', D.twins.map(t => tile([t.a, t.b], `${t.distance.toFixed(4)}${t.same ? '' : ' · two labels'}`, `pixels ${t.pixels.toFixed(2)} · ${labelOf(t.a)}${t.same ? '' : ' / ' + labelOf(t.b)}`, () => { const q = queryOf.get(t.a); if (q !== undefined) open(q) }))))
}
function table(rows, names) {
  const line = r => { const m = el('div', {className: 'meter'}, el('i'), el('u')); m.firstChild.style.width = r.score * 100 + '%'; m.lastChild.style.left = r.low * 100 + '%'; m.lastChild.style.width = (r.high - r.low) * 100 + '%'
    return el('tr', {}, el('td', {textContent: r.name}), el('td', {className: 'wide', textContent: r.queries}), el('td', {textContent: r.score.toFixed(3)}), el('td', {textContent: `${r.low.toFixed(2)}–${r.high.toFixed(2)}`}), el('td', {className: 'wide'}, m)) }
  return el('div', {className: 'table'}, el('table', {}, el('thead', {}, el('tr', {}, ...names.map((n, i) => el('th', {textContent: n, scope: 'col', className: i === 1 || i === 4 ? 'wide' : ''})))), el('tbody', {}, ...rows.map(line))))
}
function scores() {
  if ($('scores').firstChild) return
  $('scores').append(el('h2', {textContent: 'Domains'}), table(D.domain_scores, ['domain', 'queries', `mP@${K}`, '95 % interval', '']), el('h2', {textContent: 'Classes, the worst first'}), el('p', {className: 'note', textContent: `${D.class_scores.length} of ${D.classes} classes`}), table(D.class_scores, ['class', 'queries', `mP@${K}`, '95 % interval', '']))
}
$('summary').textContent = D.summary
refresh()
