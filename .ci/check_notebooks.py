"""Check that every notebook is well formed, and that it shows nothing of the machine it was run on.

Checked are the format, ids, kernel, size, links, and the length of exported cells.
"""
import ast, re, sys
from pathlib import Path

import nbformat

root = Path(__file__).resolve().parent.parent
MAX_NOTEBOOK_BYTES, MAX_PNG_BYTES = 300_000, 80_000
MAX_EXPORT_LINES, MAX_CLASS_LINES = 40, 60  # a cell that exports one class may be longer
home = re.compile(r'/(?:home|Users|root|work|mnt)/[\w.-]+')
made_up = re.compile(r'/(?:tmp|var/folders)/\w+')  # names of temporary folders change at every run


def directives(cell):
    "The `#|` directives of a cell: name -> the rest of its line."
    found = re.findall(r'^#\|\s*([\w-]+):?\s*(.*)$', cell.source, flags=re.M)
    return dict(found) if cell.cell_type == 'code' else {}


def printed(output):
    "All text in an output, and its PNG in base64 or an empty string."
    data = output.get('data', {})
    texts = [output.get('text', ''), *(value for kind, value in data.items() if kind.startswith('text/'))]
    return '\n'.join(map(str, texts)), data.get('image/png', '')


def max_lines(lines):
    "The most lines that an exported cell may have."
    try: body = ast.parse('\n'.join(lines)).body
    except SyntaxError: return MAX_EXPORT_LINES
    return MAX_CLASS_LINES if [type(node) for node in body] == [ast.ClassDef] else MAX_EXPORT_LINES


def faults(file):
    "Yield each fault of a notebook in one sentence."
    name = file.relative_to(root/'nbs').as_posix()
    nb = nbformat.read(file, as_version=nbformat.NO_CONVERT)
    try: nbformat.validate(nb)
    except nbformat.ValidationError as error: yield f'it is not valid: {error.message}'
    if (nb.nbformat, nb.nbformat_minor) < (4, 5):
        yield f'its format is {nb.nbformat}.{nb.nbformat_minor}, and 4.5 has cell ids'
    ids = [cell.get('id') for cell in nb.cells]
    if None in ids or len(set(ids)) < len(ids): yield 'a cell id is missing or stands twice'
    if not nb.metadata.get('kernelspec', {}).get('name'):
        yield 'its metadata names no kernelspec, which papermill needs'
    n_bytes = file.stat().st_size
    if n_bytes > MAX_NOTEBOOK_BYTES:
        yield f'it has {n_bytes // 1000} kB; {MAX_NOTEBOOK_BYTES // 1000} is the most'
    first = nb.cells[0].source if nb.cells else ''
    if not re.match(r'# \S.*\n+> \S.*[.!?]$', first, flags=re.M):
        yield 'it does not begin with "# name" and "> One sentence."'
    tags = [tag for cell in nb.cells for tag in cell.metadata.get('tags', [])]
    if name == '03_train.ipynb' and 'parameters' not in tags:
        yield 'no cell has the tag `parameters`, which papermill needs'

    for number, cell in enumerate(nb.cells, start=1):
        for target in re.findall(r'\]\(([^)#\s]+)', cell.source) if cell.cell_type == 'markdown' else ():
            if not re.match(r'\w+:', target) and not (file.parent/target).exists():
                yield f'cell {number} links to {target}, which is not there'
        for path in home.findall(cell.source): yield f'cell {number} names the path {path} of some machine'
        marks = directives(cell)
        lines = [line for line in cell.source.splitlines() if not line.startswith('#|')]
        if marks.keys() & {'export', 'exporti', 'exports'} and len(lines) > max_lines(lines):
            yield f'cell {number} exports {len(lines)} lines; {max_lines(lines)} are the most'
        if 'nbdev_export'+'(' in cell.source:
            yield f'cell {number} calls nbdev_export, and papermill would run it'
        if name == '03_train.ipynb' and 'eval' in marks:
            yield f'cell {number} has `#| eval`, which papermill does not know'
        for output in cell.get('outputs', []):
            if output.output_type == 'error':
                yield f'cell {number} holds the error {output.ename}: {output.evalue}'
            text, png = printed(output)
            for path in [*home.findall(text), *made_up.findall(text)]:
                yield f'the output of cell {number} names the path {path} of some machine'
            n_bytes = len(png) * 3 // 4
            if n_bytes > MAX_PNG_BYTES:
                most = MAX_PNG_BYTES // 1000
                yield f'the picture of cell {number} has {n_bytes // 1000} kB; {most} is the most'


notebooks = [file for file in sorted((root/'nbs').rglob('*.ipynb')) if '.ipynb_checkpoints' not in file.parts]
found = [f'{file.relative_to(root)}: {fault}' for file in notebooks for fault in faults(file)]
if not (root/'nbs/03_train.ipynb').exists():
    found.append('nbs/03_train.ipynb, which the quick start runs, is not there')
if found: sys.exit('\n'.join(found))
