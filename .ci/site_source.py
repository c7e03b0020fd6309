"""Lay out the site for mkdocs: python .ci/site_source.py WORK SITE writes pages and mkdocs.yml into WORK."""
import ast, re, shutil, sys
from pathlib import Path

import nbformat, yaml
from latex2mathml.converter import convert

from render import render, root, settings

HOME = f"{settings['doc_host']}{settings['doc_baseurl']}/"
FOLDERS = 'tutorials', 'benchmarks', 'tests'  # after the rooms themselves, in this order
CODE = re.compile(r'(^```.*?^```|`[^`\n]+`)', flags=re.M | re.S)
MATH = re.compile(r'\$\$(?P<block>.+?)\$\$|(?<![\\$\w])\$(?P<line>(?!\s)[^$\n]+?(?<!\s))\$(?![\d$])', flags=re.S)


def formula(match):
    "A formula in LaTeX as MathML, which browsers draw by themselves: no page fetches a script."
    block = match['block']
    return convert((block or match['line']).strip(), display='block' if block else 'inline').replace('\n', ' ')


def place(name):
    "A notebook's path as its page's, without the number of the room, as nbdev names it: `01_data` is `data`."
    return re.sub(r'(^|/)\d+[a-z]?_', r'\1', str(name))


def inside(text, up):
    "The text with links to our own pages kept inside the site, which can then be read from a folder."
    return re.sub(r'(?<=\]\()([^):]+)\.ipynb\b', lambda match: f'{place(match[1])}.html', text.replace(HOME, up))


def anchors(cell):
    "A markdown cell with an HTML anchor for each public name that a code cell defines: links of names point to it."
    names = [getattr(node, 'name', '_') for node in ast.parse(cell.source).body]
    text = ''.join(f'<a id="{name.lower()}"></a>' for name in names if name[0] != '_')
    return [nbformat.v4.new_markdown_cell(text)] if text else []


def page(source):
    "One notebook as a page of the site."
    up = '../' * (len(source.relative_to(root/'nbs').parts) - 1)
    exported = {cell.get('id') for cell in nbformat.read(source, as_version=4).cells if cell.source.startswith('#| export')}
    nb, cells = render(source, links=True), []
    for cell in nb.cells:
        if cell.cell_type == 'markdown':
            pieces = CODE.split(inside(cell.source, up))
            cell.source = ''.join(piece if CODE.fullmatch(piece) else MATH.sub(formula, piece) for piece in pieces)
        elif cell.get('id') in exported: cells += anchors(cell)
        cells.append(cell)
    nb.cells = cells
    return nb


def navigation(titles):
    "The menu in the story's order, which is that of the notebooks' names."
    def entries(folder): return [{title: place(name)} for name, title in sorted(titles.items()) if name.parent == Path(folder)]
    index, *rooms = sorted(entries('.'), key=lambda entry: 'index.ipynb' not in entry.values())
    return [index, *rooms, *({folder.capitalize(): entries(folder)} for folder in FOLDERS if entries(folder))]


def main(work, site):
    pages, titles = work/'pages', {}
    for source in sorted((root/'nbs').rglob('*.ipynb')):
        name = source.relative_to(root/'nbs')
        if any(part[0] in '._' for part in name.parts): continue
        nb = page(source)
        titles[name] = re.match(r'# (.+)', nb.cells[0].source)[1].strip()
        (pages/place(name)).parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(nb, pages/place(name))
    if (root/'nbs/images').exists(): shutil.copytree(root/'nbs/images', pages/'images')

    schemes = [('light', 'default', 'night', 'dark'), ('dark', 'slate', 'sunny', 'light')]
    palette = [dict(media=f'(prefers-color-scheme: {name})', scheme=scheme, primary='teal',
                    toggle=dict(icon=f'material/weather-{icon}', name=f'Go {other}')) for name, scheme, icon, other in schemes]
    (work/'mkdocs.yml').write_text(yaml.safe_dump(dict(
        site_name=settings['title'], site_description=settings['description'], site_url=HOME, repo_url=settings['git_url'],
        docs_dir=str(pages), site_dir=str(site), use_directory_urls=False, nav=navigation(titles),
        theme=dict(name='material', font=False, palette=palette, features=['navigation.footer', 'navigation.sections', 'toc.follow']),
        plugins=['search', {'mkdocs-jupyter': dict(execute=False, include_source=False, include_requirejs=False)}],
    ), sort_keys=False), encoding='utf-8')


if __name__ == '__main__': main(*(Path(argument).resolve() for argument in sys.argv[1:]))
