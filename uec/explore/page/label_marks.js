// Marking images in the grid, for the next name: with the pointer, the keyboard, or by likeness.
const SIMILAR_PER_STEP = 8;
const DRAG_PX = 5; // a pointer that moves less has clicked
let anchor = 0; // where a range begins
let beforeRange = new Set(); // marks that a range is added to
const additions = []; // marks before each addition of similar images
let drag = null; // where the pointer went down, and the rectangle that it draws from there
let wasDrawn = false; // whether the click that ends a drag is yet to come
let pointerKind = 'mouse';

function setMarks(images) {
  marked = new Set(images);
  for (const [image, { box }] of tiles) box.setAttribute('aria-selected', marked.has(image));
  showMarks();
}

function beginRange(before = marked) {
  anchor = cursor;
  beforeRange = new Set(before);
  additions.length = 0;
}

function moveCursor(place) {
  if (!gridImages.length) return;
  tiles.get(gridImages[cursor])?.box.classList.remove('cursor');
  cursor = Math.max(0, Math.min(gridImages.length - 1, place));
  scrollToCursor();
  layOutGrid();
}

function markOne(place) {
  moveCursor(place);
  beginRange([]);
  setMarks(gridImages.slice(cursor, cursor + 1));
}

function markRange(place) {
  moveCursor(place);
  const [first, last] = [Math.min(anchor, cursor), Math.max(anchor, cursor)];
  setMarks([...beforeRange, ...gridImages.slice(first, last + 1)]);
}

function toggleMark(place) {
  moveCursor(place);
  const image = gridImages[cursor];
  if (image === undefined) return;
  setMarks(marked.has(image) ? [...marked].filter(other => other !== image) : [...marked, image]);
  beginRange();
}

function markAll() {
  setMarks(gridImages);
  beginRange();
}

// The unnamed images most similar to the marked ones: their first neighbours, then the second.
function similarUnnamed() {
  const near = report.label_neighbours;
  const perImage = report.label_k;
  const found = new Set();
  for (let rank = 0; rank < perImage; rank++) {
    for (const image of marked) {
      const other = near[image * perImage + rank];
      if (isUnnamed(other) && isInGrid(other) && !marked.has(other)) found.add(other);
      if (found.size === SIMILAR_PER_STEP) return [...found];
    }
  }
  return [...found];
}

function addSimilar() {
  const found = similarUnnamed();
  if (!found.length) return tell(marked.size ? 'No more similar pictures without a name.' : NO_MARKS);
  const before = [...additions, [...marked]];
  setMarks([...marked, ...found]);
  beginRange();
  additions.push(...before);
}

function leaveSimilar() { // take the last addition back
  if (!additions.length) return;
  const before = additions.slice(0, -1);
  setMarks(additions.at(-1));
  beginRange();
  additions.push(...before);
}

// Pointer: a click marks one, with Ctrl one more, with Shift a range; a drag draws a rectangle.
// A finger scrolls, and a tap marks one more.
function pointInGrid(event) {
  const { left, top } = grid.getBoundingClientRect();
  return [event.clientX - left, event.clientY - top];
}

grid.onpointerdown = event => {
  pointerKind = event.pointerType;
  wasDrawn = false;
  if (event.button !== 0 || pointerKind === 'touch') return;
  const isMore = event.shiftKey || event.ctrlKey || event.metaKey;
  drag = { from: pointInGrid(event), before: isMore ? [...marked] : [], isDrawn: false };
};

grid.onpointermove = event => {
  if (!event.buttons) drag = null;
  if (!drag) return;
  const [x, y] = pointInGrid(event);
  if (!drag.isDrawn && Math.hypot(x - drag.from[0], y - drag.from[1]) < DRAG_PX) return;
  if (!drag.isDrawn) {
    drag.isDrawn = true;
    grid.setPointerCapture(event.pointerId);
    const started = drag;
    requestAnimationFrame(() => scrollWhile(started));
  }
  drag.client = event;
  drawRectangle();
};

function drawRectangle() {
  const [x, y] = pointInGrid(drag.client);
  const [left, right] = [Math.min(x, drag.from[0]), Math.max(x, drag.from[0])];
  const [top, bottom] = [Math.min(y, drag.from[1]), Math.max(y, drag.from[1])];
  const band = byId('band');
  band.hidden = false;
  Object.assign(band.style, {
    left: `${Math.max(0, left)}px`,
    top: `${Math.max(0, top)}px`,
    width: `${Math.min(grid.clientWidth, right) - Math.max(0, left)}px`,
    height: `${Math.min(grid.clientHeight, bottom) - Math.max(0, top)}px`,
  });
  setMarks([...drag.before, ...imagesBetween(left, top, right, bottom)]);
}

// Once a frame, until the button is released or another drag has begun.
function scrollWhile(started) {
  if (drag !== started) return;
  const { clientY } = drag.client;
  const top = byId('naming').getBoundingClientRect().bottom;
  const step = Math.min(0, clientY - top) + Math.max(0, clientY - innerHeight + 40);
  if (step) {
    scrollBy(0, step / 3);
    drawRectangle();
  }
  requestAnimationFrame(() => scrollWhile(started));
}

grid.onpointerup = grid.onpointercancel = () => {
  wasDrawn = Boolean(drag?.isDrawn);
  drag = null;
  if (!wasDrawn) return;
  byId('band').hidden = true;
  if (marked.size) cursor = firstPlace([...marked]);
  layOutGrid();
  beginRange();
  grid.focus({ preventScroll: true });
};

grid.onclick = event => {
  if (wasDrawn) return;
  const place = tileUnder(...pointInGrid(event));
  if (place < 0) setMarks([]);
  else if (event.shiftKey) markRange(place);
  else if (event.ctrlKey || event.metaKey || pointerKind === 'touch') toggleMark(place);
  else markOne(place);
};

// Keyboard: the arrows mark one, with Shift a range, with Ctrl they only move.
function markByKey(event) {
  const page = Math.max(1, Math.floor(innerHeight / tileSize) - 3) * columns;
  const place = {
    ArrowRight: cursor + 1, ArrowLeft: cursor - 1, ArrowDown: cursor + columns,
    ArrowUp: cursor - columns, PageDown: cursor + page, PageUp: cursor - page,
    Home: 0, End: gridImages.length - 1,
  }[event.key];
  if (place === undefined) return false;
  if (event.shiftKey) markRange(place);
  else if (event.ctrlKey || event.metaKey) moveCursor(place);
  else markOne(place);
  return true;
}
