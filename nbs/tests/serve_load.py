"""Put `uec serve` under load and under attack, each in a real process: python serve_load.py EXPORT INDEX IMAGES SPLIT [load] [faults|slow]

Prints JSON: what was asked, what came back, and how long it took. Exit status 1 if an answer was lost, wrong or of the wrong status.
"""
import asyncio, io, json, os, re, signal, socket, struct, subprocess, sys, threading, time, zlib
from http.client import HTTPConnection
from pathlib import Path

CLIENTS, REQUESTS = 100, 1000


class Server:
    "`uec serve` in a process of its own."
    def __init__(self, *args):
        code = 'from uec.cli_serve import serve_app; serve_app()'
        self.process = subprocess.Popen([sys.executable, '-c', code, *map(str, args), '--port', '0'], env=os.environ | dict(TF_CPP_MIN_LOG_LEVEL='3', PYTHONUNBUFFERED='1'),
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.said = [self.process.stdout.readline().strip() for _ in range(2)]
        if not self.said[1]: raise RuntimeError(self.process.communicate()[1][-3000:])
        self.port = int(re.search(r':(\d+) ', self.said[1])[1])
        self.log = []
        threading.Thread(target=lambda: self.log.extend(self.process.stderr), daemon=True).start()
        for _ in range(600):
            try: return self.get('/api/health') and None
            except OSError: time.sleep(.1)

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

    def stop(self):
        "Interrupt it as Ctrl-C does: exit status and seconds."
        start = time.perf_counter()
        self.process.send_signal(signal.SIGINT)
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
    from uec.retrieval import embed_images, load_embeddings, nearest
    from uec.searcher import Pictures
    query = embed_images(export, source, split, progress=False)
    shelf = Pictures(source, query.ids, split)
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
    "Everything that is refused, one after another, and the server's memory after each."
    from uec.retrieval import load_embeddings
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
             ('a second of 49 MP', 200, post(wide)),
             *([('an upload that stalls', 408, lambda: (*send_slowly(server.port, 40, 'stalled'), {}))] if slow else [])]
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


def main(export, index, source, split, *what):
    split = split or None  # TFRecords have none
    result = {}
    if 'load' in what: result['load'] = try_load(export, index, source, split)
    if 'faults' in what or 'slow' in what: result['faults'] = try_faults(export, index, source, split, 'slow' in what)
    print(json.dumps(result))
    faults = [o for o in result.get('faults', {}).get('attacks', []) if o['status'] != o['expected'] or not o['alive']]
    broken = [o for o in result.get('load', {}).get('runs', {}).values() if o['lost'] or o['wrong']]
    return bool(faults or broken)


if __name__ == '__main__': sys.exit(main(*sys.argv[1:]))
