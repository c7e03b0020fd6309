"""Write what follows from nbs/reading_order.yml, and the table of speed: python docs/order.py.

With --check, fail where a notebook differs.
"""
import os, re, sys
from pathlib import Path

import nbformat, yaml

root = Path(__file__).resolve().parent.parent
nbs = root/'nbs'
sys.path.insert(0, str(nbs/'benchmarks'))
import speed_record

LINE, TABLE, SPEED = 'reading-order', 'reading-order-table', 'speed-table'  # ids of the cells that are made here


def read():
    "The story as a list of (notebook, question, details by title), and the other notebooks by title."
    order = yaml.safe_load((nbs/'reading_order.yml').read_text(encoding='utf-8'))
    return [(o['notebook'], o['question'], o.get('details', {})) for o in order['story']], order['more']


def everything():
    "All notebooks in reading order."
    story, more = read()
    details = [[name, *(detail for names in details.values() for detail in names)] for name, _, details in story]
    return ['index', *sum(details, []), *sum(more.values(), [])]


def title(name):
    "The H1 of a notebook."
    first = nbformat.read(nbs/f'{name}.ipynb', as_version=4).cells[0].source
    return re.match(r'# (.+)', first)[1].strip()


def link(name, source):
    "A link to a notebook from another one."
    return f'[{title(name)}]({os.path.relpath(f"{name}.ipynb", os.path.dirname(source) or ".")})'


def links(names, source):
    "Links to several notebooks from another one."
    return ', '.join(link(name, source) for name in names)


def neighbours(first, names, last):
    "What stands before and after each notebook of a list, between two others."
    return {name: [('Previous', [before]), ('Next', [after])]
            for before, name, after in zip([first, *names], names, [*names[1:], last])}


def lines():
    "The last line of each notebook: name -> Markdown."
    story, more = read()
    names, made = ['index', *(name for name, _, _ in story)], {}
    for i, (name, _, details) in enumerate(story, start=1):
        following = names[i + 1] if i + 1 < len(names) else 'index'
        details = sum(details.values(), [])
        made[name] = [('Previous', [names[i - 1]]), ('Next', [following]), ('Details', details)]
        made |= neighbours(name, details, following)
    for group in more.values(): made |= neighbours('index', group, 'index')
    return {name: ' · '.join(f'{word}: {links(others, name)}' for word, others in parts if others)
            for name, parts in made.items()}


def table():
    "The story as the table of the index: each notebook, its question, and those with its details."
    rows = [f'| {link(name, "index")} | {question} | {links(sum(details.values(), []), "index")} |'
            for name, question, details in read()[0]]
    return '\n'.join(['| notebook | question | details |', '|---|---|---|', *rows])


def speed_table():
    "The last line of the speed record that has all ratios."
    last = speed_record.read().dropna(subset=[*speed_record.ABOUT]).iloc[-1]
    rows = [f'| {about} | {last[name]:.2f} [{last[f"{name} low"]:.2f}, {last[f"{name} high"]:.2f}] |'
            for name, about in speed_record.ABOUT.items()]
    return '\n'.join(['## Speed', '', '| what | times as fast |', '|---|---|', *rows, '',
                      f'Brackets hold the slowest and the fastest of the rounds. {last.machine}, {last.date}. '
                      '[One command](benchmarks/speed_record.ipynb) measures all of them in one run and '
                      'keeps a line of it.'])


def with_cell(nb, id, text):
    "A notebook with `text` in the cell `id`, the last one where there is none yet."
    cell = next((cell for cell in nb.cells if cell.get('id') == id), None)
    if cell is None: nb.cells.append(nbformat.v4.new_markdown_cell(text, id=id))
    else: cell.source = text
    return nb


def main(check):
    paths = [file.relative_to(nbs) for file in nbs.rglob('*.ipynb')]
    def is_hidden(path): return any(part[0] in '._' for part in path.parts)
    there = {path.with_suffix('').as_posix() for path in paths if not is_hidden(path)}
    named = everything()
    wrong = [f'{name}: stands twice' for name in {*named} if named.count(name) > 1]
    wrong += [f'{name}: is no notebook' for name in {*named} - there]
    wrong += [f'{name}: is missing' for name in there - {*named}]
    if wrong: sys.exit('\n'.join(f'nbs/reading_order.yml: {fault}' for fault in sorted(wrong)))
    made = [(name, LINE, text) for name, text in lines().items()]
    for name, id, text in [*made, ('index', TABLE, table()), ('index', SPEED, speed_table())]:
        file = nbs/f'{name}.ipynb'
        old = nbformat.read(file, as_version=4)
        if any(cell.get('id') == id and cell.source == text for cell in old.cells): continue
        if check:
            sys.exit(f'nbs/{name}.ipynb differs from nbs/reading_order.yml or speed_record.csv: '
                     'run python docs/order.py and commit.')
        nbformat.write(with_cell(old, id, text), file)


if __name__ == '__main__': main('--check' in sys.argv[1:])
