"Evaluate vectors on the disk: evaluate_blocks_worker.py FOLDER Q N; prints times and memory as JSON."
import json, re, resource, sys, threading, time
from pathlib import Path
import numpy as np
from uec.retrieval.embeddings import Embeddings
from uec.retrieval.evaluate import evaluate

def memory():
    "Return what the process holds itself and what it has mapped of files, in MB."
    text = Path('/proc/self/status').read_text()
    return [int(re.search(rf'{name}:\s+(\d+)', text)[1])/1e3 for name in ('RssAnon', 'RssFile')]

def watch(peak, done):
    while not done.wait(.05): peak[:] = np.maximum(peak, memory())

folder, Q, N = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
rng = np.random.default_rng(0)
classes = rng.integers(0, 1000, N + Q)
classes[N:] = classes[:Q]  # every query has something to find
labels, domains = np.char.mod('%d', np.arange(1000)), np.array(list('abcdefgh'))

def open_set(name, rows, first):
    shown = classes[first:first + rows]
    ids = np.char.mod('%d', np.arange(first, first + rows))
    return Embeddings(ids, labels[shown], domains[shown % 8],
                      np.load(folder/f'{name}.npy', mmap_mode='r')[:rows])

start = memory()[0]
query, index = open_set('query', Q, N), open_set('index', N, 0)
texts = memory()[0]
peak, done = [0, 0], threading.Event()
threading.Thread(target=watch, args=(peak, done)).start()
wall, cpu = time.perf_counter(), time.process_time()
try: scores = evaluate(query, index)
finally: done.set()
print(json.dumps(dict(Q=Q, N=N, wall_s=time.perf_counter() - wall, cpu_s=time.process_time() - cpu,
    program_MB=start, with_texts_MB=texts, peak_MB=peak[0], mapped_MB=peak[1],
    precision=float(scores.precision.mean()))))
