"""Run the tests of every notebook, each in a process of its own, and compare the outputs that they store.

One process imports TensorFlow and forks for each notebook, so that it is imported once; its runtime starts
after the fork. The notebooks that took longest begin: `.ci/seconds.json` has their seconds, as `--record`
writes them.
"""
import argparse, json, os, signal, sys, tempfile, time
from pathlib import Path
from unittest import mock

from compare_outputs import difference, difference_of_runs, only_numbers_differ, text_of

root = Path(__file__).resolve().parent.parent
SECONDS = root/'.ci/seconds.json'
PASSED, FAILED = 0, 1
DIFFER = 'the stored outputs differ from those of this run:'
SHORT = dict(train_steps=8)
# a notebook with parameters is run as its users run it, only shorter
PARAMETERS = {'nbs/03_train.ipynb': dict(train_steps=40), 'nbs/how_it_works.ipynb': SHORT,
              'nbs/tutorials/kaggle.ipynb': SHORT, 'nbs/tutorials/colab.ipynb': SHORT}


def run_by_papermill(notebook, parameters, strict):
    "Run one notebook with papermill, check that the parameters took effect, and compare its outputs."
    import nbformat, papermill
    done = papermill.execute_notebook(notebook, None, parameters, progress_bar=False)
    ran = {cell.id: cell.outputs for cell in done.cells if cell.cell_type == 'code'}
    shown, steps = '\n'.join(map(text_of, ran.values())), parameters['train_steps']
    took_effect = f'{steps} steps' in shown or f'step {steps}:' in shown
    assert took_effect, 'the parameters of papermill took no effect'
    cells = [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == 'code']
    faults = {cell.id: difference_of_runs(cell.outputs, ran[cell.id], '#| varies' in cell.source)
              for cell in cells}
    differ = [f'cell {id}: {fault}' for id, fault in faults.items() if fault]
    if differ: print(DIFFER, *differ, sep='\n')
    return FAILED if differ and strict else PASSED


def store(notebook, outputs):
    "Write the outputs of a run into a notebook: cell number -> outputs; standard error is left out."
    content = json.loads(notebook.read_text(encoding='utf-8'))
    for number, found in outputs.items():
        content['cells'][number]['outputs'] = [o for o in found if o.get('name') != 'stderr']
    text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True)
    notebook.write_text(text + '\n', encoding='utf-8')


def run_in_shell(notebook, flags, update, strict):
    "Run one notebook in this process, compare its outputs with those stored, and return the exit status."
    from execnb.shell import CaptureShell
    from fastcore.xtras import obj2dict
    from nbdev.config import get_config
    from nbdev.process import NBProcessor
    left_out = set(get_config().tst_flags.split()) - set(flags)
    nb, differ, new, stale = NBProcessor(notebook, process=True).nb, [], {}, False
    stored = {cell.idx_: [dict(o) for o in cell.get('outputs', [])] for cell in nb.cells}

    def passed_over(cell):
        is_off = cell.directives_.get('eval:') == ['false']
        return cell.cell_type != 'code' or left_out & cell.directives_.keys() or is_off
    def compare(cell):
        nonlocal stale
        outputs = obj2dict(cell.get('outputs', []))
        if not (fault := difference(stored[cell.idx_], outputs, 'varies' in cell.directives_)): return
        differ.append(f'cell {cell.idx_ + 1}: {fault}')
        new[cell.idx_] = outputs
        stale |= not only_numbers_differ(stored[cell.idx_], outputs)

    shell = CaptureShell(notebook, mpl_format='png')
    os.chdir(notebook.parent)
    try: shell.run_all(nb, exc_stop=True, preproc=passed_over, postproc=compare)
    except Exception: return print(shell.prettytb(fname=notebook)) or FAILED
    if differ: print(DIFFER, *differ, sep='\n')
    if update and differ: store(notebook, new)
    return FAILED if stale and strict else PASSED


def run_here(notebook, flags, update, strict):
    "Run one notebook in this process."
    name = notebook.relative_to(root).as_posix()
    if name in PARAMETERS: return run_by_papermill(notebook, PARAMETERS[name], strict)
    return run_in_shell(notebook, flags, update, strict)


class Run:
    "A notebook that is run by a child of this process, in a process group of its own."
    def __init__(self, notebook, how):
        self.notebook, self.start, self.log = notebook, time.monotonic(), tempfile.TemporaryFile()
        sys.stdout.flush(); sys.stderr.flush()
        self.pid = os.fork()
        if not self.pid: self._be_child(how)

    def _be_child(self, how):
        status = FAILED
        try:
            os.setpgid(0, 0)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            for stream in 1, 2: os.dup2(self.log.fileno(), stream)
            status = run_here(self.notebook, *how)
        except BaseException:
            import traceback; traceback.print_exc()
        finally:
            sys.stdout.flush(); sys.stderr.flush()
            os._exit(status)

    def seconds(self): return time.monotonic() - self.start

    def end(self, reason=''):
        "End what the notebook has left running, and return what it printed."
        try: os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError): pass
        self.log.seek(0)
        return self.log.read().decode(errors='replace') + reason


def finished(runs, limit_s):
    "Yield (run, status, output) of those that have ended or have taken too long."
    for run in runs:
        pid, status = os.waitpid(run.pid, os.WNOHANG)
        if pid and os.WIFSIGNALED(status):
            n = os.WTERMSIG(status)
            reason = ', as when memory runs out' if n == 9 else ''
            yield run, FAILED, run.end(f'\nkilled by signal {n}{reason}')
        elif pid: yield run, os.WEXITSTATUS(status), run.end()
        elif run.seconds() > limit_s:
            output = run.end(f'\nstopped after {limit_s} s')
            os.waitpid(run.pid, 0)
            yield run, FAILED, output


def import_once():
    "Import what nearly all notebooks import, and no module of ours, since a notebook defines it anew."
    from uec.onednn import prefer_onednn
    prefer_onednn()
    import matplotlib.pyplot, pandas, execnb.shell, nbdev.process  # noqa: F401
    with mock.patch('matplotlib.use'):  # which Model Garden calls
        from official.vision.configs import image_classification  # noqa: F401
        from official.vision.tasks import image_classification  # noqa: F401
        from official.core import train_lib  # noqa: F401


def start_fork_server(notebooks):
    "Start the server of nbs/tests/forks.py for all notebooks that use it, so that it imports once."
    if not any('forks.py' in notebook.read_text(encoding='utf-8') for notebook in notebooks): return
    sys.path.insert(0, str(root/'nbs/tests'))
    import forks
    forks.share_server()


def choose(names, flags):
    "The notebooks to run."
    found = [file for file in sorted((root/'nbs').rglob('*.ipynb'), reverse=True)
             if not any(part[0] in '._' for part in file.relative_to(root).parts)]
    if names: found = [file for file in found if any(name in str(file) for name in names)]
    return [file for file in found if has_cells_to_run(file, flags)]


def has_cells_to_run(file, flags):
    "A benchmark is nothing but cells that a test leaves out; it is no test that passed."
    from nbdev.config import get_config
    left_out = {f'#| {flag}' for flag in get_config().tst_flags.split() if flag not in flags}
    content = json.loads(file.read_text(encoding='utf-8'))
    cells = [cell for cell in content['cells'] if cell['cell_type'] == 'code']
    return any(not left_out & {line.strip() for line in cell['source']} for cell in cells)


def show(verdict, run, output, done, total, left_s):
    "Print the line of a notebook that has ended, and what it printed if it failed or its outputs differ."
    left = f'({done} of {total}, about {left_s/60:.0f} min left)'
    print(f'{verdict:4} {run.seconds():5.0f} s  {run.notebook.relative_to(root)}  {left}', flush=True)
    if verdict != 'FAIL' and DIFFER not in output: return
    print('\n'.join(f'     | {line}' for line in output.strip().splitlines()[-60:]), flush=True)


def run_all(notebooks, how, jobs, limit_s, known):
    "Run notebooks, `jobs` at a time; return seconds by name, and how many failed."
    name_of = lambda notebook: notebook.relative_to(root).as_posix()
    expected_s = lambda notebook: known.get(name_of(notebook), 10)
    waiting = sorted(notebooks, key=lambda notebook: -expected_s(notebook))
    running, took, failed = [], {}, 0
    while waiting or running:
        while waiting and len(running) < jobs: running.append(Run(waiting.pop(0), how))
        for run, status, output in [*finished(running, limit_s)]:
            running.remove(run)
            took[name_of(run.notebook)] = round(run.seconds(), 1)
            failed += status != PASSED
            left = sum(map(expected_s, waiting))
            left += sum(max(0, expected_s(other.notebook) - other.seconds()) for other in running)
            show('ok' if status == PASSED else 'FAIL', run, output, len(took), len(notebooks), left/jobs)
        time.sleep(.05)
    return took, failed


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument('names', nargs='*', help='run only notebooks whose path contains one of these')
parser.add_argument('--flags', default='', help="also run the cells marked so, as 'slow gpu'")
parser.add_argument('--jobs', type=int, default=min((os.cpu_count() or 1) + 1, 4),
                    help='notebooks at a time; one more than cores, since some wait for clients')
parser.add_argument('--limit', type=int, default=1800, help='seconds that one notebook may take')
parser.add_argument('--update', action='store_true', help='store the outputs of the run where they differ')
parser.add_argument('--strict', action='store_true',
                    help='fail where stored outputs differ from those of the run in more than numbers')
parser.add_argument('--record', action='store_true', help='write .ci/seconds.json')


def main():
    args = parser.parse_args()
    flags = args.flags.split()
    notebooks = choose(args.names, flags)
    if args.names and not notebooks: sys.exit(f"No notebook's path contains {' or '.join(args.names)}.")
    sys.path.insert(0, str(root))
    os.environ['IN_TEST'] = '1'
    known = json.loads(SECONDS.read_text()) if SECONDS.exists() else {}
    start_fork_server(notebooks)
    import_once()
    took, failed = run_all(notebooks, (flags, args.update, args.strict), args.jobs, args.limit, known)
    if args.record: SECONDS.write_text(json.dumps(dict(sorted((known | took).items())), indent=0) + '\n')
    print(f'{len(took) - failed} passed, {failed} failed')
    return failed > 0


if __name__ == '__main__': sys.exit(main())
