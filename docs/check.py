"""Read a built site as a visitor would: python docs/check.py SITE.

It names each broken link, raw directive and nameless plot.
"""
import re, sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat

root = Path(__file__).resolve().parent.parent
TITLED = re.compile(r'title\s*[=(]|title\(')  # set_title(, suptitle(, title=


class Page(HTMLParser):
    "What a page points to, what can be pointed to in it, and the text that it shows."
    def __init__(self, file):
        super().__init__()
        self.links, self.anchors, self.text, self.hidden = [], set(), [], 0
        self.feed(file.read_text(encoding='utf-8'))

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.anchors |= {attrs[name] for name in ('id', 'name') if attrs.get(name)}
        if tag in ('script', 'style'): self.hidden += 1
        if tag == 'pre': self.text.append('\n')  # code begins a line
        is_named = attrs.get('rel') in ('canonical', 'prev', 'next')
        fetched = tag in ('script', 'img', 'link', 'iframe', 'source') and not is_named
        self.links += [(attrs[name], fetched) for name in ('href', 'src') if attrs.get(name)]

    def handle_endtag(self, tag):
        if tag in ('script', 'style'): self.hidden -= 1

    def handle_data(self, data):
        if not self.hidden: self.text.append(data)


def faults_of_page(site, file, pages):
    "Yield each fault of one page in one sentence."
    for link, fetched in pages[file].links:
        parts = urlsplit(link)
        if parts.scheme == 'data': continue
        if parts.scheme or parts.netloc:
            if fetched and 'badge' not in link and 'open-in' not in link:
                yield f'fetches {link} from elsewhere'
            continue
        target = (file.parent/unquote(parts.path)).resolve() if parts.path else file
        if target.is_dir(): target /= 'index.html'
        if not target.is_file() or site not in target.parents:
            yield f'links to {link}, which is not there'
            continue
        if not parts.fragment or target not in pages or parts.fragment.startswith('__'): continue
        if unquote(parts.fragment) not in pages[target].anchors:
            yield f'links to {link}, which has no such place'
    if re.search(r'^#\|\s*\w+', ''.join(pages[file].text), flags=re.M): yield 'shows a raw directive'


def titled_functions(notebooks):
    "The names of functions that draw with a title of their own."
    found = set()
    for cell in (cell for nb in notebooks.values() for cell in nb.cells if cell.cell_type == 'code'):
        for body in re.split(r'^(?=def )', cell.source, flags=re.M):
            name = re.match(r'def (\w+)', body)
            if name and TITLED.search(re.split(r'\n(?=[^\s)])', body)[0]): found.add(name[1])
    return found


def nameless_plots(nb, drawing):
    "Yield the cells of a notebook that plot without a title; a photograph that a cell returns is no plot."
    for number, cell in enumerate(nb.cells, start=1):
        if cell.cell_type != 'code': continue
        drawn = any('image/png' in output.get('data', {}) for output in cell.outputs)
        plots = drawn and re.search(r'\b(plt|ax|axes|fig)\b|\bshow\w*\(|\bplot\w*\(', cell.source)
        calls = set(re.findall(r'\w+(?=\()', cell.source))
        if plots and not TITLED.search(cell.source) and not drawing & calls:
            yield f'cell {number} draws a plot without a title that states its finding'


def main(site):
    site = Path(site).resolve()
    files = sorted(site.rglob('*.html'))
    pages = {file: Page(file) for file in files if file.name != '404.html'}  # it has links from the root
    if not pages: sys.exit(f'{site}: holds no page')
    found = [f'{file.relative_to(site)}: it {fault}'
             for file in pages for fault in faults_of_page(site, file, pages)]
    files = [file for file in sorted((root/'nbs').rglob('*.ipynb')) if '.ipynb_checkpoints' not in file.parts]
    notebooks = {file: nbformat.read(file, as_version=4) for file in files}
    drawing = titled_functions(notebooks)
    found += [f'{file.relative_to(root)}: {fault}'
              for file, nb in notebooks.items() for fault in nameless_plots(nb, drawing)]
    if found: sys.exit('\n'.join(dict.fromkeys(found)))
    print(f'{len(pages)} pages, {sum(len(page.links) for page in pages.values())} links')


if __name__ == '__main__': main(*sys.argv[1:])
