// Scores that Python counted, by domain and by class, each with its confidence interval.
function meter({ score, low, high }) {
  const bar = element('i');
  const interval = element('u');
  bar.style.width = `${score * 100}%`;
  interval.style.left = `${low * 100}%`;
  interval.style.width = `${(high - low) * 100}%`;
  return element('div', { className: 'meter' }, bar, interval);
}

function scoreLine(row) {
  return element(
    'tr', {},
    element('td', { textContent: row.name }),
    element('td', { className: 'wide', textContent: row.queries }),
    element('td', { textContent: row.score.toFixed(3) }),
    element('td', { textContent: `${row.low.toFixed(2)}–${row.high.toFixed(2)}` }),
    element('td', { className: 'wide' }, meter(row)));
}

function scoreTable(rows, kind) {
  const names = [kind, 'queries', `mP@${K}`, '95 % interval', ''];
  const headings = names.map((name, i) => {
    const className = i === 1 || i === 4 ? 'wide' : '';
    return element('th', { textContent: name, scope: 'col', className });
  });
  const head = element('thead', {}, element('tr', {}, ...headings));
  const body = element('tbody', {}, ...rows.map(scoreLine));
  return element('div', { className: 'table' }, element('table', {}, head, body));
}

function showScores() {
  if (byId('scores').firstChild) return;
  const count = `${report.class_scores.length} of ${report.classes} classes`;
  byId('scores').append(
    element('h2', { textContent: 'Domains' }),
    scoreTable(report.domain_scores, 'domain'),
    element('h2', { textContent: 'Classes, the worst first' }),
    element('p', { className: 'note', textContent: count }),
    scoreTable(report.class_scores, 'class'));
}
