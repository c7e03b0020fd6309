"""Run Python programs in forks of one process that has imported TensorFlow: all of them share one import.

Python's fork server imports the modules below before it starts any thread. Each program is a process of its
own, with its own arguments, limits, output and exit status, and can be killed.
"""
import multiprocessing, os, resource, sys, tempfile
from pathlib import Path
from subprocess import CompletedProcess
from uec.onednn import prefer_onednn

prefer_onednn()  # as `uec train` does before it imports TensorFlow
os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
CONTEXT = multiprocessing.get_context('forkserver')
CONTEXT.set_forkserver_preload(['uec.train', 'uec.export', 'uec.cli.app', 'uec.retrieval.evaluate'])
UEC = 'from uec.cli.app import main; main()'


def run_here(code, args, folder, max_file_bytes):
    "Be the process `python -c CODE ARGS`, which prints to files in `folder` and can write no larger file."
    for fd, name in (1, 'stdout'), (2, 'stderr'): os.dup2(os.open(folder/name, os.O_WRONLY | os.O_CREAT), fd)
    sys.argv, sys.orig_argv = ['-c', *args], [sys.executable, '-c', code, *args]
    if max_file_bytes: resource.setrlimit(resource.RLIMIT_FSIZE, (max_file_bytes, max_file_bytes))
    exec(code, {'__name__': '__main__'})


class Fork:
    "A running program, with the methods of `subprocess.Popen` that tests use."
    def __init__(self, code, *args, max_file_bytes=None):
        self.folder = tempfile.TemporaryDirectory()
        request = code, [*map(str, args)], Path(self.folder.name), max_file_bytes
        self.process = CONTEXT.Process(target=run_here, args=request)
        self.process.start()

    def poll(self): return self.process.exitcode
    def kill(self): self.process.kill()

    def wait(self, timeout=None):
        self.process.join(timeout)
        if self.poll() is None: self.kill(); raise TimeoutError(f'killed after {timeout} s')
        return self.poll()

    def finish(self, timeout=None):
        "Wait for the end of the program; return its exit status and what it printed."
        status = self.wait(timeout)
        printed = [(Path(self.folder.name)/name).read_text() for name in ('stdout', 'stderr')]
        self.folder.cleanup()
        return CompletedProcess(self.process.name, status, *printed)


def start_uec(*args, **kwargs):
    "Start a command of `uec`."
    return Fork(UEC, *args, **kwargs)


def run_uec(*args, **kwargs):
    "Run a command of `uec` to its end."
    return start_uec(*args, **kwargs).finish()
