// The filter of an index that has columns: conditions that must all hold.
function conditions() {
  const fields = [['domain', 'domain='], ['label', 'label='], ['condition', '']];
  const filled = fields.filter(([id]) => byId(id).value.trim());
  return filled.map(([id, prefix]) => prefix + byId(id).value);
}

function filterQuery() {
  return conditions().map(text => `&where=${encodeURIComponent(text)}`).join('');
}

function showFilters(server) {
  if (!server.columns) return; // embeddings of a file have none
  const domains = Object.keys(server.domains);
  byId('domain').append(...domains.map(name => new Option(name, name)));
  byId('in-domain').hidden = domains.length < 2;
  const columns = Object.entries(server.columns).map(([name, type]) => `${name} (${type})`);
  byId('columns').textContent = `A condition such as domain!=toys, over ${columns.join(', ')}`
    .replaceAll('yes_no', 'yes or no');
  byId('filters').hidden = false;
}
