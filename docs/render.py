"""What README.md and the site share: a notebook as nbdev prepares it for readers."""
import os, re, shutil, tempfile
from configparser import ConfigParser
from pathlib import Path

import nbformat

root = Path(__file__).resolve().parent.parent
settings = ConfigParser(delimiters=['='], interpolation=None)
settings.read(root/'settings.ini', encoding='utf-8')
settings = settings['DEFAULT']

# nbdev's processors that are left out. The first two write for Quarto. The others put a table of a function's
# arguments in the place of its code and run every import for it; here the code is the story, and its docments
# are that table.
SKIP = ['FrontmatterProc', 'insert_warning', 'add_show_docs', 'clean_show_doc', 'exec_show_docs', 'rm_export',
        'mv_exports']


def without_source(cell):
    "Return a cell marked `#| echo: false` as the text that it printed, and any other as it is."
    if cell.cell_type != 'code' or '#| echo: false' not in cell.source: return cell
    text = ''.join(output.get('text', '') for output in cell.outputs)
    return nbformat.v4.new_markdown_cell(f'```text\n{text.rstrip()}\n```', id=cell.id)


def render(source, links):
    "Prepare one notebook in a copy, which leaves the tree alone; `links` makes links of names in backticks."
    skip = SKIP if links else [*SKIP, 'add_links']
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copy(source, folder))
        lines = [f'{key} = {value}' for key, value in {**settings, 'skip_procs': ','.join(skip)}.items()]
        (Path(folder)/'settings.ini').write_text('\n'.join(['[DEFAULT]', *lines]), encoding='utf-8')
        os.chdir(folder)  # nbdev looks for settings.ini from where we stand
        try:
            from execnb.nbio import read_nb, write_nb
            from nbdev.processors import FilterDefaults
            nb = read_nb(copy)
            FilterDefaults()(nb)
            write_nb(nb, copy)
        finally: os.chdir(before)
        done = nbformat.read(copy, as_version=4)
    done.cells = [without_source(cell) for cell in done.cells]
    for cell in done.cells: cell.source = re.sub(r'^#\|.*\n?', '', cell.source, flags=re.M)
    done.cells = [cell for cell in done.cells if cell.source.strip()]
    done.metadata['language_info'] = {'name': 'python'}  # for the colours of code
    return done
