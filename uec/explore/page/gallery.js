// Gallery: a row for each query. Only the rows in sight exist, in a pool that is filled anew.
const list = byId('list');
const pool = [];
let shown = []; // queries, filtered and sorted
let current = 0; // position in `shown` of the row that the keyboard is at
let selected = null; // queries that a card of the errors led to; null: all
let rowHeight = 138;

function sortedQueries(order) {
  if (selected) return selected;
  const isByScore = order === 'worst' || order === 'best';
  return isByScore ? Array.from(report.worst) : Array.from({ length: queryCount }, (_, i) => i);
}

// The filter as it stands now: a function of a query.
function currentFilter() {
  const domain = byId('domain').value;
  const onlyMisses = byId('misses').checked;
  const word = byId('find').value.trim().toLowerCase();
  const hasMiss = query => report.judged[query] && report.precision[query] < 1;
  const isNamed = image => (
    labelOf(image).toLowerCase().includes(word) || report.ids[image].toLowerCase().includes(word));
  return query => {
    const image = report.query[query];
    if (domain !== '' && report.domain[image] !== Number(domain)) return false;
    if (onlyMisses && !hasMiss(query)) return false;
    return !word || isNamed(image);
  };
}

function refreshGallery() {
  const order = byId('sort').value;
  shown = sortedQueries(order).filter(currentFilter());
  if (order === 'best') {
    const judged = shown.filter(query => report.judged[query]);
    shown = judged.reverse().concat(shown.filter(query => !report.judged[query]));
  }
  if (order === 'near') shown.sort((a, b) => distancesOf(a)[0] - distancesOf(b)[0]);
  current = 0;
  showCount();
  emptyRows();
  measureRows();
  layOutGallery();
}

function showCount() {
  const count = `${shown.length.toLocaleString()} of ${queryCount.toLocaleString()} queries`;
  const showAll = () => {
    selected = null;
    refreshGallery();
  };
  const button = element('button', { textContent: 'Show all', onclick: showAll });
  byId('count').replaceChildren(count, ...(selected ? [' of a selection ', button] : []));
}

function showInGallery(queries) {
  selected = queries;
  byId('find').value = '';
  byId('domain').value = '';
  byId('misses').checked = false;
  chooseView('gallery');
  refreshGallery();
  scrollTo(0, 0);
  byId('tab-gallery').focus();
}

// A row of the pool. `at` is its position in `shown`, -1 while it shows nothing.
function makeCell() {
  const cell = { img: element('img', { alt: '' }), distance: element('b'), name: element('span') };
  cell.box = element('div', { className: 'cell' }, cell.img, cell.distance, cell.name);
  return cell;
}

function makeRow() {
  const row = { at: -1, img: element('img', { alt: '' }), name: element('b') };
  row.about = element('span');
  row.score = element('span');
  row.cells = Array.from({ length: K }, makeCell);
  const text = element('div', {}, row.name, row.about, row.score);
  row.item = element(
    'li', { className: 'row', tabIndex: -1 },
    element('div', { className: 'who' }, row.img, text),
    element('div', { className: 'cells' }, ...row.cells.map(cell => cell.box)));
  row.item.onclick = () => {
    moveTo(row.at);
    openDetail(shown[row.at]);
  };
  list.append(row.item);
  return row;
}

function fillRow(row, at) {
  const query = shown[at];
  const image = report.query[query];
  row.at = at;
  row.item.style.transform = `translateY(${at * rowHeight}px)`;
  showThumbnail(row.img, image);
  row.name.textContent = labelOf(image);
  row.about.textContent = describe(image);
  row.score.textContent = precisionText(query);
  row.cells.forEach((cell, rank) => fillCell(cell, query, rank));
  const hits = matchesOf(query).reduce((sum, match) => sum + match, 0);
  const judgement = report.judged[query] ? `${hits} of ${K} neighbours are hits` : 'not judged';
  row.item.setAttribute('aria-posinset', at + 1);
  row.item.setAttribute('aria-setsize', shown.length);
  row.item.setAttribute('aria-label', `${labelOf(image)}, ${domainOf(image)}: ${judgement}`);
}

function fillCell(cell, query, rank) {
  const { kind, mark } = verdict(query, rank);
  const neighbour = neighboursOf(query)[rank];
  cell.box.hidden = rank >= report.n_found;
  cell.box.className = `cell ${kind}`;
  showThumbnail(cell.img, neighbour);
  cell.distance.textContent = mark + distancesOf(query)[rank].toFixed(3);
  cell.name.textContent = labelOf(neighbour);
}

function emptyRows() { for (const row of pool) row.at = -1; }

function measureRows() {
  rowHeight = parseFloat(getComputedStyle(list).getPropertyValue('--row'));
  list.style.height = `${shown.length * rowHeight}px`;
}

// Fill the rows in sight, at most `rows` of them; return whether all are filled.
function layOutGallery(rows = Infinity) {
  if (byId('gallery').hidden) return true;
  const top = Math.max(0, -list.getBoundingClientRect().top);
  const first = Math.max(0, Math.floor(top / rowHeight) - 2);
  const count = Math.ceil(innerHeight / rowHeight) + 5;
  let isWhole = true;
  while (pool.length < count) pool.push(makeRow());
  for (let at = first; at < first + pool.length; at++) {
    const row = pool[at % pool.length];
    const isLate = row.at !== at && rows <= 0 && row.item !== document.activeElement;
    row.item.hidden = isLate || at >= shown.length;
    if (row.item.hidden) row.at = -1;
    else if (row.at !== at) {
      fillRow(row, at);
      rows--;
    }
    if (isLate) isWhole = false;
  }
  setTabStop(first);
  return isWhole;
}

// One row can be reached by Tab: the current one, or else one in sight.
function setTabStop(first) {
  for (const row of pool) row.item.tabIndex = row.at === current ? 0 : -1;
  if (pool.some(row => row.at === current)) return;
  const row = pool.find(row => row.at >= first + 2) || pool.find(row => row.at >= 0);
  if (row) row.item.tabIndex = 0;
}

function moveTo(at, withFocus = false) {
  current = Math.max(0, Math.min(shown.length - 1, at));
  if (current < 0) return;
  if (withFocus) scrollToRow(current);
  layOutGallery();
  if (withFocus) pool.find(row => row.at === current)?.item.focus({ preventScroll: true });
}

function scrollToRow(at) {
  const top = list.getBoundingClientRect().top + scrollY + at * rowHeight;
  const header = document.querySelector('header').offsetHeight + 8;
  if (top < scrollY + header) scrollTo(0, top - header);
  else if (top + rowHeight > scrollY + innerHeight) scrollTo(0, top + rowHeight - innerHeight);
}

list.onkeydown = event => {
  const at = pool.find(row => row.item === document.activeElement)?.at;
  if (at === undefined) return;
  const page = Math.max(1, Math.floor(innerHeight / rowHeight) - 1);
  const target = {
    ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page,
    Home: 0, End: shown.length - 1,
  }[event.key];
  if (target === undefined && event.key !== 'Enter') return;
  event.preventDefault();
  if (target === undefined) openDetail(shown[at]);
  else moveTo(target, true);
};

addEventListener('scroll', requestFrame, { passive: true });
addEventListener('resize', () => {
  emptyRows();
  measureRows();
  requestFrame();
});
report.domains.forEach((name, i) => {
  byId('domain').append(element('option', { value: i, textContent: name || 'unknown' }));
});
for (const id of ['domain', 'sort', 'misses']) byId(id).onchange = refreshGallery;
byId('find').oninput = refreshGallery;
byId('filters').onsubmit = event => event.preventDefault();
