"""Lay out the site for mkdocs: python docs/source.py WORK SITE writes pages and mkdocs.yml into WORK."""
import ast, re, shutil, sys
from pathlib import Path

import nbformat, yaml
from latex2mathml.converter import convert

import order
from render import render, root, settings
from api import reference

HOME = f"{settings['doc_host']}{settings['doc_baseurl']}/"
CODE = re.compile(r'(^```.*?^```|`[^`\n]+`)', flags=re.M | re.S)
MATH = re.compile(r'\$\$(?P<block>.+?)\$\$|'
                  r'(?<![\\$\w])\$(?P<line>(?!\s)[^$\n]+?(?<!\s))\$(?![\d$])', flags=re.S)


def formula(match):
    "A formula in LaTeX as MathML, which browsers draw by themselves: no page fetches a script."
    block = match['block']
    mathml = convert((block or match['line']).strip(), display='block' if block else 'inline')
    return mathml.replace('\n', ' ')


def place(name):
    "A notebook's path as its page's, without its number, as nbdev names it: `01_data` is `data`."
    return re.sub(r'(^|/)\d+[a-z0-9]*_', r'\1', str(name))


def inside(text, source):
    """The text of `source` with links to our own pages kept inside the site, to be read from a folder.

    Other files are shown by the forge."""
    nbs = root/'nbs'
    def target(match):
        file = (source.parent/match[1]).resolve()
        if not file.exists() or nbs/'images' in file.parents: return match[0]
        if file.suffix == '.ipynb':
            return re.sub(r'[^:]+', lambda path: place(path[0]), match[1]).removesuffix('.ipynb') + '.html'
        return f"{settings['git_url']}/blob/{settings['branch']}/{file.relative_to(root)}"
    up = '../' * (len(source.relative_to(nbs).parts) - 1)
    return re.sub(r'(?<=\]\()([^):#]+)(?=[)#])', target, text.replace(HOME, up))


def add_anchors(cells, cell):
    """Put an HTML anchor before a code cell for each function, class and method that it defines.

    It goes to the end of the prose where there is some."""
    named = [node for node in ast.parse(cell.source).body if hasattr(node, 'name')]
    methods = [f'{node.name}.{o.name}' for node in named for o in node.body if hasattr(o, 'name')]
    names = [*(node.name for node in named), *methods]
    text = ''.join(f'<a id="{name.lower()}"></a>' for name in names)
    if text and cells and cells[-1].cell_type == 'markdown': cells[-1].source += f' {text}'
    elif text: cells.append(nbformat.v4.new_markdown_cell(text))


def module(nb):
    "The module that a notebook exports, or None."
    matches = (re.match(r'#\| *default_exp ([\w.]+)', cell.source) for cell in nb.cells)
    return next((found[1] for found in matches if found), None)


def page(source):
    "One notebook as a page of the site."
    cells = nbformat.read(source, as_version=4).cells
    exported = {cell.get('id') for cell in cells if cell.source.startswith('#| export')}
    nb, cells = render(source, links=True), []
    for cell in nb.cells:
        if cell.cell_type == 'markdown':
            pieces = CODE.split(inside(cell.source, source))
            cell.source = ''.join(piece if CODE.fullmatch(piece) else MATH.sub(formula, piece)
                                  for piece in pieces)
        elif cell.get('id') in exported:
            add_anchors(cells, cell)
            cell.metadata['tags'] = ['exported']  # site.css draws a line beside it
        cells.append(cell)
    nb.cells = cells
    return nb


def navigation(titles, modules):
    "The menu: the story in its reading order, each notebook followed by those with its details, then the API by floor."
    story, more = order.read()
    entry = lambda name: {titles[name]: place(f'{name}.ipynb')}
    details = lambda groups: [{group: [entry(name) for name in names]} for group, names in groups.items()]
    chapters = [{titles[name]: [entry(name), *details(groups)]} if groups else entry(name)
                for name, _, groups in story]
    floors = {}
    for name in modules:
        floor = name.split('.')[0] if '.' in name else 'uec'
        floors.setdefault(floor, []).append({f'uec.{name}': f'api/{name}.md'})
    api = [{floor: pages} for floor, pages in floors.items()]
    return [entry('index'), *chapters, *details(more), {'API': api}]


def main(work, site):
    pages, titles, modules = work/'pages', {}, {}
    for stem in order.everything():
        source, name = root/f'nbs/{stem}.ipynb', Path(f'{stem}.ipynb')
        nb, exports = page(source), module(nbformat.read(source, as_version=4))
        titles[stem] = 'Home' if name.stem == 'index' else re.match(r'# (.+)', nb.cells[0].source)[1].strip()
        if exports:
            modules[exports] = place(name)
            up = '../' * (len(name.parts) - 1)
            text = f'Reference: [uec.{exports}]({up}api/{exports}.html)'
            nb.cells.append(nbformat.v4.new_markdown_cell(text))
        (pages/place(name)).parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(nb, pages/place(name))
    (pages/'api').mkdir()
    for name, notebook in modules.items():
        (pages/f'api/{name}.md').write_text(reference(name, notebook), encoding='utf-8')
    if (root/'nbs/images').exists(): shutil.copytree(root/'nbs/images', pages/'images')
    for name in 'site.css', 'worker.js': shutil.copy(root/'docs'/name, pages)

    schemes = [('light', 'default', 'night', 'dark'), ('dark', 'slate', 'sunny', 'light')]
    palette = [dict(media=f'(prefers-color-scheme: {name})', scheme=scheme, primary='teal',
                    toggle=dict(icon=f'material/weather-{icon}', name=f'Go {other}'))
               for name, scheme, icon, other in schemes]
    features = ['navigation.footer', 'navigation.prune', 'toc.follow', 'search.highlight', 'search.share']
    notebooks = dict(execute=False, include_source=False, include_requirejs=False)
    (work/'mkdocs.yml').write_text(yaml.safe_dump(dict(
        site_name=settings['title'], site_description=settings['description'], site_url=HOME,
        repo_url=settings['git_url'], docs_dir=str(pages), site_dir=str(site), use_directory_urls=False,
        nav=navigation(titles, modules),
        theme=dict(name='material', font=False, palette=palette, features=features), extra_css=['site.css'],
        # the name that the plugin `offline` looks for, or it would fetch one
        extra=dict(polyfills=['worker.js?iframe-worker']), hooks=[str(root/'docs/hooks.py')],
        markdown_extensions=['tables', 'attr_list', 'toc', 'pymdownx.highlight', 'pymdownx.superfences'],
        plugins=['search', 'offline', {'mkdocs-jupyter': notebooks}],
    ), sort_keys=False), encoding='utf-8')


if __name__ == '__main__': main(*(Path(argument).resolve() for argument in sys.argv[1:]))
