"""Measure one way to search clustered vectors: python vector_index_worker.py WHAT N FOLDER [name=value ...]

Each call is a process of its own, so that its peak of memory is that of WHAT, and it prints one JSON object:
`data` draws N vectors of 64 numbers and 1,000 queries, and finds the true neighbours of 500 of them;
`build` makes a `VectorIndex` (precision=float32) by additions of 250,000 rows, and optimises it;
`disk` removes what earlier versions left, and says what the index takes;
`kind` makes another approximate index of LanceDB on a copy of its table (kind=IVF_SQ);
`search` searches the index (engine=partitions, nprobes=8), `flat` and `ivfpq` search FAISS's indexes.
Times are of single searches, one after another: wall clock, and CPU time of all threads of the process.
"""
import json, os, shutil, sys, time
from pathlib import Path

os.environ |= dict(OMP_NUM_THREADS='1', OPENBLAS_NUM_THREADS='1')  # FAISS's threads wait by spinning, on cores that are shared
import numpy as np

what, N, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
options = dict(o.split('=', 1) for o in sys.argv[4:])
D, BLOCK, WARM, TIMED, TRUE = 64, 250_000, 20, 200, 500


def megabytes(field='VmHWM'):
    "Read a field of this process's memory."
    return next(int(line.split()[1])/1024 for line in open('/proc/self/status') if line.startswith(field))


def size_mb(path): return sum(o.stat().st_size for o in Path(path).rglob('*') if o.is_file())/1e6


def unit(x): return x/np.linalg.norm(x, axis=1, keepdims=True)


def blocks():
    "Yield the first row and the vectors of each block, without mapping the file."
    with open(folder/'index.npy', 'rb') as f:
        np.lib.format.read_magic(f)
        np.lib.format.read_array_header_1_0(f)
        for i in range(0, N, BLOCK): yield i, np.fromfile(f, 'f4', min(BLOCK, N - i)*D).reshape(-1, D)


def data():
    "200 topics, a cluster for every 50 rows, all on the sphere; queries are of the same clusters."
    rng = np.random.default_rng(N)
    topics, n = unit(rng.normal(size=(200, D))), max(N//50, 1)
    centres = unit(topics[rng.integers(0, 200, n)] + .9*unit(rng.normal(size=(n, D)))).astype('f4')
    def draw(n): return unit(centres[rng.integers(0, len(centres), n)] + (.6/8)*rng.standard_normal((n, D), dtype='f4'))
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder/'queries.npy').exists():
        out = np.lib.format.open_memmap(folder/'index.npy', 'w+', 'f4', (N, D))
        for i in range(0, N, BLOCK): out[i:i + BLOCK] = draw(min(BLOCK, N - i))
        out.flush()
        np.save(folder/'queries.npy', draw(1000))
    if (folder/'truth.npy').exists(): return {}
    import faiss
    queries, found = np.load(folder/'queries.npy')[:TRUE], []
    for i, x in blocks():
        d, j = faiss.knn(queries, x, 6)
        found.append((d, j + i))
    d, j = (np.concatenate(part, 1) for part in zip(*found))
    np.save(folder/'truth.npy', np.take_along_axis(j, d.argsort(1)[:, :5], 1))
    return {}


def timed(search, n_timed=TIMED):
    "Time single searches, `search(query [1, D]) -> positions [5]`, and compare with the truth."
    queries, truth = np.load(folder/'queries.npy')[:TRUE], np.load(folder/'truth.npy')
    start = time.perf_counter()
    search(queries[:1])
    first, times, hits, cpu = time.perf_counter() - start, [], [], 0
    for i in range(WARM + n_timed):
        start, cpu_start = time.perf_counter(), time.process_time()
        found = search(queries[i:i + 1])
        if i >= WARM:
            times.append(1e3*(time.perf_counter() - start))
            cpu += 1e3*(time.process_time() - cpu_start)
        hits.append(len({*map(int, found)} & {*truth[i].tolist()})/5)
    p50, p99 = np.percentile(times, [50, 99])
    return dict(recall=float(np.mean(hits)), first_s=first, p50_ms=p50, p99_ms=p99, cpu_ms=cpu/n_timed)


def as_embeddings(i, x):
    from uec.retrieval.embeddings import Embeddings
    ids = [str(j) for j in range(i, i + len(x))]
    return Embeddings(ids, ['']*len(x), ['']*len(x), x)


def build():
    from uec.vector_index.optimise import optimise
    from uec.vector_index.table import VectorIndex, create_index
    target = folder/f'index-{options.get("precision", "float32")}'
    shutil.rmtree(target, ignore_errors=True)
    start = time.perf_counter()
    for i, x in blocks():
        if i: index.add(as_embeddings(i, x))
        else:
            create_index(target, as_embeddings(i, x), precision=options.get('precision', 'float32'))
            index = VectorIndex(target)
    added, cpu = time.perf_counter() - start, time.process_time()
    start = time.perf_counter()
    optimise(index, keep_hours=0, above=int(options.get('above', 0)), say=lambda line: print(line, file=sys.stderr, flush=True))
    return dict(add_s=added, add_cpu_s=cpu, optimise_s=time.perf_counter() - start, cpu_s=time.process_time(),
                disk_mb=size_mb(target), nprobes=index.state.nprobes, build_peak_mb=megabytes())


def disk():
    "What the index takes after `optimise`, its older versions gone."
    from uec.vector_index.optimise import compact
    from uec.vector_index.table import VectorIndex
    compact(VectorIndex(folder/f'index-{options.get("precision", "float32")}'), 0)
    return dict(disk_mb=size_mb(folder/f'index-{options.get("precision", "float32")}'))


def kind():
    from lancedb import index as kinds
    from uec.vector_index.state import connect
    name = dict(IVF_FLAT='IvfFlat', IVF_SQ='IvfSq', IVF_PQ='IvfPq', IVF_RQ='IvfRq', IVF_HNSW_SQ='HnswSq')[options['kind']]
    target = folder/'kind'
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(folder/'index-float32', target)
    table = connect(target).open_table('rows')
    table.drop_index('vector_idx')
    extra = dict(num_sub_vectors=int(options['parts'])) if 'parts' in options else {}
    before, start = size_mb(target), time.perf_counter()
    table.create_index('vector', config=getattr(kinds, name)(distance_type='l2', **extra))
    built, grown, rows = time.perf_counter() - start, size_mb(target) - before, []
    for nprobes, refine in ((8, 1), (8, 4), (32, 1), (32, 4)):
        def search(q):
            found = table.search(q[0]).limit(5).nprobes(nprobes).select(['id', '_distance'])
            if refine > 1: found = found.refine_factor(refine)
            return found.to_arrow()['id'].to_pylist()
        rows.append(dict(nprobes=nprobes, refine=refine) | timed(search, 100))
    shutil.rmtree(target)
    return dict(kind=options['kind'], build_s=built, index_mb=grown, rows=rows)


def search():
    from uec.vector_index.table import VectorIndex
    start = time.perf_counter()
    index = VectorIndex(folder/f'index-{options.get("precision", "float32")}')
    opened, engine, n = time.perf_counter() - start, options['engine'], int(options.get('n', TIMED))
    nprobes = int(options.get('nprobes', 0))
    found = timed(lambda q: index.search(q, 5, engine=engine, nprobes=nprobes).ids[0], n)
    return dict(engine=engine, nprobes=nprobes or index.state.nprobes, open_s=opened, peak_mb=megabytes()) | found


def flat():
    import faiss
    start, index = time.perf_counter(), faiss.IndexFlatL2(D)
    for _, x in blocks(): index.add(x)
    built = time.perf_counter() - start
    found = timed(lambda q: index.search(q, 5)[1][0], int(options.get('n', TIMED)))
    return dict(build_s=built, disk_mb=N*D*4/1e6, peak_mb=megabytes()) | found


def ivfpq():
    import faiss
    nlist = min(int(4*N**.5), 2048)
    index = faiss.index_factory(D, f'IVF{nlist},PQ32x8np')  # np: no polysemous training, which takes minutes and changes no distance
    index.cp.niter = 10
    index.pq.cp.niter = 10
    start, rng = time.perf_counter(), np.random.default_rng(0)
    share = min(1, 40*nlist/N)
    some = np.concatenate([x[rng.random(len(x)) < share] for _, x in blocks()])
    index.train(some)
    for _, x in blocks(): index.add(x)
    built = time.perf_counter() - start
    faiss.write_index(index, str(folder/'ivfpq.faiss'))
    index.nprobe, disk = int(options.get('nprobes', 32)), (folder/'ivfpq.faiss').stat().st_size/1e6
    os.unlink(folder/'ivfpq.faiss')
    return dict(build_s=built, disk_mb=disk, nlist=nlist, nprobes=index.nprobe, peak_mb=megabytes()) | timed(lambda q: index.search(q, 5)[1][0])


answer = dict(what=what, N=N) | globals()[what]() | dict(load=os.getloadavg()[0])
print(json.dumps(answer | dict(peak_mb=answer.get('peak_mb', megabytes()))))
