// The tabs and the theme; then the page begins.
const hasMap = Boolean(report.x);
const isThere = { gallery: true, map: hasMap, errors: true, scores: true, label: hasLabels };
const views = Object.keys(isThere).filter(name => isThere[name]);
for (const name of Object.keys(isThere)) if (!isThere[name]) byId(`tab-${name}`).remove();

function showGallery() {
  measureRows();
  layOutGallery();
}

function chooseView(name) {
  for (const other of views) {
    const isChosen = other === name;
    byId(other).hidden = !isChosen;
    byId(`tab-${other}`).setAttribute('aria-selected', isChosen);
    byId(`tab-${other}`).tabIndex = isChosen ? 0 : -1;
  }
  const show = {
    gallery: showGallery, map: drawMap, errors: showErrors, scores: showScores, label: showLabel,
  };
  show[name]();
}

views.forEach((name, i) => {
  const tab = byId(`tab-${name}`);
  tab.onclick = () => chooseView(name);
  tab.onkeydown = event => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = views[(i + step + views.length) % views.length];
    chooseView(next);
    byId(`tab-${next}`).focus();
  };
});

function isDark() {
  const { theme } = document.documentElement.dataset;
  return theme ? theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
}

function showTheme() { byId('theme').setAttribute('aria-pressed', isDark()); }

byId('theme').onclick = () => {
  document.documentElement.dataset.theme = isDark() ? 'light' : 'dark';
  showTheme();
  if (!byId('map').hidden) drawMap();
};

showTheme();
byId('summary').textContent = report.summary;
refreshGallery();
if (hasLabels) beginLabel();
