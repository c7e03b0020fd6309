"""Write README.md from nbs/index.ipynb; with --check, fail where they differ."""
import argparse, difflib, os, re, sys

from nbconvert import MarkdownExporter

from render import render, root

NOTE = '<!-- Made from nbs/index.ipynb by `python docs/readme.py`: edit there. -->\n\n'


def from_root(match):
    "A link relative to nbs/ as one relative to the root, where README.md stands."
    before, target, after = match.groups()
    path = os.path.normpath(f'nbs/{target}')
    return f'{before}{path}{after}' if (root/path).exists() else match[0]


def readme():
    "The text of README.md."
    text, resources = MarkdownExporter().from_notebook_node(render(root/'nbs/index.ipynb', links=False))
    if resources['outputs']:
        sys.exit('nbs/index.ipynb has pictures in its outputs: save them under nbs/images/ and link to them.')
    text = re.sub(r'(\]\(|src="|href=")([^)"#:\s]+)([)"#])', from_root, text)
    text = re.sub(r'[ \t]+$', '', text, flags=re.M)
    return NOTE + re.sub(r'\n{3,}', '\n\n', text).strip() + '\n'


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument('--check', action='store_true')
check, new, file = parser.parse_args().check, readme(), root/'README.md'
old = file.read_text(encoding='utf-8') if file.exists() else ''
if not check: file.write_text(new, encoding='utf-8')
elif old != new:
    names = 'README.md', 'nbs/index.ipynb, rendered'
    print(*difflib.unified_diff(old.splitlines(), new.splitlines(), *names, lineterm=''), sep='\n')
    sys.exit('README.md differs from nbs/index.ipynb: run python docs/readme.py and commit.')
