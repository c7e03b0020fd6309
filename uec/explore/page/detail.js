// One query, large, with its neighbours; a neighbour that is a query itself leads on.
function neighbourCard(query, rank) {
  const { kind, mark } = verdict(query, rank);
  const neighbour = neighboursOf(query)[rank];
  const distance = distancesOf(query)[rank].toFixed(3);
  const button = element(
    'button', { className: `card ${kind}`, onclick: () => openDetail(queryOfImage.get(neighbour)) },
    thumbnail(neighbour),
    element('b', { textContent: mark + distance }),
    element('span', { textContent: `${labelOf(neighbour)} · ${report.ids[neighbour]}` }));
  button.disabled = !queryOfImage.has(neighbour);
  return element('li', {}, button);
}

function openDetail(query) {
  if (query === undefined) return;
  const image = report.query[query];
  const cards = Array.from({ length: report.n_found }, (_, rank) => neighbourCard(query, rank));
  const about = `${describe(image)} · ${precisionText(query)}`;
  const large = thumbnail(image, labelOf(image));
  large.className = 'large';
  byId('detail').lastElementChild.replaceChildren(
    large,
    element('h2', { textContent: labelOf(image) }),
    element('p', { className: 'note', textContent: about }),
    element('ul', { className: 'cards' }, ...cards));
  if (!byId('detail').open) byId('detail').showModal();
}

byId('close').onclick = () => byId('detail').close();
