// Map: a square for each image; it can be moved and zoomed, and an image pointed at.
const canvas = byId('canvas');
const tip = byId('tip');
const domainColours = [
  '#4477aa', '#ee6677', '#228833', '#ccbb44', '#66ccee', '#aa3377',
  '#e08030', '#8866cc', '#999933', '#44aa99', '#777777'];
const domainColour = domain => domainColours[domain % domainColours.length];
const LARGEST_COORDINATE = 65535; // of report.x and report.y
const wholeMap = { x: 0, y: 0, scale: 1 };
let view = wholeMap;
const hiddenDomains = new Set();
let pointed = -1; // image under the pointer
let drawRequested = false;

const mapWidth = () => canvas.clientWidth;
const mapHeight = () => canvas.clientHeight;

function toScreen(coordinate, size, offset) {
  const side = Math.min(mapWidth(), mapHeight()) - 24;
  return (coordinate / LARGEST_COORDINATE - 0.5) * side * view.scale + size / 2 + offset;
}

const screenX = image => toScreen(report.x[image], mapWidth(), view.x);
const screenY = image => toScreen(report.y[image], mapHeight(), view.y);
const isVisible = image => !hiddenDomains.has(report.domain[image]);

function drawMap() {
  if (drawRequested) return;
  drawRequested = true;
  requestAnimationFrame(() => {
    drawRequested = false;
    paintMap();
  });
}

function paintMap() {
  const context = canvas.getContext('2d');
  const ratio = devicePixelRatio;
  const width = Math.floor(mapWidth() * ratio);
  const height = Math.floor(mapHeight() * ratio);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, mapWidth(), mapHeight());
  const smallest = report.mapped.length < 3000 ? 5 : 2.5;
  const size = Math.max(smallest, Math.min(9, smallest * Math.sqrt(view.scale)));
  report.domains.forEach((_, domain) => paintDomain(context, domain, size));
  context.strokeStyle = getComputedStyle(document.body).color;
  context.lineWidth = 2;
  paintSelection(context, size);
  if (lasso) paintLasso(context);
}

function paintDomain(context, domain, size) {
  if (hiddenDomains.has(domain)) return;
  context.fillStyle = domainColour(domain);
  context.globalAlpha = 0.8;
  for (const image of report.mapped) {
    if (report.domain[image] !== domain) continue;
    const x = screenX(image);
    const y = screenY(image);
    const isOutside = x < -5 || y < -5 || x > mapWidth() + 5 || y > mapHeight() + 5;
    if (!isOutside) context.fillRect(x - size / 2, y - size / 2, size, size);
  }
  context.globalAlpha = 1;
}

function paintSelection(context, size) {
  const framed = selection.length < 3000 ? selection : [];
  for (const image of framed) {
    const [left, top] = [screenX(image) - size / 2 - 1, screenY(image) - size / 2 - 1];
    context.strokeRect(left, top, size + 2, size + 2);
  }
  if (pointed < 0) return;
  context.beginPath();
  context.arc(screenX(pointed), screenY(pointed), size + 3, 0, 7);
  context.stroke();
}

function paintLasso(context) {
  context.beginPath();
  for (const [x, y] of lasso) context.lineTo(x, y);
  context.closePath();
  context.stroke();
}

// Pointing at an image shows its thumbnail.
function pointAt(image) {
  pointed = image;
  tip.hidden = image < 0;
  if (image >= 0) {
    showThumbnail(tip.firstElementChild, image);
    tip.lastElementChild.textContent = `${labelOf(image)} · ${domainOf(image)}`;
    tip.style.left = `${Math.max(4, Math.min(mapWidth() - 124, screenX(image) + 14))}px`;
    tip.style.top = `${Math.max(4, Math.min(mapHeight() - 160, screenY(image) + 14))}px`;
  }
  drawMap();
}

// The visible image of the least cost; -1 if every cost is infinite.
function cheapest(cost) {
  let best = -1;
  let least = Infinity;
  for (const image of report.mapped) {
    if (!isVisible(image)) continue;
    const value = cost(image);
    if (value < least) [best, least] = [image, value];
  }
  return best;
}

function hover(x, y) {
  const squaredRadius = 14 ** 2;
  const image = cheapest(image => {
    const squared = (screenX(image) - x) ** 2 + (screenY(image) - y) ** 2;
    return squared < squaredRadius ? squared : Infinity;
  });
  if (image !== pointed) pointAt(image);
}

// The arrow keys go to the nearest image in their direction; what lies to the side counts double.
function pointToward([directionX, directionY]) {
  const x = pointed < 0 ? mapWidth() / 2 : screenX(pointed);
  const y = pointed < 0 ? mapHeight() / 2 : screenY(pointed);
  const image = cheapest(image => {
    if (image === pointed) return Infinity;
    const [dx, dy] = [screenX(image) - x, screenY(image) - y];
    const along = dx * directionX + dy * directionY;
    const aside = Math.abs(dx * directionY) + Math.abs(dy * directionX);
    const isAhead = along > 0 && aside <= along || pointed < 0;
    return isAhead ? along ** 2 + 4 * aside ** 2 : Infinity;
  });
  if (image < 0) return;
  pointAt(image);
  byId('chosen').textContent = `${labelOf(image)}, ${domainOf(image)}`;
}

function zoom(factor, x = mapWidth() / 2, y = mapHeight() / 2) {
  const scale = Math.max(0.5, Math.min(60, view.scale * factor));
  const ratio = scale / view.scale;
  const [fromX, fromY] = [x - mapWidth() / 2, y - mapHeight() / 2];
  view = { scale, x: fromX - (fromX - view.x) * ratio, y: fromY - (fromY - view.y) * ratio };
  pointAt(-1);
}

function fitMap() {
  view = wholeMap;
  pointAt(-1);
}

// Pointers: one moves the map or draws the lasso, two zoom.
const pointers = new Map(); // pointer -> where it was last
const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]) || 1;

canvas.onpointerdown = event => {
  canvas.setPointerCapture(event.pointerId);
  pointers.set(event.pointerId, [event.offsetX, event.offsetY]);
  if (isLasso) lasso = [[event.offsetX, event.offsetY]];
};

canvas.onpointermove = event => {
  const before = pointers.get(event.pointerId);
  const now = [event.offsetX, event.offsetY];
  if (!before) return hover(...now);
  if (lasso) {
    lasso.push(now);
    return drawMap();
  }
  if (pointers.size === 2) {
    const other = [...pointers].find(([id]) => id !== event.pointerId)[1];
    const factor = distance(now, other) / distance(before, other);
    zoom(factor, (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
  } else {
    view = { ...view, x: view.x + now[0] - before[0], y: view.y + now[1] - before[1] };
    pointAt(-1);
  }
  pointers.set(event.pointerId, now);
};

canvas.onpointerup = canvas.onpointercancel = event => {
  pointers.delete(event.pointerId);
  if (!lasso) return hover(event.offsetX, event.offsetY);
  selectLasso();
};

canvas.onpointerleave = () => { if (!pointers.size) pointAt(-1); };
canvas.addEventListener('wheel', event => {
  event.preventDefault();
  zoom(Math.exp(-event.deltaY / 400), event.offsetX, event.offsetY);
}, { passive: false });

canvas.onkeydown = event => {
  const direction = {
    ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
  }[event.key];
  if (direction) {
    event.preventDefault();
    pointToward(direction);
  } else if (event.key === '+' || event.key === '=') zoom(1.5);
  else if (event.key === '-') zoom(1 / 1.5);
  else if (event.key === '0') fitMap();
  else if (event.key === 'Enter' && pointed >= 0) select([pointed]);
};

byId('in').onclick = () => zoom(1.5);
byId('out').onclick = () => zoom(1 / 1.5);
byId('fit').onclick = fitMap;
addEventListener('resize', () => { if (!byId('map').hidden) drawMap(); });

report.domains.forEach((name, domain) => {
  const button = element('button', {}, element('i'), name || 'unknown');
  button.firstChild.style.background = domainColour(domain);
  button.setAttribute('aria-pressed', true);
  button.onclick = () => {
    if (!hiddenDomains.delete(domain)) hiddenDomains.add(domain);
    button.setAttribute('aria-pressed', !hiddenDomains.has(domain));
    pointAt(-1);
  };
  byId('legend').append(button);
});
