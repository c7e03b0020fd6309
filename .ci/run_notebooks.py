"""Run the tests of every notebook as `nbdev_test` does, each in a process of its own, and count them.

nbdev_test tells only "Success." and lets the notebooks of one worker share TensorFlow's state.
"""
import argparse, json, os, subprocess, sys, time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from compare_outputs import difference

root = Path(__file__).resolve().parent.parent
PASSED, FAILED, SKIPPED = 0, 1, 77
VERDICTS = {PASSED: 'ok', SKIPPED: 'skip'}


SHORT = dict(train_steps=8)
PARAMETERS = {'03_train.ipynb': dict(train_steps=40), 'how_it_works.ipynb': SHORT,
              'kaggle.ipynb': SHORT, 'colab.ipynb': SHORT}  # a notebook with parameters is run as its users run it, only shorter


def run_by_papermill(notebook, parameters):
    "Run one notebook with papermill and check that the parameters took effect."
    import papermill
    done = papermill.execute_notebook(notebook, None, parameters, progress_bar=False)
    printed = ''.join(output.get('text', '') for cell in done.cells for output in cell.get('outputs', []))
    steps = parameters['train_steps']
    assert f'{steps} steps' in printed or f'step {steps}:' in printed, 'the parameters of papermill took no effect'
    return PASSED


def run_here(notebook, flags):
    "Run one notebook in this process and compare its outputs with those stored; the exit status is the verdict."
    if notebook.name in PARAMETERS: return run_by_papermill(notebook, PARAMETERS[notebook.name])
    from execnb.shell import CaptureShell
    from nbdev.config import get_config
    from nbdev.process import NBProcessor
    left_out = set(get_config().tst_flags.split()) - set(flags)
    nb, differ = NBProcessor(notebook, process=True).nb, []
    stored = {cell.idx_: [dict(o) for o in cell.get('outputs', [])] for cell in nb.cells}

    def passed_over(cell): return cell.cell_type != 'code' or left_out & cell.directives_.keys() or cell.directives_.get('eval:') == ['false']
    def compare(cell):
        if fault := difference(stored[cell.idx_], cell.get('outputs', []), 'varies' in cell.directives_): differ.append(f'cell {cell.idx_ + 1}: {fault}')

    sys.path.insert(0, str(root))
    os.environ['IN_TEST'] = '1'
    shell = CaptureShell(notebook)
    os.chdir(notebook.parent)
    try: shell.run_all(nb, exc_stop=True, preproc=passed_over, postproc=compare)
    except Exception: return print(shell.prettytb(fname=notebook)) or FAILED
    if differ: print('the stored outputs differ from those of this run:', *differ, sep='\n')
    return FAILED if differ else PASSED


def run_apart(notebook, flags, limit_s):
    "Run one notebook in a new process: (status, seconds, what it printed)."
    command = [sys.executable, __file__, '--here', '--flags', ' '.join(flags), '--', str(notebook)]
    start = time.perf_counter()
    try:
        done = subprocess.run(command, cwd=root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=limit_s, text=True, errors='replace')
        status, output = done.returncode, done.stdout
    except subprocess.TimeoutExpired as late:
        status, output = FAILED, f'{(late.stdout or b"").decode(errors="replace")}\nstopped after {limit_s} s'
    if status < 0: output += f'\nkilled by signal {-status}' + (', as when memory runs out' if status == -9 else '')
    return status, time.perf_counter() - start, output


def choose(names, flags):
    "The notebooks to run, later rooms first: they take longest."
    found = [file for file in sorted((root/'nbs').rglob('*.ipynb'), reverse=True)
             if not any(part[0] in '._' for part in file.relative_to(root).parts)]
    if names: found = [file for file in found if any(name in str(file) for name in names)]
    return [file for file in found if has_cells_to_run(file, flags)]


def has_cells_to_run(file, flags):
    "A benchmark is nothing but cells that a test leaves out; it is no test that passed."
    from nbdev.config import get_config
    left_out = {f'#| {flag}' for flag in get_config().tst_flags.split() if flag not in flags}
    cells = [cell for cell in json.loads(file.read_text(encoding='utf-8'))['cells'] if cell['cell_type'] == 'code']
    return any(not left_out & {line.strip() for line in cell['source']} for cell in cells)


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument('names', nargs='*', help='run only notebooks whose path contains one of these')
parser.add_argument('--flags', default='', help="also run the cells marked so, as 'slow gpu'")
parser.add_argument('--jobs', type=int, default=min(os.cpu_count() or 1, 4), help='notebooks at a time')
parser.add_argument('--limit', type=int, default=900, help='seconds that one notebook may take')
parser.add_argument('--here', action='store_true', help=argparse.SUPPRESS)


def main():
    args = parser.parse_args()
    flags = args.flags.split()
    if args.here: return run_here(Path(args.names[0]), flags)
    notebooks = choose(args.names, flags)
    if args.names and not notebooks: sys.exit(f"No notebook's path contains {' or '.join(args.names)}.")

    counts = dict(ok=0, FAIL=0, skip=0)
    with ThreadPoolExecutor(args.jobs) as pool:
        runs = {pool.submit(run_apart, notebook, flags, args.limit): notebook for notebook in notebooks}
        for run in as_completed(runs):
            status, seconds, output = run.result()
            verdict = VERDICTS.get(status, 'FAIL')
            counts[verdict] += 1
            print(f'{verdict:4} {seconds:5.0f} s  {runs[run].relative_to(root)}', flush=True)
            if verdict == 'FAIL': print('\n'.join(f'     | {line}' for line in output.strip().splitlines()[-60:]), flush=True)
    print(f"{counts['ok']} passed, {counts['FAIL']} failed" + (f", {counts['skip']} skipped" if counts['skip'] else ''))
    return counts['FAIL'] > 0


if __name__ == '__main__': sys.exit(main())
