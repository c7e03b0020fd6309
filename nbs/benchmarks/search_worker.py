"Time searches in turn: search_worker.py N ROUNDS WAYS; prints a JSON row for each search."
import json, sys, time
import faiss, numpy as np
from uec.retrieval import search as ours
from uec.retrieval.embeddings import unit_rows

Q, D, K = 5_000, 64, 5

def ways(flat, query):
    "Return the searches by name, each with the queries that it is given."
    def margin(m):
        def run(q):
            ours.MARGIN = m
            try: return ours.search_flat(flat, q, K)
            finally: ours.MARGIN = 3
        return run
    def blocks(size):
        return lambda q: [flat.search(q[i:i + size], K) for i in range(0, len(q), size)]
    direct = lambda q: ours._search_direct(flat, q, K)
    return dict(faiss=(lambda q: flat.search(q, K), query), ours=(margin(3), query),
                direct=(direct, query[:512]), blocks512=(blocks(512), query),
                **{f'margin{m}': (margin(m), query) for m in (1, 2, 8, 16)})

N, rounds, names = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3].split(',')
rng = np.random.default_rng(0)
flat = faiss.IndexFlatL2(D)
for start in range(0, N, 100_000):
    flat.add(unit_rows(rng.normal(size=(min(100_000, N - start), D))).astype(np.float32))
query = unit_rows(rng.normal(size=(Q, D))).astype(np.float32)
flat.search(query[:64], K)
for round in range(rounds):
    for name in names if round % 2 == 0 else names[::-1]:
        search, given = ways(flat, query)[name]
        wall, cpu = time.perf_counter(), time.process_time()
        search(given)
        row = dict(N=N, round=round, way=name, wall_s=time.perf_counter() - wall,
                   cpu_s=time.process_time() - cpu)
        scale = Q/len(given)
        print(json.dumps(row | {o: row[o]*scale for o in ('wall_s', 'cpu_s')}), flush=True)
