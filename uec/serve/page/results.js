// The query and the images that were found, as the server's JSON describes them.

// A label that begins with its domain, as `flag/fr` does, need not name it twice.
function nameOf({ id, label, domain }) {
  const repeats = domain && label.startsWith(`${domain}/`);
  return (repeats ? label.slice(domain.length + 1) : label) || id;
}

function sizeText(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return `${(bytes / 1000).toLocaleString('en', { maximumFractionDigits: 1 })} kB`;
}

function countText(count, noun) { return `${count} ${noun}${count === 1 ? '' : 's'}`; }

function showQuery(url, name, about) {
  byId('query').src = url || '';
  byId('query').hidden = !url;
  byId('query').alt = name ? `the query, ${name}` : '';
  byId('drop').classList.toggle('full', Boolean(url));
  byId('asked').replaceChildren(document.createTextNode(name), element('small', '', about));
}

function showIndexImage(image) {
  const about = image.domain ? `${image.domain}, of the index` : 'of the index';
  showQuery(image.thumbnail, nameOf(image), about);
}

function cardPicture(url) {
  const picture = element('span', 'picture');
  if (url) {
    const img = element('img');
    Object.assign(img, { alt: '', loading: 'lazy', decoding: 'async', src: url });
    picture.append(img);
  } else picture.textContent = 'no picture';
  return picture;
}

function cardText(image) {
  const text = element('span', 'text');
  const facts = element('span', 'facts');
  facts.append(element('span', 'domain', image.domain));
  if (image.distance !== undefined) {
    facts.append(element('span', 'distance', image.distance.toFixed(3)));
  }
  text.append(element('span', 'label', nameOf(image)), facts);
  return text;
}

function cardName(image, rank) { // for screen readers
  const parts = [rank ? `${rank}: ${nameOf(image)}` : nameOf(image)];
  if (image.domain) parts.push(image.domain);
  if (image.distance !== undefined) parts.push(`distance ${image.distance.toFixed(3)}`);
  return `${parts.join(', ')}. Search by it.`;
}

function card(image, rank) {
  const button = element('button', 'card');
  button.type = 'button';
  button.title = `${image.label || nameOf(image)}, ${image.id}`;
  button.setAttribute('aria-label', cardName(image, rank));
  button.append(cardPicture(image.thumbnail), cardText(image));
  button.addEventListener('click', () => followCard(image));
  const item = element('li');
  item.append(button);
  return item;
}

function showResults(title, cards) {
  byId('title').textContent = title;
  byId('title').hidden = false;
  byId('found').replaceChildren(...cards);
}

function hideResults() {
  byId('found').replaceChildren();
  byId('title').hidden = true;
}

// Arrow keys move through the grid of cards.
byId('found').addEventListener('keydown', event => {
  const cards = [...byId('found').querySelectorAll('.card')];
  const position = cards.indexOf(document.activeElement);
  const columns = cards.filter(other => other.offsetTop === cards[0].offsetTop).length;
  const step = {
    ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns,
  }[event.key];
  if (position < 0 || !step || !cards[position + step]) return;
  event.preventDefault();
  cards[position + step].focus();
});
