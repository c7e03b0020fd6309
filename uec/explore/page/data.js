'use strict';
// What Python wrote into the page: plain JSON, and typed arrays as [kind, base64].
const byId = id => document.getElementById(id);
const report = JSON.parse(byId('data').textContent);
const arrayKinds = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, f4: Float32Array };

function unpack([kind, base64]) {
  return new arrayKinds[kind](Uint8Array.from(atob(base64), c => c.charCodeAt(0)).buffer);
}

for (const name of report.arrays) report[name] = unpack(report[name]);
const K = report.k;
const queryCount = report.query.length;

// `image` is the number of an image, `query` that of a query, which is `report.query[query]`.
const queryOfImage = new Map(Array.from(report.query, (image, query) => [image, query]));
const labelOf = image => report.labels[report.label[image]] || 'no label';
const domainOf = image => report.domains[report.domain[image]] || 'unknown';
const describe = image => `${domainOf(image)} · ${report.ids[image]}`;

// The neighbours of a query: their images, whether they are hits, and how far away they are.
const neighboursOf = query => report.neighbours.subarray(query * K, query * K + K);
const matchesOf = query => report.match.subarray(query * K, query * K + K);
const distancesOf = query => report.distances.subarray(query * K, query * K + K);
const precisionText = query => (
  report.judged[query] ? `P@${K} ${report.precision[query].toFixed(2)}` : 'not judged');

function verdict(query, rank) { // the class and the mark of a neighbour
  if (!report.judged[query]) return { kind: '', mark: '' };
  return matchesOf(query)[rank] ? { kind: 'hit', mark: '✓ ' } : { kind: 'miss', mark: '✗ ' };
}

function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}
