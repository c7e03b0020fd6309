// The view Label: the field for the name, the names used before, and what is done with them.
const field = byId('given');
const STRIP_IMAGES = 12;
const NAMES_OFFERED = 8;
const NO_MARKS = 'No picture is marked.';
let isTyped = false; // whether the field holds what was typed; else a suggestion
let offered = -1; // the name of the list that the arrow keys are at

function tell(text) { byId('told').textContent = text; }

// What the view says of the names and the marks.
function showNames() {
  const named = nameOf.filter(Boolean).length;
  const names = namesInUse().size;
  const count = `${named.toLocaleString()} of ${nameOf.length.toLocaleString()} named`;
  const kept = isKept ? '' : ' (kept only while this tab is open)';
  byId('progress').textContent = `${count}, ${names} ${names === 1 ? 'name' : 'names'}${kept}`;
  byId('download').classList.toggle('ready', !isDownloaded);
  byId('slots').replaceChildren(...slots.map(slotButton));
  showFilter();
}

function slotButton(name, slot) {
  const text = element('bdi', { textContent: name });
  const button = element('button', { title: name }, element('kbd', { textContent: slot + 1 }), text);
  button.onclick = () => {
    toGrid();
    nameMarked(name);
  };
  return button;
}

function showFilter() {
  if (!gridImages.length) return tell('Every picture has a name. Download labels.csv.');
  if (!onlyThese) return;
  const showAll = () => {
    onlyThese = null;
    refreshLabel();
    tell('');
  };
  const button = element('button', { textContent: 'Show all', onclick: showAll });
  byId('told').replaceChildren(`${onlyThese.size.toLocaleString()} pictures of the map `, button);
}

function showMarks() {
  byId('marks').textContent = `${marked.size.toLocaleString()} marked`;
  const latest = [...marked].slice(-STRIP_IMAGES).reverse(); // the strip may be cut
  const strip = byId('strip');
  while (strip.children.length < latest.length) strip.append(element('img', { alt: '' }));
  [...strip.children].forEach((img, i) => {
    img.hidden = i >= latest.length;
    if (img.hidden || img.image === latest[i]) return;
    img.image = latest[i];
    showThumbnail(img, latest[i]);
  });
  showField();
}

function showField() {
  if (!isTyped) field.value = suggestion();
  field.classList.toggle('suggested', !isTyped);
}

// The name that the marked pictures have, or else the one that most of their neighbours have;
// a neighbour counts by its rank.
function suggestion() {
  const own = new Set(Array.from(marked, image => nameOf[image]));
  if (own.size === 1 && !own.has('')) return [...own][0];
  const votes = new Map();
  for (const image of [...marked].slice(0, 50)) {
    for (let rank = 0; rank < report.label_k; rank++) {
      const name = nameOf[report.label_neighbours[image * report.label_k + rank]];
      if (name) votes.set(name, (votes.get(name) || 0) + 1 / (rank + 1));
    }
  }
  return [...votes].reduce((best, vote) => (vote[1] > best[1] ? vote : best), ['', 0])[0];
}

function refreshLabel() {
  refreshGrid();
  showNames();
  showMarks();
}

// Give a name to the marked pictures and go on to the next that has none.
function nameMarked(text) {
  const images = [...marked];
  const name = cleanName(text);
  closeNames();
  if (!images.length) return tell(NO_MARKS);
  if (!name && images.every(isUnnamed)) return field.focus();
  const first = firstPlace(images);
  giveName(images, name);
  isTyped = false;
  const pictures = images.length === 1 ? '1 picture' : `${images.length.toLocaleString()} pictures`;
  tell(name ? `${pictures}: ${name}` : `The name of ${pictures} is taken away.`);
  if (name) goOn(first);
  else refreshLabel();
}

function goOn(place) {
  const next = gridImages.slice(place).find(isUnnamed) ?? gridImages.find(isUnnamed);
  marked.clear();
  refreshGrid();
  const isNextShown = next !== undefined && isInGrid(next);
  if (gridImages.length) markOne(isNextShown ? placeOf[next] : 0);
  else setMarks([]);
  showNames();
}

// Undo and redo mark the images that they change.
function undo() { goBack(done, undone, 'taken back'); }
function redo() { goBack(undone, done, 'given again'); }

function goBack(from, to, how) {
  const images = takeBack(from, to);
  if (!images.length) return tell(`No name can be ${how}.`);
  onlyThese = null;
  isTyped = false;
  refreshGrid();
  const there = images.filter(isInGrid);
  if (there.length) moveCursor(firstPlace(there));
  setMarks(there);
  beginRange();
  tell(`${images.length.toLocaleString()} ${images.length === 1 ? 'name' : 'names'} ${how}.`);
  showNames();
}

// The list of names used before that hold what is typed; those that begin with it come first.
function offerNames() {
  const text = cleanName(field.value).toLocaleLowerCase();
  const begins = name => name.toLocaleLowerCase().startsWith(text);
  const fitting = [...new Set([...namesInUse(), ...slots])]
    .filter(name => name.toLocaleLowerCase().includes(text))
    .sort((a, b) => begins(b) - begins(a) || a.localeCompare(b));
  const isOnlySelf = fitting.length === 1 && fitting[0] === field.value;
  const offers = isOnlySelf ? [] : fitting.slice(0, NAMES_OFFERED);
  byId('names').replaceChildren(...offers.map(nameOption));
  byId('names').hidden = !byId('names').children.length;
  field.setAttribute('aria-expanded', !byId('names').hidden);
  offer(-1);
}

function nameOption(name, i) {
  const option = element('li', { id: `name-${i}`, dir: 'auto', textContent: name });
  option.setAttribute('role', 'option');
  option.onpointerdown = event => event.preventDefault(); // the field keeps the focus
  option.onclick = () => {
    toGrid();
    nameMarked(name);
  };
  return option;
}

function offer(i) {
  const options = [...byId('names').children];
  offered = i < -1 ? options.length - 1 : i >= options.length ? -1 : i;
  options.forEach((option, at) => option.setAttribute('aria-selected', at === offered));
  if (offered < 0) field.removeAttribute('aria-activedescendant');
  else field.setAttribute('aria-activedescendant', options[offered].id);
}

function closeNames() {
  byId('names').hidden = true;
  byId('names').replaceChildren();
  field.setAttribute('aria-expanded', false);
  offer(-1);
}
