'use strict';
const at = id => document.getElementById(id);
let latest = 0, file = null;  // of the searches that were begun; the image that was uploaded last

function make(kind, name, text) {
  const node = document.createElement(kind);
  node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
}

// What is told.
function tell(text) { at('error').hidden = true; at('status').textContent = text; }
function tellError(text) { at('status').textContent = ''; at('error').textContent = text; at('error').hidden = false; }

async function ask(url, options) {
  let answer;
  try { answer = await fetch(url, options); } catch { throw new Error('The server does not answer. Is it still running?'); }
  const said = await answer.json().catch(() => ({ error: `The server answered with status ${answer.status}.` }));
  if (!answer.ok) throw new Error(said.error[0].toUpperCase() + said.error.slice(1));
  return said;
}

// A label that begins with its domain, as `flag/fr` does, need not say it twice.
function nameOf(o) { return (o.domain && o.label.startsWith(`${o.domain}/`) ? o.label.slice(o.domain.length + 1) : o.label) || o.id; }
function sizeOf(bytes) { return bytes < 1000 ? `${bytes} bytes` : `${(bytes / 1000).toLocaleString('en', { maximumFractionDigits: 1 })} kB`; }

// The image that is asked about.
function showQuery(url, name, more) {
  at('query').src = url || '';
  at('query').hidden = !url;
  at('query').alt = name ? `the query, ${name}` : '';
  at('drop').classList.toggle('full', Boolean(url));
  at('asked').replaceChildren(document.createTextNode(name), make('small', '', more));
}

function card(found, rank) {
  const item = make('li', ''), button = make('button', 'card'), picture = make('span', 'picture'), text = make('span', 'text'), facts = make('span', 'facts');
  const name = nameOf(found);
  if (found.thumbnail) {
    const image = make('img', '');
    image.alt = ''; image.loading = 'lazy'; image.decoding = 'async'; image.src = found.thumbnail;
    picture.append(image);
  } else picture.textContent = 'no picture';
  facts.append(make('span', 'domain', found.domain));
  if (found.distance !== undefined) facts.append(make('span', 'distance', found.distance.toFixed(3)));
  text.append(make('span', 'label', name), facts);
  button.type = 'button';
  button.title = `${found.label || name}, ${found.id}`;
  button.setAttribute('aria-label', `${rank ? `${rank}: ` : ''}${name}${found.domain ? `, ${found.domain}` : ''}${found.distance === undefined ? '' : `, distance ${found.distance.toFixed(3)}`}. Search by it.`);
  button.append(picture, text);
  button.addEventListener('click', () => go(found));
  item.append(button);
  return item;
}

function showFound(title, cards) {
  at('title').textContent = title;
  at('title').hidden = false;
  at('found').replaceChildren(...cards);
}

// A search; only the answer of the latest is shown.
async function search(url, options) {
  const mine = ++latest, started = performance.now();
  tell('Searching …');
  at('found').classList.add('waiting');
  try {
    const said = await ask(url, options);
    if (mine !== latest) return null;
    const n = said.neighbours.length, domains = new Set(said.neighbours.map(o => o.domain).filter(Boolean));
    showFound(`Nearest images, by distance${domains.size > 1 ? `, of ${domains.size} domains` : ''}`, said.neighbours.map((o, i) => card(o, i + 1)));
    tell(`${n} neighbour${n === 1 ? '' : 's'} in ${Math.max(1, Math.round(performance.now() - started))} ms`);
    return said;
  } catch (error) { if (mine === latest) { tellError(error.message); at('found').replaceChildren(); at('title').hidden = true; } }
  finally { if (mine === latest) at('found').classList.remove('waiting'); }
}

function searchFile(chosen) {
  file = chosen;
  const old = at('query').src;
  showQuery(URL.createObjectURL(chosen), chosen.name || 'pasted image', sizeOf(chosen.size));
  if (old.startsWith('blob:')) URL.revokeObjectURL(old);
  if (location.search) history.pushState(null, '', '/');
  return search(`/api/search?k=${at('k').value}`, { method: 'POST', body: chosen, headers: { 'Content-Type': 'application/octet-stream' } });
}

function showRow(asked) { showQuery(asked.thumbnail, nameOf(asked), asked.domain ? `${asked.domain}, of the index` : 'of the index'); }

async function searchRow(row) {
  file = null;
  const said = await search(`/api/search?row=${encodeURIComponent(row)}&k=${at('k').value}`);
  if (said) showRow(said.asked);
}

function go(found) {
  history.pushState(null, '', `?row=${found.row}`);
  scrollTo({ top: 0 });
  showRow(found);
  searchRow(found.row).then(() => at('found').querySelector('.card')?.focus({ preventScroll: true }));
}

// What the address says: an image of the index, or nothing asked yet.
async function open() {
  const row = new URLSearchParams(location.search).get('row');
  if (row !== null) return searchRow(row);
  const mine = ++latest;
  file = null;
  showQuery(null, '', '');
  tell('');
  const said = await ask('/api/images?n=12');
  if (mine === latest) showFound('Or begin with one of these', said.images.map(o => card(o)));
}

// Ways to ask.
at('query').addEventListener('error', () => { at('query').hidden = true; at('drop').classList.remove('full'); });
at('file').addEventListener('change', () => { if (at('file').files[0]) searchFile(at('file').files[0]); at('file').value = ''; });
at('k').addEventListener('change', () => { if (file) searchFile(file); else if (location.search) open(); });
at('ask').addEventListener('submit', event => event.preventDefault());
addEventListener('paste', event => { const pasted = event.clipboardData.files[0]; if (pasted) searchFile(pasted); });
for (const kind of ['dragenter', 'dragover']) addEventListener(kind, event => { event.preventDefault(); at('drop').classList.add('over'); });
addEventListener('dragleave', event => { if (!event.relatedTarget) at('drop').classList.remove('over'); });
addEventListener('drop', event => {
  event.preventDefault();
  at('drop').classList.remove('over');
  if (event.dataTransfer.files[0]) searchFile(event.dataTransfer.files[0]);
  else tellError('That was no file. Save the image first, then drop the file.');
});
addEventListener('popstate', () => open().catch(error => tellError(error.message)));

// Arrow keys walk the grid.
at('found').addEventListener('keydown', event => {
  const cards = [...at('found').querySelectorAll('.card')], i = cards.indexOf(document.activeElement);
  const columns = cards.filter(o => o.offsetTop === cards[0].offsetTop).length;
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
  if (i < 0 || !step || !cards[i + step]) return;
  event.preventDefault();
  cards[i + step].focus();
});

(async () => {
  at('curl').textContent = `curl --data-binary @photo.jpg '${location.origin}/api/search?k=5'`;
  try {
    const known = await ask('/api/health');
    const domains = Object.keys(known.domains);
    at('about').textContent = `${known.about}: ${known.images.toLocaleString('en')} images${domains.length ? ` of ${domains.length} domain${domains.length === 1 ? '' : 's'}` : ''}, ${known.width} numbers each`;
    await open();
  } catch (error) { tellError(error.message); }
})();
