// Searching: by a file that is chosen, dropped or pasted, and by an image of the index.
let latest = 0; // number of the search that was begun last; only its answer is shown
let uploaded = null; // the file that was uploaded last; null while an image of the index is asked

function showNeighbours(neighbours, ms) {
  const domains = new Set(neighbours.map(image => image.domain).filter(Boolean));
  const spread = domains.size > 1 ? `, of ${domains.size} domains` : '';
  const cards = neighbours.map((image, i) => card(image, i + 1));
  showResults(`Nearest images, by distance${spread}`, cards);
  showStatus(`${countText(neighbours.length, 'neighbour')} in ${Math.max(1, Math.round(ms))} ms`);
}

async function search(url, options) {
  const number = ++latest;
  const start = performance.now();
  showStatus('Searching …');
  byId('found').classList.add('waiting');
  try {
    const answer = await request(url, options);
    if (number !== latest) return null;
    showNeighbours(answer.neighbours, performance.now() - start);
    return answer;
  } catch (error) {
    if (number !== latest) return null;
    showError(error.message);
    hideResults();
    return null;
  } finally {
    if (number === latest) byId('found').classList.remove('waiting');
  }
}

function searchFile(file) {
  uploaded = file;
  const old = byId('query').src;
  showQuery(URL.createObjectURL(file), file.name || 'pasted image', sizeText(file.size));
  if (old.startsWith('blob:')) URL.revokeObjectURL(old);
  if (location.search) history.pushState(null, '', '/');
  const headers = { 'Content-Type': 'application/octet-stream' };
  return search(`/api/search?k=${byId('k').value}${filterQuery()}`, { method: 'POST', body: file, headers });
}

// An image of a file has a row, one of a folder that grows has its id.
function addressOf({ row, id }) {
  return row === undefined ? `id=${encodeURIComponent(id)}` : `row=${row}`;
}

async function searchImage(address) {
  uploaded = null;
  const answer = await search(`/api/search?${address}&k=${byId('k').value}${filterQuery()}`);
  if (answer) showIndexImage(answer.asked);
}

async function followCard(image) {
  history.pushState(null, '', `?${addressOf(image)}`);
  scrollTo({ top: 0 });
  showIndexImage(image);
  await searchImage(addressOf(image));
  byId('found').querySelector('.card')?.focus({ preventScroll: true });
}

// Show what the address names: an image of the index, or some of them to begin with.
async function showAddress() {
  const asked = new URLSearchParams(location.search);
  for (const name of ['row', 'id']) {
    if (asked.has(name)) return searchImage(`${name}=${encodeURIComponent(asked.get(name))}`);
  }
  const number = ++latest;
  uploaded = null;
  showQuery(null, '', '');
  showStatus('');
  const answer = await request(`/api/images?n=12${filterQuery()}`);
  if (number !== latest) return;
  const title = answer.images.length ? 'Or begin with one of these' : 'No image passes the filter';
  showResults(title, answer.images.map(image => card(image)));
}

async function showServer() {
  const server = await request('/api/health');
  const count = Object.keys(server.domains).length;
  const domains = count ? ` of ${countText(count, 'domain')}` : '';
  const images = server.images.toLocaleString('en');
  const version = server.version ? `, version ${server.version}` : '';
  const about = `${server.about}: ${images} images${domains}, ${server.width} numbers each`;
  byId('about').textContent = about + version;
  showFilters(server);
}

byId('query').addEventListener('error', () => {
  byId('query').hidden = true;
  byId('drop').classList.remove('full');
});
byId('file').addEventListener('change', () => {
  const [file] = byId('file').files;
  if (file) searchFile(file);
  byId('file').value = '';
});
byId('k').addEventListener('change', () => {
  if (uploaded) searchFile(uploaded);
  else if (location.search) showAddress();
});
byId('filters').addEventListener('change', () => {
  if (uploaded) return searchFile(uploaded);
  return showAddress().catch(error => {
    showError(error.message);
    hideResults();
  });
});
for (const id of ['ask', 'filters']) {
  byId(id).addEventListener('submit', event => event.preventDefault());
}
addEventListener('paste', event => {
  const [file] = event.clipboardData.files;
  if (file) searchFile(file);
});
for (const kind of ['dragenter', 'dragover']) {
  addEventListener(kind, event => {
    event.preventDefault();
    byId('drop').classList.add('over');
  });
}
addEventListener('dragleave', event => {
  if (!event.relatedTarget) byId('drop').classList.remove('over');
});
addEventListener('drop', event => {
  event.preventDefault();
  byId('drop').classList.remove('over');
  const [file] = event.dataTransfer.files;
  if (file) searchFile(file);
  else showError('That was no file. Save the image first, then drop the file.');
});
addEventListener('popstate', () => showAddress().catch(error => showError(error.message)));

byId('curl').textContent = `curl --data-binary @photo.jpg '${location.origin}/api/search?k=5'`;
showServer().then(showAddress).catch(error => showError(error.message));
