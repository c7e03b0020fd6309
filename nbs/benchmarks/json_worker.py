"""A `Worker` is a script beside this one that answers requests; it needs nothing but Python."""
import json, subprocess, sys
from pathlib import Path

here = Path(__file__).resolve().parent


class Worker:
    "A process that answers JSON with JSON, a line each."
    def __init__(self, script, *args, stderr=subprocess.DEVNULL):
        command = [sys.executable, str(here/script), *map(str, args)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, text=True)

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + '\n')
        self.process.stdin.flush()
        return self.read()

    def read(self):
        line = self.process.stdout.readline()
        if not line: raise RuntimeError('the worker has ended')
        return json.loads(line)

    def close(self):
        self.process.kill()
        self.process.wait()
