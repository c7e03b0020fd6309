"""Make the reference of a module as Markdown, from its source alone.

A reference has signatures, docstrings, and the docments as tables.
"""
import ast, io, re, subprocess, sys, tokenize
from pathlib import Path

from render import root


def comments(source):
    "The comment of each line, at its end or on the lines above it: line number -> text."
    tokens = [o for o in tokenize.generate_tokens(io.StringIO(source).readline) if o.type == tokenize.COMMENT]
    alone = {o.start[0]: o.string.lstrip('# ') for o in tokens if not o.line[:o.start[1]].strip()}
    said = {o.start[0]: o.string.lstrip('# ') for o in tokens if o.start[0] not in alone}
    for number in range(source.count('\n') + 1, 0, -1):
        above = number
        while above - 1 in alone: above -= 1
        if above < number and number not in alone:
            said.setdefault(number, ' '.join(alone[line] for line in range(above, number)))
    return said


def cell(text): return text.replace('|', '\\|').replace('\n', ' ')
def code(node): return f'`{cell(ast.unparse(node).replace(" | ", " or "))}`' if node is not None else ''


def row(name, kind, default, about):
    "A line of a table, unless nothing is known but the name."
    if kind is None and default is None and not about: return []
    return [f'| `{name}` | {code(kind)} | {code(default)} | {cell(about)} |']


def rows(arguments, said):
    "A line for each argument of a function."
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(plain) - len(arguments.defaults)) + arguments.defaults
    pairs = [*zip(plain, defaults), *zip(arguments.kwonlyargs, arguments.kw_defaults)]
    lines = [line for arg, default in pairs if arg.arg not in ('self', 'cls')
             for line in row(arg.arg, arg.annotation, default, said.get(arg.lineno, ''))]
    for star, arg in ('*', arguments.vararg), ('**', arguments.kwarg):
        if arg: lines += row(star + arg.arg, arg.annotation, None, said.get(arg.lineno, ''))
    return lines


def signature(name, node):
    "How a function is called: `name(a, b=1)`; the table tells the types."
    arguments = ast.parse(f'def f({ast.unparse(node.args)}): pass').body[0].args
    for arg in ast.walk(arguments):
        if isinstance(arg, ast.arg): arg.annotation = None
    if arguments.args and arguments.args[0].arg in ('self', 'cls'): del arguments.args[0]
    return f'{name}({ast.unparse(arguments)})'


def described(title, level, call, node, lines):
    "A heading with its call, docstring and table."
    shown = title.replace('_', r'\_')  # two of them would be emphasis
    heading = f'{"#" * level} {shown} {{ #{shown.lower()} }}'
    parts = [heading, f'```python\n{call}\n```', ast.get_docstring(node) or '']
    if lines: parts.append('\n'.join(['| name | type | default | what it is |', '|---|---|---|---|', *lines]))
    return parts


def function(node, said, prefix='', level=2):
    "A function or method."
    lines, last = rows(node.args, said), node.returns
    if last is not None: lines += row('returns', last, None, said.get(last.lineno, ''))
    return described(prefix + node.name, level, signature(prefix + node.name, node), node, lines)


def a_class(node, said):
    "A class: its fields or the arguments of its constructor, then its public methods."
    fields = [line for field in node.body if isinstance(field, ast.AnnAssign)
              for line in row(field.target.id, field.annotation, field.value, said.get(field.lineno, ''))]
    methods = {o.name: o for o in node.body if isinstance(o, (ast.FunctionDef, ast.AsyncFunctionDef))}
    start = methods.get('__init__')
    bases = ', '.join(map(ast.unparse, node.bases))
    call = signature(node.name, start) if start else f'class {node.name}' + (f'({bases})' if bases else '')
    parts = described(node.name, 2, call, node, fields or (rows(start.args, said) if start else []))
    for name, method in methods.items():
        if (name[0] != '_' or name == '__call__') and ast.get_docstring(method):
            parts += function(method, said, f'{node.name}.', 3)
    return parts


def is_patch(node):
    "Tell whether a function is patched into a class."
    if not isinstance(node, ast.FunctionDef): return False
    return any('patch' in ast.unparse(decorator) for decorator in node.decorator_list)


def constant(node, source, said):
    "A public constant as its line."
    text, about = ast.get_source_segment(source, node), said.get(node.lineno, '')
    name = node.targets[0].id
    return [f'## {name} {{ #{name.lower()} }}', f'```python\n{text}\n```', about[:1].upper() + about[1:]]


def reference(module, notebook):
    "The page of one module; `notebook` is the page where it is explained."
    source = (root/'uec'/f'{module.replace(".", "/")}.py').read_text(encoding='utf-8')
    tree, said = ast.parse(source), comments(source)
    assigned = (node for node in tree.body if isinstance(node, ast.Assign))
    public = next((ast.literal_eval(node.value) for node in assigned if node.targets[0].id == '__all__'), [])
    parts = [f'# uec.{module}', f'> {ast.get_docstring(tree)}',
             f'Explained, shown and tested in [{Path(notebook).stem}](../{notebook}).']
    if module == 'cli.app': return '\n\n'.join([*parts, commands()])
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name in public: parts += a_class(node, said)
        elif is_patch(node) and node.args.args[0].annotation is not None and node.name[0] != '_':
            parts += function(node, said, f'{ast.unparse(node.args.args[0].annotation)}.')
        elif isinstance(node, ast.FunctionDef) and node.name in public: parts += function(node, said)
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], 'id', '') in public:
            parts += constant(node, source, said)
    return '\n\n'.join(filter(None, parts))


def commands():
    "The command line as typer describes it."
    command = [sys.executable, '-m', 'typer', 'uec.cli.app', 'utils', 'docs', '--name', 'uec']
    done = subprocess.run(command, cwd=root, text=True, capture_output=True, check=True)
    return re.sub(r'^#', '##', re.sub(r'^# .*\n', '', done.stdout, count=1), flags=re.M)
