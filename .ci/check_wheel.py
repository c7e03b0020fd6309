"""Try an installed wheel outside the checkout: python .ci/check_wheel.py CHECKOUT.

The wheel's own Python runs it.
"""
import ast, re, subprocess, sys, sysconfig, tempfile, time
from importlib.metadata import distribution, distributions, requires
from pathlib import Path

checkout = Path(sys.argv[1])
scripts = Path(sysconfig.get_path('scripts'))


def modules():
    "Names of the public modules of the checkout."
    files = sorted((checkout/'uec').rglob('[!_]*.py'))
    return ['.'.join(file.relative_to(checkout).with_suffix('').parts) for file in files]


def run(*command):
    "What a command prints; an AssertionError with all of it where the command fails."
    command = [str(part) for part in command]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    ended = f"{' '.join(command)} ended with {done.returncode}"
    assert done.returncode == 0, f'{ended}:\n{done.stdout}{done.stderr}'
    return done.stdout


def outside():
    "Python finds the installed package, not the checkout"
    import uec
    assert checkout not in Path(uec.__file__).parents, uec.__file__
    assert uec.__version__ == distribution('uec').version


def complete():
    "the wheel holds every module, the sample data and the licence"
    import uec
    installed = Path(uec.__file__).parent
    for file in (checkout/'uec').rglob('*'):
        if file.is_file() and '__pycache__' not in file.parts:
            assert (installed/file.relative_to(checkout/'uec')).is_file(), f'{file} is not in the wheel'
    assert any((installed/'sample_data').iterdir()), 'no sample data'
    assert any(path.name == 'LICENSE' for path in distribution('uec').files), 'no licence'


def imports():
    "every module imports"
    run(sys.executable, '-c', '; '.join(f'import {name}' for name in modules()))


def light():
    "the TensorFlow-free modules import without TensorFlow"
    names = ('errors', 'files', 'progress', 'metrics', 'solution', 'data.formats', 'data.tables',
             'data.splits', 'serve.http', 'serve.connections', 'cli.app')
    for name in ('uec', *(f'uec.{name}' for name in names)):
        check = f'assert "tensorflow" not in sys.modules, "{name} imports it"'
        run(sys.executable, '-c', f'import sys, {name}; {check}')


def required():
    "what a module imports is a declared requirement; what a function imports may be of an extra"
    def plain(name): return re.match(r'[\w.-]+', name)[0].lower().replace('_', '-')
    ours = {plain(line) for line in requires('uec') if 'extra ==' not in line}
    of_extras = re.compile(r'extra == .(benchmark|serve|explore|heic|index|hub|ray|openvino)')
    extra = ours | {plain(line) for line in requires('uec') if of_extras.search(line)}
    owners, missing = {}, set()  # importlib's packages_distributions knows only some of them on Python 3.10
    for owner in distributions():
        for top in {re.split('[/,]', line)[0] for line in (owner.read_text('RECORD') or '').splitlines()}:
            owners.setdefault(top.removesuffix('.py'), set()).add(plain(owner.metadata['Name']))
    for file in sorted((checkout/'uec').rglob('*.py')):
        tree = ast.parse(file.read_text(encoding='utf-8'))
        for node in ast.walk(tree):
            names = ([alias.name for alias in node.names] if isinstance(node, ast.Import) else
                     [node.module] if isinstance(node, ast.ImportFrom) and not node.level else [])
            for name in {full.split('.')[0] for full in names} - set(sys.stdlib_module_names) - {'uec'}:
                found = owners.get(name, {'nothing installed'})
                if ours & found if node in tree.body else extra & (found | {plain(name)}): continue
                missing.add(f"{file.name} imports {name} of {', '.join(sorted(found))}")
    assert not missing, 'settings.ini does not require what these do: ' + '; '.join(sorted(missing))


def helps():
    "`uec --help` answers in a third of the time that an import of TensorFlow takes"
    def seconds(*command):
        start = time.perf_counter()
        return run(*command), time.perf_counter() - start
    runs = [(seconds(scripts/'uec', '--help'), seconds(sys.executable, '-c', 'import tensorflow')) for _ in range(3)]
    assert all('export' in text for (text, _), _ in runs)
    helps_s, import_s = (min(o[1] for o in side) for side in zip(*runs))
    assert helps_s < import_s/3, f'fastest of three: {helps_s:.2f} s, and {import_s:.2f} s'


def samples():
    "`uec sample DIR` writes the sample data"
    with tempfile.TemporaryDirectory() as folder:
        run(scripts/'uec', 'sample', Path(folder)/'sample')
        assert any((Path(folder)/'sample').rglob('*.csv')), 'no CSV was written'


failed = 0
checks = [outside, complete, imports, light, required, helps, samples]
for item in checks:
    start = time.perf_counter()
    try: item(); verdict = 'ok'
    except Exception as error:
        failed, verdict, reason = failed + 1, 'FAIL', f'{type(error).__name__}: {error}'
    print(f'{verdict:4} {time.perf_counter() - start:5.0f} s  {item.__doc__}', flush=True)
    if verdict == 'FAIL': print('\n'.join(f'     | {line}' for line in reason.splitlines()[-60:]))
print(f'{len(checks) - failed} passed, {failed} failed')
sys.exit(failed > 0)
