// The grid of the view Label: a tile for each image; only the tiles in sight exist.
const grid = byId('grid');
const tiles = new Map(); // image -> its tile
const freeTiles = [];
const TILES_PER_FRAME = 24;
let gridImages = []; // images that the filter leaves, similar ones together
let placeOf = []; // image -> its place in gridImages; -1 for none
let onlyThese = null; // images that the map's lasso led here with; null: all
let cursor = 0; // the place that the keyboard is at
let marked = new Set(); // images that the next name is for
let columns = 1;
let tileSize = 104;

const isUnnamed = image => !nameOf[image];
const isInGrid = image => placeOf[image] >= 0;
const firstPlace = images => (
  images.reduce((place, image) => Math.min(place, placeOf[image]), Infinity));

function refreshGrid() {
  const isShown = image => (
    (!onlyThese || onlyThese.has(image)) && (isUnnamed(image) || !byId('unnamed').checked));
  gridImages = Array.from(report.label_order).filter(isShown);
  if (onlyThese && !gridImages.length) {
    onlyThese = null;
    return refreshGrid();
  }
  placeOf = new Int32Array(report.ids.length).fill(-1);
  gridImages.forEach((image, place) => { placeOf[image] = place; });
  marked = new Set([...marked].filter(isInGrid));
  cursor = Math.max(0, Math.min(cursor, gridImages.length - 1));
  measureGrid();
  layOutGrid();
}

function measureGrid() {
  const width = grid.clientWidth;
  columns = Math.max(3, Math.floor(width / (innerWidth < 700 ? 78 : 104)));
  tileSize = width / columns;
  const header = document.querySelector('header').offsetHeight;
  byId('label').style.setProperty('--header', `${header}px`);
  grid.style.setProperty('--tile', `${tileSize}px`);
  grid.style.height = `${Math.ceil(gridImages.length / columns) * tileSize}px`;
}

function makeTile() {
  const tile = { img: element('img', { alt: '', draggable: false }), name: element('span') };
  tile.name.dir = 'auto';
  tile.box = element('div', { className: 'tile' }, tile.img, tile.name);
  tile.box.setAttribute('role', 'option');
  grid.append(tile.box);
  return tile;
}

function takeTile(image) {
  const tile = freeTiles.pop() || makeTile();
  tile.box.id = `tile-${image}`;
  tile.box.hidden = false;
  tiles.set(image, tile);
  showThumbnail(tile.img, image);
  return tile;
}

function freeTile(image, tile) {
  tiles.delete(image);
  queue.delete(tile.img);
  unread.delete(tile.img);
  tile.box.hidden = true;
  freeTiles.push(tile);
}

// Place the tiles in sight, at most `count` new ones; return whether all of them are there.
function layOutGrid(count = Infinity) {
  if (byId('label').hidden) return true;
  const top = Math.max(0, -grid.getBoundingClientRect().top);
  const first = Math.max(0, Math.floor(top / tileSize) - 1) * columns;
  const rows = Math.ceil(innerHeight / tileSize) + 3;
  const inSight = gridImages.slice(first, first + rows * columns);
  const isInSight = new Set(inSight);
  for (const [image, tile] of tiles) if (!isInSight.has(image)) freeTile(image, tile);
  inSight.forEach((image, i) => {
    if (!tiles.has(image) && count-- > 0) takeTile(image);
    if (tiles.has(image)) showTile(tiles.get(image), image, first + i);
  });
  showCursor();
  return tiles.size === inSight.length;
}

function showTile({ box, name }, image, place) {
  const [x, y] = [place % columns, Math.floor(place / columns)];
  box.style.transform = `translate(${x * tileSize}px, ${y * tileSize}px)`;
  box.classList.toggle('cursor', place === cursor);
  box.setAttribute('aria-selected', marked.has(image));
  box.setAttribute('aria-posinset', place + 1);
  box.setAttribute('aria-setsize', gridImages.length);
  box.setAttribute('aria-label', `${nameOf[image] || 'no name'}, ${report.ids[image]}`);
  if (name.textContent !== nameOf[image]) name.textContent = nameOf[image];
}

function showCursor() {
  const tile = tiles.get(gridImages[cursor]);
  if (tile) grid.setAttribute('aria-activedescendant', tile.box.id);
  else grid.removeAttribute('aria-activedescendant');
}

function scrollToCursor() {
  const top = grid.getBoundingClientRect().top + Math.floor(cursor / columns) * tileSize;
  const bar = byId('naming');
  const covered = parseFloat(getComputedStyle(bar).top) + bar.offsetHeight + 4;
  if (top < covered) scrollBy(0, top - covered);
  else if (top + tileSize > innerHeight) scrollBy(0, top + tileSize - innerHeight + 4);
}

function tileUnder(x, y) { // the place at a point of the grid; -1 outside
  const column = Math.floor(x / tileSize);
  const place = Math.floor(y / tileSize) * columns + column;
  return x >= 0 && y >= 0 && column < columns && place < gridImages.length ? place : -1;
}

function imagesBetween(left, top, right, bottom) { // those whose tiles the rectangle touches
  const found = [];
  const firstColumn = Math.max(0, Math.floor(left / tileSize));
  const lastColumn = Math.min(columns - 1, Math.floor(right / tileSize));
  for (let row = Math.max(0, Math.floor(top / tileSize)); row * tileSize <= bottom; row++) {
    if (row * columns >= gridImages.length) break;
    const start = row * columns;
    found.push(...gridImages.slice(start + firstColumn, start + lastColumn + 1));
  }
  return found;
}
