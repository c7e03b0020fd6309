"""Check that the modules are what the notebooks export, and that the notebooks are clean.

In a copy, nbdev_export and nbdev_clean change nothing.
"""
import difflib, shutil, subprocess, sys, tempfile
from pathlib import Path

root = Path(__file__).resolve().parent.parent


def texts(folder):
    "The notebooks and modules under a folder: relative path -> text."
    files = [*(folder/'nbs').rglob('*.ipynb'), *(folder/'uec').rglob('*.py')]
    return {str(file.relative_to(folder)): file.read_text(encoding='utf-8') for file in sorted(files)
            if '.ipynb_checkpoints' not in file.parts}


with tempfile.TemporaryDirectory() as folder:
    copy = Path(folder)/'uec'
    copy.mkdir()
    shutil.copy(root/'settings.ini', copy)
    ignore = shutil.ignore_patterns('.ipynb_checkpoints', '__pycache__')
    for part in ('nbs', 'uec'): shutil.copytree(root/part, copy/part, ignore=ignore)
    for module in (copy/'uec').rglob('*.py'):  # made anew, so that one that no notebook exports shows itself
        if module.name != '__init__.py': module.unlink()
    for command in ('nbdev_export', 'nbdev_clean'): subprocess.run([command], cwd=copy, check=True)
    committed, made = texts(root), texts(copy)

differ = [name for name in sorted(committed.keys() | made.keys()) if committed.get(name) != made.get(name)]
for name in differ:
    lines = [side.get(name, '').splitlines() for side in (committed, made)]
    names = name, f'{name} after nbdev_export && nbdev_clean'
    print(*list(difflib.unified_diff(*lines, *names, lineterm='', n=1))[:20], sep='\n')
if differ: sys.exit(f"Run nbdev_export && nbdev_clean and commit: {', '.join(differ)}")
