// Thumbnails: base64 in long texts, which the browser goes on reading after the page can be used.
const texts = [];

function thumbnailUrl(image) {
  const text = Math.floor(image / report.thumbnails_per_text);
  if (texts[text] === undefined) {
    const script = byId(`t${text}`);
    if (!script || document.readyState === 'loading') return '';
    texts[text] = script.textContent;
  }
  const isFirst = image % report.thumbnails_per_text === 0;
  const start = isFirst ? 0 : report.thumbnail_ends[image - 1];
  return `data:image/webp;base64,${texts[text].slice(start, report.thumbnail_ends[image])}`;
}

// A frame fills a few rows, then loads a few thumbnails, and leaves the rest to the next:
// scrolling stays smooth however many rows go by. Both are counted and not timed, since most of
// the cost of a thumbnail comes after the script.
const ROWS_PER_FRAME = 4;
const THUMBNAILS_PER_FRAME = 12;
const queue = new Map(); // <img> -> image
const unread = new Map(); // the same, of texts that the browser has not read yet
let frameRequested = false;

function requestFrame() {
  if (frameRequested) return;
  frameRequested = true;
  requestAnimationFrame(() => {
    frameRequested = false;
    const isWhole = layOutGallery(ROWS_PER_FRAME) && layOutGrid(TILES_PER_FRAME);
    if (isWhole) loadThumbnails();
    if (!isWhole || queue.size) requestFrame();
  });
}

function loadThumbnails() {
  let left = THUMBNAILS_PER_FRAME;
  for (const [img, image] of queue) {
    if (!left--) return;
    queue.delete(img);
    const url = thumbnailUrl(image);
    if (url) {
      img.src = url;
      unread.delete(img);
    } else unread.set(img, image);
  }
}

function showThumbnail(img, image) {
  img.decoding = 'async';
  img.removeAttribute('src');
  queue.set(img, image);
  requestFrame();
}

function thumbnail(image, alt = '') {
  const img = element('img', { alt });
  showThumbnail(img, image);
  return img;
}

document.addEventListener('DOMContentLoaded', () => {
  const late = [...unread];
  unread.clear();
  for (const [img, image] of late) showThumbnail(img, image);
});
