// Selection: images of the map, one or those inside a lasso, listed as cards.
const CARDS_PER_PAGE = 60;
let isLasso = false; // whether the pointer draws a lasso
let lasso = null; // points of the line that is being drawn
let selection = []; // images
let listed = 0; // cards of the selection that exist

function isInLasso(x, y) { // a ray to the left crosses the line an odd number of times
  let inside = false;
  lasso.forEach(([xA, yA], i) => {
    const [xB, yB] = lasso.at(i - 1);
    const crosses = yA > y !== yB > y && x < (xB - xA) * (y - yA) / (yB - yA) + xA;
    if (crosses) inside = !inside;
  });
  return inside;
}

function imageCard(image) {
  const button = element(
    'button', { className: 'card', onclick: () => openDetail(queryOfImage.get(image)) },
    thumbnail(image),
    element('b', { textContent: labelOf(image) }),
    element('span', { textContent: describe(image) }));
  return element('li', {}, button);
}

function listMore() {
  const end = Math.min(listed + CARDS_PER_PAGE, selection.length);
  byId('selection').append(...selection.slice(listed, end).map(imageCard));
  listed = end;
  byId('more').hidden = listed >= selection.length;
}

function select(images) {
  selection = images;
  listed = 0;
  byId('selection').replaceChildren();
  byId('chosen').textContent = `${images.length.toLocaleString()} images selected`;
  if (hasLabels && images.length) byId('chosen').append(' ', nameTheseButton());
  listMore();
  drawMap();
}

function selectLasso() {
  const images = Array.from(report.mapped).filter(
    image => isVisible(image) && isInLasso(screenX(image), screenY(image)));
  lasso = null;
  select(images);
}

byId('lasso').onclick = () => {
  isLasso = !isLasso;
  byId('lasso').setAttribute('aria-pressed', isLasso);
  byId('canvas').classList.toggle('lasso', isLasso);
};
byId('more').onclick = listMore;
