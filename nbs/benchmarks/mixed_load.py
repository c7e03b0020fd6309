"""Search an index of a million rows while another process adds and deletes, and is killed: python mixed_load.py WHAT FOLDER

`build` makes the index from FOLDER/index.npy, as `vector_index_worker.py data` draws it, but for the last rows;
`write` adds those rows in batches and deletes others, and says in FOLDER/journal.jsonl which version holds what;
`search` searches the latest version until FOLDER/done is there, and appends what it found to FOLDER/answers.jsonl;
`run` starts both, kills the writer at random moments, and starts it again (seconds=600 kills=20);
`replay` searches the rows of every version that was served exactly, without the index, and compares.
`run` and `replay` print one JSON object each.
"""
import json, os, random, signal, subprocess, sys, time
from pathlib import Path

os.environ |= dict(OMP_NUM_THREADS='1', OPENBLAS_NUM_THREADS='1')
import numpy as np

what, folder = sys.argv[1], Path(sys.argv[2])
options = dict(o.split('=', 1) for o in sys.argv[3:])
ADDED, DELETED, ADD, DELETE, BLOCK = 50_000, 20_000, 500, 200, 250_000
STEPS, K, NEAR = ADDED//ADD, 5, 2000  # each step adds ADD rows, and then deletes DELETE
OPTIMISE_EVERY = 25       # steps
target, journal = folder/'index', folder/'journal.jsonl'


def lines(path): return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def vectors(): return np.load(folder/'index.npy', mmap_mode='r')


def plan():
    "Return operations in order: (add or delete, rows); rows are deleted once, new ones among them."
    N, rng = len(vectors()), np.random.default_rng(0)
    alive, dead, operations = N - ADDED, set(), []
    for step in range(STEPS):
        operations.append(('add', list(range(alive, alive + ADD))))
        alive += ADD
        drawn = [int(o) for o in rng.choice(alive, 2*DELETE, replace=False) if int(o) not in dead][:DELETE]
        dead |= {*drawn}
        operations.append(('delete', drawn))
    return operations


def as_embeddings(rows):
    from uec.retrieval.embeddings import Embeddings
    return Embeddings([str(o) for o in rows], ['']*len(rows), ['']*len(rows), np.asarray(vectors()[rows]))


def build():
    from uec.vector_index.optimise import optimise
    from uec.vector_index.table import VectorIndex, create_index
    N = len(vectors()) - ADDED
    for i in range(0, N, BLOCK):
        part = as_embeddings(np.arange(i, min(i + BLOCK, N)))
        VectorIndex(target).add(part) if i else create_index(target, part)
    optimise(VectorIndex(target), keep_hours=0, say=lambda line: print(line, file=sys.stderr))


def version_of(index, operation, after):
    "Return the version that holds an operation, or 0 if it was not committed: all of it or none."
    from uec.vector_index.table import VectorIndex, known_ids
    kind, rows = operation
    held = len(known_ids(index.table, [str(o) for o in rows]))
    assert held in (0, len(rows)), f'{held} of {len(rows)} rows: an operation was committed in part'
    if (held > 0) != (kind == 'add'): return 0
    before = len(VectorIndex(target, version=after))
    later = (v for v in index.versions() if v > after)
    return next(v for v in later if len(VectorIndex(target, version=v)) != before)


def write():
    "Do what is left of the plan, at its pace; a restart finds by the ids whether the last operation was committed."
    from uec.vector_index.optimise import optimise
    from uec.vector_index.table import VectorIndex
    operations, log = plan(), lines(journal)
    index, pace = VectorIndex(target), float(options['seconds'])/len(operations)
    start, file = float(options['start']), open(journal, 'a')
    def done(i, version):
        file.write(json.dumps(dict(operation=i, version=version)) + '\n')
        file.flush(); os.fsync(file.fileno())
    last = log[-1] if log else dict(operation=-1, version=int(options['first']))
    if last['operation'] + 1 < len(operations):
        i = last['operation'] + 1
        version = version_of(index, operations[i], last['version'])
        if version: done(i, version); last = dict(operation=i, version=version)
    for i in range(last['operation'] + 1, len(operations)):
        time.sleep(max(0, start + i*pace - time.time()))
        kind, rows = operations[i]
        if kind == 'add': index.add(as_embeddings(rows))
        else: index.delete([str(o) for o in rows])
        done(i, index.version)
        if i % (2*OPTIMISE_EVERY) == 2*OPTIMISE_EVERY - 1: optimise(index, say=lambda line: None)


def search():
    "Search for one query after another."
    from uec.vector_index.table import VectorIndex
    queries, index, rng = np.load(folder/'queries.npy'), VectorIndex(target), np.random.default_rng(1)
    with open(folder/'answers.jsonl', 'a') as file:
        while not (folder/'done').exists():
            q, start = int(rng.integers(len(queries))), time.perf_counter()
            index.refresh()
            version, found = index.version, index.search(queries[q:q + 1], K)
            ms = 1e3*(time.perf_counter() - start)
            assert index.version == version
            file.write(json.dumps(dict(version=version, query=q, ids=found.ids[0].tolist(),
                                       distances=found.distances[0].tolist(), ms=ms)) + '\n')
            time.sleep(.03)


def run():
    "Start a searcher and a writer; kill the writer."
    from uec.vector_index.table import VectorIndex
    for name in ('journal.jsonl', 'answers.jsonl', 'done'): (folder/name).unlink(missing_ok=True)
    seconds, kills, start = float(options.get('seconds', 600)), int(options.get('kills', 20)), time.time()
    first = VectorIndex(target).version
    me = [sys.executable, __file__]
    writer = [*me, 'write', str(folder), f'seconds={seconds}', f'start={start}', f'first={first}']
    searcher, draw, killed = subprocess.Popen([*me, 'search', str(folder)]), random.Random(0), 0
    moments = sorted(draw.uniform(.02, .97)*seconds for _ in range(kills))
    process = subprocess.Popen(writer)
    for moment in moments:
        try: process.wait(max(1.5, start + moment - time.time()))  # a writer lives long enough to import
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.wait()
        process = subprocess.Popen(writer)
    assert not process.wait()
    (folder/'done').touch()
    assert not searcher.wait()
    return dict(first=first, killed=killed, seconds=time.time() - start, operations=len(lines(journal)))


def replay():
    "Compare every answer with exact search on the rows of its version."
    from uec.vector_index.table import VectorIndex
    x, queries, operations = np.asarray(vectors()), np.load(folder/'queries.npy'), plan()
    log, answers = lines(journal), lines(folder/'answers.jsonl')
    assert [o['operation'] for o in log] == list(range(len(operations)))
    born = np.where(np.arange(len(x)) < len(x) - ADDED, 0, 1 << 30)
    died = np.full(len(x), 1 << 30)
    for entry, (kind, rows) in zip(log, operations): (born if kind == 'add' else died)[rows] = entry['version']
    gone = ghosts = untrue = unordered = found = wanted = 0
    for q in sorted({o['query'] for o in answers}):
        near = np.argpartition(-(x@queries[q]), NEAR)[:NEAR]  # unit vectors: more than enough to hold K that are alive
        exact = dict(zip(near.tolist(), np.sqrt(((x[near] - queries[q])**2).sum(1)).tolist()))
        for o in (o for o in answers if o['query'] == q):
            ids, version = [int(id) for id in o['ids']], o['version']
            gone += sum(died[i] <= version for i in ids)
            ghosts += sum(born[i] > version for i in ids)
            true = [exact.get(i) or float(np.sqrt(((x[i] - queries[q])**2).sum())) for i in ids]
            untrue += sum(abs(a - b) > 1e-5 for a, b in zip(true, o['distances']))
            unordered += o['distances'] != sorted(o['distances']) or len({*ids}) != K
            limit = sorted(d for i, d in exact.items() if born[i] <= version < died[i])[K - 1]*(1 + 1e-5)
            found, wanted = found + sum(d <= limit for d in o['distances']), wanted + K
    index = VectorIndex(target)
    held = np.sort(index.rows()['id'].to_numpy().astype(int))
    rows = index.fetch([str(o) for o in held[::997]])
    ms = [o['ms'] for o in answers]
    return dict(answers=len(answers), versions=len({o['version'] for o in answers}), deleted_rows_found=int(gone),
                future_rows_found=int(ghosts), untrue_distances=untrue, unordered=unordered, recall=found/wanted,
                p50_ms=float(np.percentile(ms, 50)), p99_ms=float(np.percentile(ms, 99)), rows=len(held),
                rows_as_planned=bool(np.array_equal(held, np.flatnonzero((born < 1 << 30) & (died == 1 << 30)))),
                vectors_as_planned=bool(np.array_equal(rows.vectors, x[held[::997]])), load=os.getloadavg()[0])


if (answer := globals()[what]()) is not None: print(json.dumps(answer))
