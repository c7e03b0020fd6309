"""Run Python programs in forks of one process that has imported TensorFlow: all of them share one import.

Python's fork server imports the modules below before it starts any thread. Each program is a process of its
own, with its own arguments, limits, output and exit status, and can be killed.
"""
import multiprocessing, os, resource, signal, sys, tempfile
from multiprocessing import forkserver
from pathlib import Path
from subprocess import CompletedProcess
from uec.onednn import prefer_onednn

prefer_onednn()  # as `uec train` does before it imports TensorFlow
os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
CONTEXT = multiprocessing.get_context('forkserver')
CONTEXT.set_forkserver_preload(['uec.train', 'uec.export', 'uec.cli.app', 'uec.retrieval.evaluate', 'uec.serve.app'])
UEC = 'from uec.cli.app import main; main()'


def share_server():
    "Start the fork server in the parent of the processes that will use it; only that could wait for its end."
    forkserver.ensure_running()
    forkserver._forkserver.ensure_running = lambda: None


def run_here(code, args, folder, limits, state):
    "Be the process `python -c CODE ARGS`, which prints to files in `folder` and has the caller's environment."
    environment, cwd, group = state
    os.setpgid(0, group)  # which the caller's parent ends with the caller
    os.chdir(cwd)
    os.environ.clear(); os.environ.update(environment)
    tempfile.tempdir = None  # found anew
    for fd, name in (1, 'stdout'), (2, 'stderr'): os.dup2(os.open(folder/name, os.O_WRONLY | os.O_CREAT), fd)
    sys.argv, sys.orig_argv = ['-c', *args], [sys.executable, '-c', code, *args]
    for name, limit in limits.items(): resource.setrlimit(getattr(resource, name), (limit, limit))
    exec(code, {'__name__': '__main__'})


class Fork:
    "A running program, with the methods of `subprocess.Popen` that tests use."
    def __init__(self, code, *args, max_file_bytes=None, max_files=None):
        self.folder = tempfile.TemporaryDirectory()
        limits = {k: v for k, v in dict(RLIMIT_FSIZE=max_file_bytes, RLIMIT_NOFILE=max_files).items() if v}
        state = dict(os.environ), os.getcwd(), os.getpgid(0)
        request = code, [*map(str, args)], Path(self.folder.name), limits, state
        self.process = CONTEXT.Process(target=run_here, args=request)
        self.process.start()

    @property
    def pid(self): return self.process.pid
    def poll(self): return self.process.exitcode
    def kill(self): self.process.kill()
    def send_signal(self, number): os.kill(self.process.pid, number)
    def printed(self, name):
        "What the program has printed so far to `stdout` or `stderr`."
        file = Path(self.folder.name)/name
        return file.read_text() if file.exists() else ''

    def wait(self, timeout=None):
        self.process.join(timeout)
        if self.poll() is None: self.kill(); raise TimeoutError(f'killed after {timeout} s')
        return self.poll()

    def finish(self, timeout=None):
        "Wait for the end of the program; return its exit status and what it printed."
        status = self.wait(timeout)
        printed = self.printed('stdout'), self.printed('stderr')
        self.folder.cleanup()
        return CompletedProcess(self.process.name, status, *printed)


def run(code, *args, **kwargs):
    "Run a program to its end."
    return Fork(code, *args, **kwargs).finish()


def run_module(name, *args):
    "Run a module to its end, as `python -m` does."
    return run(f'import runpy; runpy.run_module({name!r}, run_name="__main__", alter_sys=True)', *args)


def start_uec(*args, **kwargs):
    "Start a command of `uec`."
    return Fork(UEC, *args, **kwargs)


def run_uec(*args, **kwargs):
    "Run a command of `uec` to its end."
    return start_uec(*args, **kwargs).finish()
