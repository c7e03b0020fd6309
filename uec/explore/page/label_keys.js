// The keys of the view Label, and how it begins.
const isCommand = event => event.ctrlKey || event.metaKey;
const toGrid = () => grid.focus({ preventScroll: true });

function commandByKey(event) { // those that work wherever the focus is
  const key = event.key.toLowerCase();
  if (!isCommand(event) || event.altKey) return false;
  if (key === 's') downloadLabels();
  else if (key === 'z' && event.shiftKey || key === 'y') redo();
  else if (key === 'z') undo();
  else return false;
  return true;
}

function fieldByKey(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    if (byId('names').hidden) offerNames();
    offer(offered + step);
  } else if (event.key === 'Escape') {
    isTyped = false;
    closeNames();
    showMarks();
    toGrid();
  } else if (event.key === 'Enter') {
    const chosen = byId('names').children[offered];
    toGrid();
    nameMarked(chosen ? chosen.textContent : field.value);
  } else return false;
  return true;
}

function gridByKey(event) {
  if (markByKey(event)) return true;
  if (isCommand(event) && event.key.toLowerCase() === 'a') markAll();
  else if (event.key === ' ') toggleMark(cursor);
  else if (isCommand(event) || event.altKey) return false;
  else if (event.key === '+' || event.key === '=') addSimilar();
  else if (event.key === '-') leaveSimilar();
  else if (event.key === 'Escape') setMarks([]);
  else if (event.key === 'Enter') nameMarked(field.value);
  else if (event.key === 'F2') writeName();
  else if (event.key === 'Delete' || event.key === 'Backspace') nameMarked('');
  else if (/^[1-9]$/.test(event.key)) nameBySlot(Number(event.key) - 1);
  else return false;
  return true;
}

function nameBySlot(slot) { if (slot < slots.length) nameMarked(slots[slot]); }

// A letter goes to the field, and replaces the suggestion there.
function writeByKey(event) {
  const isText = event.key.length === 1 || event.key === 'Dead';
  if (!isText || isCommand(event) && !event.getModifierState('AltGraph')) return;
  writeName();
}

function writeName() {
  field.focus();
  if (!isTyped) field.select();
}

function onLabelKey(event) {
  if (byId('label').hidden || event.isComposing || event.keyCode === 229) return;
  const isInField = event.target === field;
  const isInGrid = event.target === grid || event.target === document.body;
  const isNativeUndo = isInField && isTyped && /^[zy]$/i.test(event.key);
  const isHandled = !isNativeUndo && commandByKey(event)
    || isInField && fieldByKey(event) || isInGrid && gridByKey(event);
  if (isHandled) event.preventDefault();
  else if (isInGrid) writeByKey(event);
}

function downloadLabels() {
  downloadNames();
  tell('labels.csv is downloaded.');
  showNames();
}

function nameTheseButton() { // on the map: name the images of the lasso
  const nameThese = () => {
    onlyThese = new Set(selection);
    if (selection.every(image => !isUnnamed(image))) byId('unnamed').checked = false;
    chooseView('label');
    cursor = 0;
    markAll();
    scrollTo(0, 0);
  };
  return element('button', { textContent: 'Name these', onclick: nameThese });
}

function showLabel() {
  refreshLabel();
  if (!marked.size && gridImages.length) markOne(cursor);
  toGrid();
}

function beginLabel() {
  restoreNames();
  document.addEventListener('keydown', onLabelKey);
  byId('name-form').onsubmit = event => {
    event.preventDefault();
    nameMarked(field.value);
  };
  field.oninput = () => {
    isTyped = true;
    showField();
    offerNames();
  };
  field.onblur = closeNames;
  byId('similar').onclick = addSimilar;
  byId('undo').onclick = undo;
  byId('download').onclick = downloadLabels;
  byId('unnamed').onchange = refreshLabel;
  byId('anew').onclick = () => {
    if (!confirm('Take all names back that were given here?')) return;
    beginAnew();
    onlyThese = null;
    refreshLabel();
  };
  byId('label').addEventListener('click', event => { // a click on a button leaves the keys working
    if (event.detail && event.target.closest('button, .box')) toGrid();
  });
  addEventListener('resize', refreshGrid);
  addEventListener('storage', event => { // named in another tab
    if (event.key !== storageKey) return;
    restoreNames();
    refreshLabel();
  });
  if (location.hash === '#view=label') chooseView('label');
}
