// Errors that Python counted: confused classes, hubs and near-duplicates, each as cards.
function errorSection(title, note, cards) {
  return [
    element('h2', { textContent: title }),
    element('p', { className: 'note', textContent: note }),
    element('ul', { className: 'cards' }, ...cards)];
}

function errorCard(images, title, about, action) {
  const button = element(
    'button', { className: 'card', onclick: action },
    ...images.map(image => thumbnail(image)),
    element('b', { textContent: title }),
    element('span', { textContent: about }));
  return element('li', {}, button);
}

// The queries of a kind, the worst first.
const queriesWhere = isOfKind => Array.from(report.worst).filter(isOfKind);

function confusionCard(pair) {
  const isConfused = query => {
    if (labelOf(report.query[query]) !== pair.label) return false;
    const matches = matchesOf(query);
    const labels = Array.from(neighboursOf(query), labelOf);
    return labels.some((label, rank) => !matches[rank] && label === pair.confused_with);
  };
  return errorCard(
    [pair.query, pair.neighbour], `${pair.label} → ${pair.confused_with}`,
    `${pair.times} times, ${pair.queries} queries`,
    () => showInGallery(queriesWhere(isConfused)));
}

function hubCard(hub) {
  return errorCard(
    [hub.image], `${hub.times} queries`, `${hub.wrong} wrongly · ${labelOf(hub.image)}`,
    () => showInGallery(queriesWhere(query => neighboursOf(query).includes(hub.image))));
}

function duplicateCard({ first, second, distance, same, pixels }) {
  const labels = labelOf(first) + (same ? '' : ` / ${labelOf(second)}`);
  return errorCard(
    [first, second], distance.toFixed(4) + (same ? '' : ' · two labels'),
    `pixels ${pixels.toFixed(2)} · ${labels}`,
    () => openDetail(queryOfImage.get(first)));
}

function showErrors() {
  if (byId('errors').firstChild) return;
  byId('errors').append(
    ...errorSection(
      'Confused classes',
      'The class of a query and that of its wrong neighbours, the most frequent first.',
      report.confused_pairs.map(confusionCard)),
    ...errorSection(
      'Hubs',
      `Images that answer many queries; a fair share is ${report.fair_share.toFixed(1)}.`,
      report.hubs.map(hubCard)),
    ...errorSection(
      'Near-duplicates',
      'Pairs of index images at almost no distance; '
        + 'a pixel correlation near 1 is the same picture.',
      report.duplicates.map(duplicateCard)));
}
