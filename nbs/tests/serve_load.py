"""Put `uec serve` under load and under attack, each in a real process: python serve_load.py EXPORT INDEX IMAGES SPLIT [load] [faults|slow] [idle] [large]

Prints JSON: what was asked, what came back, and how long it took. Exit status 1 if an answer was lost, wrong or of the wrong status.
"""
import asyncio, json, re, resource, signal, socket, struct, sys, time, zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from forks import start_uec

CLIENTS, REQUESTS = 100, 1000


class Server:
    "`uec serve` in a process of its own."
    def __init__(self, *args, max_files=None):
        self.process, self.start_bytes, self.port = start_uec('serve', *args, '--port', 0, max_files=max_files), 0, None
        for _ in range(1200):
            time.sleep(.05)
            if not self.port and (found := re.search(r':(\d+) ', self.process.printed('stdout'))): self.port = int(found[1])
            if self.process.poll() is not None: raise RuntimeError(self.process.finish().stderr[-3000:])
            with suppress(OSError):
                if self.port and self.get('/api/health'): break
        self.start_bytes = len(self.process.printed('stderr'))

    @property
    def log(self):
        "What it has said since it started, in lines."
        return self.process.printed('stderr')[self.start_bytes:].splitlines(True)

    def ask(self, method, path, body=None, **headers):
        "One request on a connection of its own: status, body, headers."
        connection = HTTPConnection('127.0.0.1', self.port, timeout=60)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read(), dict(answer.getheaders())
        finally: connection.close()

    def get(self, path): return json.loads(self.ask('GET', path)[1])

    def memory_mb(self, peak=False):
        text = Path(f'/proc/{self.process.pid}/status').read_text()
        return int(re.search(rf'{"VmHWM" if peak else "VmRSS"}:\s+(\d+)', text)[1])/1e3

    def stop(self, signal=signal.SIGINT):
        "Interrupt it as Ctrl-C does: exit status and seconds."
        start, self.peak_mb = time.perf_counter(), self.memory_mb(peak=True)
        self.process.send_signal(signal)
        return self.process.wait(60), time.perf_counter() - start


async def exchange(reader, writer, body, k):
    "Send one search on an open connection and read its answer."
    writer.write(f'POST /api/search?k={k} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n'.encode() + body)
    await writer.drain()
    head = (await reader.readuntil(b'\r\n\r\n')).decode().lower()
    return int(head.split()[1]), await reader.readexactly(int(re.search(r'content-length: (\d+)', head)[1]))


async def load(port, images, clients=CLIENTS, requests=REQUESTS, k=10):
    "Ask `requests` searches from `clients` connections: (image, status, answer, seconds) of each, and the seconds of all."
    waiting, done = iter(range(requests)), []
    async def client():
        reader, writer = await asyncio.open_connection('127.0.0.1', port)
        for i in waiting:
            start = time.perf_counter()
            status, body = await exchange(reader, writer, images[i % len(images)], 1 + i % k)
            done.append((i, status, body, time.perf_counter() - start))
        writer.close()
    start = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return done, time.perf_counter() - start


def compare(done, images, distances, rows, k=10):
    "Count answers that differ from the direct ones; neighbours within 1e-5 of each other may change places."
    import numpy as np
    wrong, swapped, largest = 0, 0, 0.
    for i, status, body, _ in done:
        found = json.loads(body)['neighbours'] if status == 200 else []
        want, d = rows[i % len(images)][:1 + i % k], distances[i % len(images)][:1 + i % k]
        if len(found) != len(want): wrong += 1; continue
        gap = float(np.abs(np.array([o['distance'] for o in found]) - d).max())
        largest, swapped = max(largest, gap), swapped + ([o['row'] for o in found] != want.tolist())
        wrong += gap > 1e-5
    return dict(wrong=wrong, neighbours_changed_places=swapped, largest_difference_of_a_distance=largest)


def try_load(export, index, source, split):
    "The load test, with the direct answers made by the rooms that the server does not use."
    import numpy as np
    from uec.retrieval.embed import embed_images
    from uec.retrieval.embeddings import load_embeddings
    from uec.retrieval.search import nearest
    from uec.serve.index import ThumbnailStore
    query = embed_images(export, source, split, progress=False)
    shelf = ThumbnailStore(source, query.ids, split)
    images = [shelf.encoded(i) for i in range(len(query))]
    distances, rows = nearest(query.vectors, load_embeddings(index).vectors, 10)
    server = Server(export, index)
    asyncio.run(load(server.port, images, 8, 64))
    before, results = server.memory_mb(), {}
    for name, clients in [('alone', 1), ('together', CLIENTS), ('again', CLIENTS)]:
        done, seconds = asyncio.run(load(server.port, images, clients, REQUESTS if clients > 1 else 200))
        ms, batches = 1e3*np.array([o[3] for o in done]), [json.loads(o[2]).get('batch', 0) for o in done]
        results[name] = dict(clients=clients, requests=len(done), lost=sum(o[1] != 200 for o in done), **compare(done, images, distances, rows), p50_ms=float(np.percentile(ms, 50)), p99_ms=float(np.percentile(ms, 99)),
                             max_ms=float(ms.max()), per_second=len(done)/seconds, images_per_call=float(np.mean(batches)), memory_mb=server.memory_mb(), latencies_ms=ms.round(2).tolist())
    status, seconds = server.stop()
    return dict(memory_before_mb=before, runs=results, stopped=dict(status=status, seconds=seconds), log=server.log[-20:])


def png(width, height, kind=1, fill=0):
    "A PNG of one colour made row by row: `kind` is its bits per sample, grey."
    chunk = lambda name, data: struct.pack('>I', len(data)) + name + data + struct.pack('>I', zlib.crc32(name + data))
    pack, row = zlib.compressobj(9), b'\0' + bytes([fill])*(-(-width*kind//8))
    body = b''.join(pack.compress(row) for _ in range(height)) + pack.flush()
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, kind, 0, 0, 0, 0)) + chunk(b'IDAT', body) + chunk(b'IEND', b'')


def send_slowly(port, seconds, end):
    "Announce 1,000 bytes, send 10, wait; then go away, or wait for the answer: its status and error."
    with socket.create_connection(('127.0.0.1', port), timeout=seconds + 30) as s:
        s.sendall(b'POST /api/search HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n' + b'x'*10)
        if end == 'aborted': return time.sleep(seconds)
        answer = b''
        while b'}' not in answer and (part := s.recv(4096)): answer += part
    return int(answer.split()[1]), answer.partition(b'\r\n\r\n')[2]


def try_faults(export, index, source, split, slow):
    "Everything that is refused, one after another, or what takes long; and the server's memory after each."
    from uec.retrieval.embeddings import load_embeddings
    server = Server(export, index)
    good, k = png(64, 64, 8, 200), '?k=3'
    want = server.ask('POST', '/api/search' + k, good)[1]
    rows = lambda body: [o['row'] for o in json.loads(body)['neighbours']]
    hundred = bytes(100_000_000)
    endless = lambda: (bytes(65536) for _ in range(1526))  # 100 MB of no declared length
    bomb, wide = png(30_000, 30_000), png(7_000, 7_000)
    post = lambda body, path='/api/search', **headers: lambda: server.ask('POST', path, body, **headers)
    tries = [('not an image', 415, post(b'<html></html>')), ('0 bytes', 400, post(b'')), ('half a PNG', 422, post(good[:len(good)//2])),
             ('a PNG of 30,000 x 30,000 px', 413, post(bomb)), ('a PNG of 7,000 x 7,000 px (49 MP)', 200, post(wide)), ('100 MB', 413, post(hundred)), ('100 MB of no declared length', 413, post(endless())),
             ('another method', 405, lambda: server.ask('DELETE', '/api/search')), ('k = 0', 422, post(good, '/api/search?k=0')), ('k = 101', 422, post(good, '/api/search?k=101')),
             ('an unknown path', 404, lambda: server.ask('GET', '/etc/passwd')), ('a path as a row', 404, lambda: server.ask('GET', '/api/thumbnail/..%2f..%2fetc%2fpasswd')),
             ('a foreign host name', 421, post(good, Host='evil.example')), ('a form cut short', 400, post(b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nabc', **{'Content-Type': 'multipart/form-data; boundary=x'})),
             ('an upload that is aborted', 0, lambda: (send_slowly(server.port, .2, 'aborted'), (0, b'{"error": "(nobody is there to be told)"}', {}))[1]),
             ('a second of 49 MP', 200, post(wide))]
    if slow: tries = [('an upload that stalls', 408, lambda: (*send_slowly(server.port, 40, 'stalled'), {}))]
    before, seen = server.memory_mb(), []
    for name, status, attack in tries:
        start = time.perf_counter()
        got, body, _ = attack()
        said = json.loads(body).get('error', 'answered')
        alive = rows(server.ask('POST', '/api/search' + k, good)[1]) == rows(want)
        seen.append(dict(attack=name, expected=status, status=got, seconds=time.perf_counter() - start, error=said, alive=alive, memory_mb=server.memory_mb()))
    busy, peak = server.get('/api/health')['busy'], server.memory_mb(peak=True)
    status, seconds = server.stop()
    return dict(memory_before_mb=before, memory_peak_mb=peak, attacks=seen, busy=busy, stopped=dict(status=status, seconds=seconds), log=server.log[-20:])


def first_status(connection):
    "The status that a server sent to a connection, 0 if it closed it without a word, None if it says nothing."
    try: data = connection.recv(64)
    except BlockingIOError: return None
    except ConnectionError: return 0
    return int(data.split()[1]) if data else 0


def hold(port, n, answers, until, send=b''):
    "Keep `n` connections open that send nothing, or one byte a second of `send`; count how each one ended, and open it again a second later."
    held = {}  # by connection: how many bytes it has sent
    while time.monotonic() < until:
        for _ in range(n - len(held)):
            try: new = socket.create_connection(('127.0.0.1', port), timeout=1)
            except OSError: break  # the system's queue is full: try again
            new.setblocking(False)
            held[new] = 0
        time.sleep(1)
        for o in list(held):
            status = first_status(o)
            if status is None:
                with suppress(OSError): o.send(send[held[o]:][:1])
                held[o] += 1
            else:
                answers[status] = answers.get(status, 0) + 1
                o.close(), held.pop(o)
    for o in held: o.close()


def ask_on(server, path, until, body, pause_s=.25):
    "Ask the same again and again, each time on a connection of its own: the status and the seconds of each."
    seen = []
    while time.monotonic() < until:
        start = time.perf_counter()
        try: status = server.ask('POST', path, body)[0]
        except (OSError, HTTPException): status = 0
        seen.append((status, time.perf_counter() - start))
        time.sleep(pause_s)
    return seen


def summary(seen):
    "Statuses, and the median and the longest time."
    import numpy as np
    statuses, seconds = [o[0] for o in seen], np.array([o[1] for o in seen])
    return dict(asked=len(seen), statuses={str(o): statuses.count(o) for o in sorted(set(statuses))}, median_ms=1e3*float(np.median(seconds)), longest_ms=1e3*float(seconds.max()), ms=(1e3*seconds).round(1).tolist())


def try_idle(export, index, seconds=15, files=1024, silent=1020):
    "As many silent connections as the server may open files, while someone asks; then some that send a head byte by byte."
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),)*2)
    server, ended, cut = Server(export, index, max_files=files), {}, {}
    path, body = '/api/search?k=3', png(8, 8, 8, 200)
    before, memory = summary(ask_on(server, path, time.monotonic() + 3, body, .1)), server.memory_mb()
    with ThreadPoolExecutor() as threads:
        until = time.monotonic() + seconds
        holder = threads.submit(hold, server.port, silent, ended, until)
        time.sleep(.5)
        during = summary(ask_on(server, path, until - 1, body))
        log_bytes, memory_after = sum(map(len, server.log)), server.memory_mb()
        holder.result()
    time.sleep(1)
    hold(server.port, 20, cut, time.monotonic() + 12, b'GET / HTTP/1.1\r\na: ' + b'b'*100)
    idle = [socket.create_connection(('127.0.0.1', server.port)) for _ in range(500)]
    time.sleep(.5)
    status, stopped_s = server.stop(signal.SIGTERM)
    for o in idle: o.close()
    return dict(seconds=seconds, silent=silent, files=files, before=before, during=during, ended={str(k): v for k, v in ended.items()}, cut={str(k): v for k, v in cut.items()}, log_bytes=log_bytes,
                memory_mb=[memory, memory_after], stopped=dict(status=status, seconds=stopped_s), log=server.log[-20:])


def try_large(export, index, seconds=20, clients=40, side=7000):
    "Clients who each ask by an image of 49 megapixels, again and again; meanwhile someone asks by a small one."
    server, large, small = Server(export, index), png(side, side, 8, 200), png(8, 8, 8, 200)
    path = '/api/search?k=3'
    before, memory = summary(ask_on(server, path, time.monotonic() + 3, small, .1)), server.memory_mb()
    with ThreadPoolExecutor(clients + 1) as threads:
        until = time.monotonic() + seconds
        asked = [threads.submit(ask_on, server, path, until, large, 1) for _ in range(clients)]
        time.sleep(1)
        during = summary(ask_on(server, path, until, small))
        asked = summary([o for part in asked for o in part.result()])
    after = server.ask('POST', path, small)[0]
    gone = [socket.create_connection(('127.0.0.1', server.port)) for _ in range(8)]
    for o in gone: o.sendall(b'POST /api/search HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n' % len(large) + large)
    time.sleep(.2)
    for o in gone: o.close()  # at most the one under way is still worked for
    start = time.perf_counter()
    last = server.ask('POST', path, large)[0], time.perf_counter() - start
    status, stopped_s = server.stop()
    return dict(seconds=seconds, clients=clients, bytes=[len(large), len(small)], before=before, during=during, large=asked, after=after, after_eight_left=last,
                memory_mb=[memory, server.peak_mb], stopped=dict(status=status, seconds=stopped_s), log=server.log[-20:])


def measure(export, index, source, split, *parts):
    "Return what the parts measured, and whether an answer was lost, wrong or of the wrong status."
    result = {}
    if 'load' in parts: result['load'] = try_load(export, index, source, split)
    if 'faults' in parts or 'slow' in parts: result['faults'] = try_faults(export, index, source, split, 'slow' in parts)
    if 'idle' in parts: result['idle'] = try_idle(export, index)
    if 'large' in parts: result['large'] = try_large(export, index)
    faults = [o for o in result.get('faults', {}).get('attacks', []) if o['status'] != o['expected'] or not o['alive']]
    broken = [o for o in result.get('load', {}).get('runs', {}).values() if o['lost'] or o['wrong']]
    return result, bool(faults or broken)


def main(export, index, source, split, *parts):
    result, failed = measure(export, index, source, split or None, *parts)  # TFRecords have no split
    print(json.dumps(result))
    return failed


if __name__ == '__main__': sys.exit(main(*sys.argv[1:]))
