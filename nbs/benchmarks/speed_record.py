"""Measure the speed of this project against its peers in one run, and append a line to speed_record.csv.

Each ratio is the time of a peer divided by ours on the same inputs, so more is better; both take turns, and
the median of the rounds counts. The line names the day, the commit, the machine and the versions. The exit
status is 1 if a ratio is 10 % below that of the last line of such a machine.
"""
import argparse, io, json, os, platform, re, subprocess, sys, tempfile, time
from importlib.metadata import version
from pathlib import Path

import numpy as np, pandas as pd
from json_worker import Worker

here = Path(__file__).resolve().parent
RECORD, LOSS = here/'speed_record.csv', .1
ABOUT = {'train_step': 'ViT-S/16 at 224 px, a training step in the precision that a run chooses, against Model Garden',
         'input_pipeline': 'decode, crop and resize to batches of the ImageNet recipe, against Model Garden',
         'embedding': 'EfficientNet-Lite0, photographs on the disk to vectors in a file, against a plain loop of OpenVINO',
         'search': 'exact search, 5,000 queries x 100,000 vectors, against a call of FAISS',
         'imports': 'import of what `uec embed` needs, against `import tensorflow`'}


def take_turns(rounds, ours, peer):
    "Yield peer/ours of each round; who begins changes."
    for i in range(rounds):
        first, second = (ours, peer) if i % 2 else (peer, ours)
        a, b = first(), second()
        yield a/b if first is peer else b/a


def train_step(rounds):
    "A training step of 8 images."
    precision = subprocess.run([sys.executable, '-c', 'from uec.training.hardware import choose_precision as o; print(o())'],
                               capture_output=True, text=True, check=True).stdout.split()[-1]
    ours, peer = (Worker('step_worker.py', 's16', 8, *o) for o in (('fused', precision), ('stock', 'float32')))
    for worker in (ours, peer): worker.ask(steps=2)
    yield from take_turns(rounds, *(lambda o=o: min(o.ask(steps=2)['seconds']) for o in (ours, peer)))
    for worker in (ours, peer): worker.close()


def photographs(n):
    "Yield JPEGs of 500 x 375 px, mosaics of the sample's pictures."
    from PIL import Image
    from uec.data.records import read_images
    from uec.data.sample import sample_path
    rng, tiles = np.random.default_rng(0), np.stack([o['image'].numpy() for o in read_images(sample_path('train'))])
    for _ in range(n):
        rows = [np.concatenate(tiles[rng.choice(len(tiles), 8)], 1) for _ in range(6)]
        file = io.BytesIO()
        Image.fromarray(np.concatenate(rows)[:375, :500]).save(file, 'JPEG', quality=95)
        yield file.getvalue()


def write_records(folder):
    "Write 256 images in four files."
    import tensorflow as tf
    from uec.data.records import make_record
    images, rng = photographs(256), np.random.default_rng(0)
    for shard in range(4):
        with tf.io.TFRecordWriter(f'{folder}/{shard}.tfrecord') as writer:
            for _ in range(64): writer.write(make_record(next(images), int(rng.integers(1, 1001))))


def input_pipeline(rounds):
    "Batches of the recipe, without the part that is computed with the step."
    with tempfile.TemporaryDirectory() as folder:
        write_records(folder)
        worker = Worker('input_worker.py', os.cpu_count(), folder)
        def seconds(name): return 1/worker.ask(pipeline=name, batches=16)['images_per_s']
        yield from take_turns(rounds, lambda: seconds('ours, host part'), lambda: seconds('stock'))
        worker.close()


def embedding(rounds):
    "128 photographs; ours reads, decodes, prepares, embeds and writes a shard with its checksums."
    from uec.retrieval.saved_model import save_export
    from uec.pretrained.efficientnet import efficientnet_module
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        save_export(efficientnet_module(), work/'model', {})
        (work/'images'/'a').mkdir(parents=True)
        for i, image in enumerate(photographs(128)): (work/'images'/'a'/f'{i:03}.jpg').write_bytes(image)
        ways = 'openvino float32', 'plain OpenVINO float32'
        for way in ways: (work/way).mkdir()
        workers = [Worker('embedding_worker.py', work/'model', work/'images', work/way, way) for way in ways]
        for worker in workers: worker.read()  # that it is ready
        yield from take_turns(rounds, *(lambda o=o: o.ask()['seconds'] for o in workers))
        for worker in workers: worker.close()


def search(rounds):
    "All queries at once."
    command = [sys.executable, str(here/'search_worker.py'), '100000', str(rounds), 'faiss,ours']
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    times = pd.DataFrame(map(json.loads, lines)).pivot(index='round', columns='way', values='wall_s')
    yield from times.faiss/times.ours


def imports(rounds):
    "New processes, with the variables that the commands set."
    environ = os.environ | dict(TF_USE_LEGACY_KERAS='1', TF_ENABLE_ONEDNN_OPTS='1')
    def seconds(module, env):
        begin = time.perf_counter()
        subprocess.run([sys.executable, '-c', f'import {module}'], check=True, capture_output=True, env=env)
        return time.perf_counter() - begin
    seconds('tensorflow', None)  # the first may wait for the disk
    yield from take_turns(rounds, lambda: seconds('uec.retrieval.embed', environ),
                          lambda: seconds('tensorflow', None))


def machine():
    "Name the processor and its cores."
    named = re.search(r'model name\s*: (.*)', Path('/proc/cpuinfo').read_text())
    flags = Path('/proc/cpuinfo').read_text()
    wide = next((name for name in ('avx512_bf16', 'avx512_vnni', 'avx512f', 'avx2') if name in flags), '')
    return f'{named[1] if named else platform.processor()}, {os.cpu_count()} cores, {wide}'


def heading():
    "The day, the commit, the machine and the versions of a line."
    git = lambda *args: subprocess.run(['git', *args], cwd=here, capture_output=True, text=True).stdout.strip()
    changed = '+' if git('status', '--porcelain', '--untracked-files=no') else ''
    names = 'tensorflow', 'tf-models-official', 'faiss-cpu', 'numpy'
    return dict(date=time.strftime('%Y-%m-%d'), commit=git('rev-parse', '--short', 'HEAD') + changed, machine=machine(),
                load=round(os.getloadavg()[0], 1), python=platform.python_version(), **{name: version(name) for name in names})


def losses(record, line):
    "Say which ratios of a line are 10 % below those of the last line of the same machine in a record."
    same = record[record['machine'] == line['machine']] if len(record) else record
    for name in (o for o in ABOUT if o in line):
        before = same[name].dropna() if name in same else []
        if len(before) and line[name] < (1 - LOSS)*before.iloc[-1]:
            yield f'{name}: {line[name]:.2f}, and {before.iloc[-1]:.2f} on {same["date"][before.index[-1]]}'


def read(path=RECORD): return pd.read_csv(path, dtype=dict(commit=str)) if path.exists() else pd.DataFrame()


def main(args):
    line = heading()
    for name in args.only or ABOUT:
        ratios = []
        for ratio in globals()[name](args.rounds):
            ratios.append(ratio)
            print(f'{name} {len(ratios)}/{args.rounds}: {ratio:.2f}', file=sys.stderr, flush=True)
        line |= {name: round(float(np.median(ratios)), 3), f'{name} low': round(min(ratios), 3),
                 f'{name} high': round(max(ratios), 3)}
        print(f'{line[name]:.2f} [{min(ratios):.2f}, {max(ratios):.2f}]  {name}: {ABOUT[name]}', flush=True)
    record = read()
    lost = [*losses(record, line)]
    if not args.dry_run: pd.concat([record, pd.DataFrame([line])]).to_csv(RECORD, index=False)
    for sentence in lost: print(f'lost: {sentence}')
    return bool(lost)


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('only', nargs='*', metavar='RATIO', help=f'only these: {", ".join(ABOUT)}')
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--dry-run', action='store_true', help='append no line')
    args = parser.parse_args()
    if unknown := [*{*args.only} - {*ABOUT}]: parser.error(f'found {unknown[0]!r}, expected one of {", ".join(ABOUT)}')
    sys.exit(main(args))
