// Names that a person gives to images: undone, kept in the browser, and written as labels.csv.
const hasLabels = Boolean(report.label_order);
const knownName = image => report.labels[report.label[image]]; // from the data; '' for none
const nameOf = Array.from(report.label, (_, image) => knownName(image));
const storageKey = `uec labels ${report.label_key}`;
const SLOTS = 9; // names that the digits 1 to 9 give
let slots = []; // the names used last; one keeps its digit until a tenth name takes its place
let slotUses = []; // the number of the use that each slot was last used in
let uses = 0;
let isDownloaded = true; // whether labels.csv holds all that was named here
let isKept = true; // whether the browser's storage took the names
const done = []; // changes that can be undone: [[image, the name before], ...] each
const undone = [];

const cleanName = text => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim().normalize('NFC');
const namesInUse = () => new Set(nameOf.filter(Boolean));

function change(pairs) { // returns the pairs that take it back
  const back = pairs.map(([image]) => [image, nameOf[image]]);
  for (const [image, name] of pairs) nameOf[image] = name;
  isDownloaded = false;
  keepNames();
  return back;
}

function giveName(images, name) {
  const changed = images.filter(image => nameOf[image] !== name);
  if (name) useSlot(name);
  if (!changed.length) return;
  done.push(change(changed.map(image => [image, name])));
  undone.length = 0;
}

function takeBack(from, to) { // undo, or redo the other way round; returns the images
  const pairs = from.pop();
  if (!pairs) return [];
  to.push(change(pairs));
  return pairs.map(([image]) => image);
}

function useSlot(name) {
  const inUse = namesInUse();
  let slot = slots.indexOf(name);
  if (slot < 0) slot = slots.findIndex(other => !inUse.has(other)); // as after an undo
  if (slot < 0) slot = slots.length < SLOTS ? slots.length : slotUses.indexOf(Math.min(...slotUses));
  slots[slot] = name;
  slotUses[slot] = ++uses;
}

function fillSlots(names) {
  [slots, slotUses, uses] = [[], [], 0];
  names.slice(0, SLOTS).forEach(useSlot);
}

function frequentNames() {
  const counts = new Map();
  for (const name of nameOf) if (name) counts.set(name, (counts.get(name) || 0) + 1);
  return [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a));
}

function beginAnew() {
  const changed = [...nameOf.keys()].filter(image => nameOf[image] !== knownName(image));
  if (changed.length) done.push(change(changed.map(image => [image, knownName(image)])));
  undone.length = 0;
  isDownloaded = true;
  fillSlots(frequentNames());
  keepNames();
}

// The browser keeps what differs from the data. Storage that is full or forbidden is no error.
function keepNames() {
  const pairs = [...nameOf.entries()].filter(([image, name]) => name !== knownName(image));
  isDownloaded ||= !pairs.length;
  try {
    if (pairs.length) localStorage.setItem(storageKey, JSON.stringify({ pairs, slots, isDownloaded }));
    else localStorage.removeItem(storageKey);
    isKept = true;
  } catch {
    isKept = false;
  }
}

function restoreNames() {
  done.length = undone.length = 0;
  nameOf.forEach((_, image) => { nameOf[image] = knownName(image); });
  isDownloaded = true;
  try {
    const kept = JSON.parse(localStorage.getItem(storageKey));
    for (const [image, name] of kept?.pairs ?? []) nameOf[image] = name;
    isDownloaded = kept?.isDownloaded ?? true;
    fillSlots(kept?.slots ?? frequentNames());
  } catch {
    fillSlots(frequentNames()); // forbidden
  }
}

// CSV as in RFC 4180. Ids and names are written literally: the reader takes them as text.
const csvCell = text => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

function labelsCsv() {
  const named = report.ids.map((id, image) => [id, nameOf[image]]).filter(([, name]) => name);
  return [['id', 'label'], ...named].map(cells => `${cells.map(csvCell).join(',')}\r\n`).join('');
}

function downloadNames() {
  const url = URL.createObjectURL(new Blob([labelsCsv()], { type: 'text/csv;charset=utf-8' }));
  element('a', { href: url, download: 'labels.csv' }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  isDownloaded = true;
  keepNames();
}

addEventListener('beforeunload', event => { if (!isDownloaded) event.preventDefault(); });
