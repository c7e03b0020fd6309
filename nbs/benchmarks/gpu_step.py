"""Time the programs of `gpu_lower.py` on this machine's GPU beside PyTorch.

Needs Python with numpy, JAX, torch and timm; no TensorFlow. For each model and each kind of program the variants compile one after the other, then take turns, five rounds.
A program that TensorFlow has run too is not timed: its first output is compared with TensorFlow's.
OUT.csv gets a row for each variant and round. When the minutes are over no other model is begun, and what was measured stays in OUT.csv.
"""
import argparse, csv, json, time
from pathlib import Path
from json_worker import Worker

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument('folder', type=Path, metavar='FOLDER', help='that gpu_lower.py wrote')
parser.add_argument('out', type=Path, metavar='OUT.csv', help='a new file')
parser.add_argument('minutes', type=float, metavar='MINUTES', nargs='?', default=8., help='8 if not given')
asked = parser.parse_args()
folder, end = asked.folder, time.time() + 60*asked.minutes
if asked.out.exists(): parser.error(f'{asked.out} is there already, expected a new file')
if not (folder/'programs.json').is_file(): parser.error(f'{folder} holds no programs.json, expected a folder of gpu_lower.py')
programs = json.loads((folder/'programs.json').read_text())
FIELDS = 'device', 'kind', 'model', 'batch', 'variant', 'round', 'images_per_s', 'peak_share', 'peak_tflops', 'first', 'compile_s', 'first_in_tensorflow'
ROUNDS, SECONDS = 5, 1.  # of each variant in a round


def seconds(worker, n):
    "Seconds of a call, the mean of n."
    found = worker.ask(steps=n)['seconds']
    return found if isinstance(found, float) else sum(found)/len(found)


def start_program(program):
    worker = Worker('gpu_worker.py', folder, program['name'], stderr=None)
    return worker, worker.read()


def start_torch(program):
    worker = Worker('torch_step_worker.py', program['model'], program['batch'], 'bfloat16', 'compile', *['embed'][:program['kind'] == 'embed'], stderr=None)
    began = time.time()
    return worker, dict(first=worker.ask(steps=1)['loss'], compile_s=time.time() - began)


def start_all(group):
    "Start a variant after the other; leave out one that fails."
    ready = {}
    for name, start, program in [*((o['encoder'], start_program, o) for o in group), ('PyTorch, compiled', start_torch, group[0])]:
        try: ready[name] = start(program)
        except RuntimeError as e: print(name, e, flush=True)
        else: print(f'{end - time.time():4.0f} s left', group[0]['kind'], group[0]['model'], name, ready[name][1], flush=True)
    return ready


def write(writer, told, program, variant, measured=('', '', '', '')):
    "Write a row."
    row = [told.get('device', ''), program['kind'], program['model'], program['batch'], variant, *measured, told['first'], told['compile_s'], program['first'] or '']
    writer.writerow([f'{o:.6g}' if isinstance(o, float) else o for o in row])
    print(row, flush=True)


def check(group, writer):
    "Compare the first output of each program with TensorFlow's."
    for program in group:
        worker, told = start_program(program)
        write(writer, told, program, program['encoder'])
        worker.close()


def measure(group, writer):
    "Let the variants of a model take turns; write a row for each round."
    ready, first = start_all(group), group[0]
    counts = {name: max(2, round(SECONDS/seconds(worker, 3))) for name, (worker, _) in ready.items()}
    flops = {o['encoder']: o['flops'] for o in group}
    for i in range(ROUNDS):
        peak = ready['fused'][0].ask(products=3)['tflops']
        for name, (worker, told) in ready.items():
            speed = first['batch']/seconds(worker, counts[name])
            share = speed*flops.get(name, flops['stock'])/1e12/peak
            write(writer, told, first, name, (i, speed, share, peak))
    for worker, _ in ready.values(): worker.close()


groups = {}
for program in programs: groups.setdefault((program['kind'], program['model']), []).append(program)
with open(asked.out, 'x', newline='') as file:
    writer = csv.writer(file)
    writer.writerow(FIELDS)
    for key in sorted(groups, key=lambda o: o[0] == 'embed'):  # steps first
        if time.time() > end: print('no time for', key); continue
        (measure if groups[key][0]['first'] is None else check)(groups[key], writer)
        file.flush()
