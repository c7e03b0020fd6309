"""Check that the package keeps its floors: python .ci/check_house.py fails on what breaks a rule.

--table prints the counts. --table NBS PACKAGE counts another project that is made by nbdev: the folder of
its notebooks and that of its modules.
"""
import ast, re, statistics, sys
from pathlib import Path

import nbformat

root = Path(__file__).resolve().parent.parent
# a module imports from floors before its own
FLOORS = ('errors paths staging output_kinds files progress onednn patches identity metrics solution config data '
          'models pretrained retrieval vector_index training train export transfer competition explore serve uned_mini fit api '
          'cli').split()
MOST_MODULE_LINES, MOST_COLUMNS = 300, 110


def modules(package):
    "The modules of a package, made by nbdev or not: dotted name below the package -> file."
    files = (file for file in sorted(package.rglob('*.py')) if file.name not in ('__init__.py', '_modidx.py'))
    return {'.'.join(file.relative_to(package).with_suffix('').parts): file for file in files}


def imported(file, name, package):
    "Yield (module of the package, names taken from it) for each import, those in functions included."
    ours = f'{package}.'
    for node in ast.walk(ast.parse(file.read_text(encoding='utf-8'))):
        if isinstance(node, ast.ImportFrom):
            above = f'{package}.{name}'.split('.')[:-node.level] if node.level else []
            full = '.'.join([*above, *(node.module or '').split('.')]).strip('.')
            if full == package: yield from ((o.name, []) for o in node.names)
            elif full.startswith(ours): yield full.removeprefix(ours), [o.name for o in node.names]
        elif isinstance(node, ast.Import):
            yield from ((o.name.removeprefix(ours), []) for o in node.names if o.name.startswith(ours))


def private(package):
    "Names with an underscore that cross a file: (module, module that they are of, name)."
    return [(name, source, taken) for name, file in modules(package).items()
            for source, names in imported(file, name, package.name)
            for taken in names if taken[0] == '_' and taken != '__version__']


def upwards(package):
    "Imports that run against the order of the floors: (module, module that it imports)."
    place = {floor: i for i, floor in enumerate(FLOORS)}
    pairs = ((name, source) for name, file in modules(package).items()
             for source, _ in imported(file, name, package.name))
    def floor(name): return place.get(name.split('.')[0], 0)
    return [(name, source) for name, source in pairs if floor(source) > floor(name)]


def exported(nbs):
    "The code cells of each notebook that exports a module: notebook -> list of (exported?, source)."
    def is_export(cell): return bool(re.search(r'^#\|\s*exporti?\b', cell, flags=re.M))
    def without_directives(cell): return re.sub(r'^#\|.*\n?', '', cell, flags=re.M)
    found = {}
    for file in sorted(nbs.rglob('*.ipynb')):
        if any(part[0] in '._' for part in file.relative_to(nbs).parts): continue
        cells = [cell.source for cell in nbformat.read(file, as_version=4).cells if cell.cell_type == 'code']
        if not any(re.search(r'^#\|\s*default_exp', cell, flags=re.M) for cell in cells): continue
        pairs = [(is_export(cell), without_directives(cell)) for cell in cells]
        found[file] = [(is_exported, text) for is_exported, text in pairs if text.strip()]
    return found


def is_imports(text):
    "Tell whether a cell does nothing but import."
    try: body = ast.parse(text).body
    except SyntaxError: return False
    return all(isinstance(node, (ast.Import, ast.ImportFrom, ast.Try, ast.With)) for node in body)


def public_functions(text):
    try: body = ast.parse(text).body
    except SyntaxError: return []
    kinds = ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef
    return [node for node in body if isinstance(node, kinds) and node.name[0] != '_']


def counts(nbs, package):
    "The counts of a project, in the order of the table."
    cells = exported(nbs)
    texts = [text for pairs in cells.values() for is_exported, text in pairs if is_exported]
    lines = [line for text in texts for line in text.splitlines()]
    lengths = sorted(len(text.splitlines()) for text in texts)
    adjacent = sum(first and second and not is_imports(text) for pairs in cells.values()
                   for (first, text), (second, _) in zip(pairs, pairs[1:]))
    silent = [node.name for text in texts for node in public_functions(text) if not ast.get_docstring(node)]
    sizes = [len(file.read_text(encoding='utf-8').splitlines()) for file in modules(package).values()]
    over = {columns: sum(len(line) > columns for line in lines) for columns in (100, 120)}
    is_ours = {*FLOORS} >= {name.split('.')[0] for name in modules(package)}
    return {'modules at top level': sum('.' not in name for name in modules(package)),
            'packages': len({name.split('.')[0] for name in modules(package) if '.' in name}),
            'imports against the floors': len(upwards(package)) if is_ours else 'none',
            'underscore names across files': len(private(package)),
            'exported cells': len(texts), 'lines of an exported cell, median': statistics.median(lengths),
            'lines of an exported cell, 90th percentile': lengths[9*len(lengths)//10],
            'exported lines': len(lines),
            **{f'of them over {k} columns, %': round(100*n/len(lines), 1) for k, n in over.items()},
            'exported cells right after another': adjacent,
            'public functions and classes without docstring': len(silent),
            'modules over 250 lines': sum(n > 250 for n in sizes), 'longest module, lines': max(sizes)}


def faults(nbs, package):
    "Yield each broken rule in one sentence."
    for name, source in upwards(package):
        yield f'uec.{name} imports uec.{source}, which stands above it: {" < ".join(FLOORS)}'
    for name, source, taken in private(package):
        yield f'uec.{name} takes the underscore name {taken} from uec.{source}'
    for name, file in modules(package).items():
        n = len(file.read_text(encoding='utf-8').splitlines())
        if n > MOST_MODULE_LINES: yield f'uec.{name} has {n} lines; {MOST_MODULE_LINES} are the most'
        if name.split('.')[0] not in FLOORS: yield f'uec.{name} is on no floor: {", ".join(FLOORS)}'
    for file, pairs in exported(nbs).items():
        for line in (line for is_exported, text in pairs if is_exported for line in text.splitlines()):
            if len(line) <= MOST_COLUMNS: continue
            place = f'{file.relative_to(root)} exports a line of {len(line)} columns'
            yield f'{place}; {MOST_COLUMNS} are the most: {line.strip()[:60]}...'


def main(arguments):
    if arguments[:1] == ['--table']:
        nbs, package = map(Path, arguments[1:] or (root/'nbs', root/'uec'))
        return print('\n'.join(f'{name:48}{n:>8}' for name, n in counts(nbs, package.resolve()).items()))
    if found := [*faults(root/'nbs', root/'uec')]: sys.exit('\n'.join(found))


if __name__ == '__main__': main(sys.argv[1:])
