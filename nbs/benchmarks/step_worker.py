"""Measure a training step on request: python step_worker.py MODEL BATCH ENCODER PRECISION [remat]

MODEL is a name of Model Garden's `VIT_SPECS` without `vit-`, ENCODER `fused` (with the CPU kernels that `uec` prefers) or `stock`
(with those that TensorFlow takes by itself), PRECISION `float32` or `bfloat16`.
Reads one JSON object a line and answers with one: {"steps": n} gives the seconds of each step, the last loss and the memory,
{"products": n} the GFLOP/s of matrix products in that precision, {"profile": n} what the time of a step goes to. `train_step.ipynb` talks to it, and to `torch_step_worker.py`.
"""
import collections, json, os, re, sys, tempfile, time
from pathlib import Path

model_name, batch, encoder, precision = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
answers = os.fdopen(os.dup(1), 'w')  # so that nothing else is printed between the answers
os.dup2(2, 1)

from uec.onednn import prefer_onednn
if encoder == 'fused': prefer_onednn()
import tensorflow as tf
from official.modeling import performance
from recipe_step import build_step
from tensorflow.tsl.profiler.protobuf import xplane_pb2

performance.set_mixed_precision_policy(precision)
task, model, optimizer, images, labels = build_step(model_name, batch, encoder, remat='remat' in sys.argv)
step = tf.function(lambda x, y: task.train_step((x, y), model, optimizer)['loss'])


def megabytes(field):
    "Read a field of the process's memory."
    return next(int(line.split()[1])/1024 for line in open('/proc/self/status') if line.startswith(field))


built_mb = megabytes('VmRSS')


def steps(n):
    times = []
    for _ in range(n):
        start = time.perf_counter(); loss = float(step(images, labels)); times.append(time.perf_counter() - start)
    return dict(seconds=times, loss=loss)


def memory():
    "The peak of the process so far, and what the steps took beyond model and optimizer."
    return dict(peak_mb=megabytes('VmHWM'), held_mb=megabytes('VmHWM') - built_mb)


def products(n):
    "The best of `n` products of two square matrices and of the shapes of the MLP."
    D = model.backbone.get_layer(index=1).filters
    dtype, best = tf.as_dtype(precision), 0
    for rows, inner, columns in [(2048, 2048, 2048), (batch*197, D, 4*D), (batch*197, 4*D, D)]:
        a, b = tf.cast(tf.random.normal([rows, inner]), dtype), tf.cast(tf.random.normal([inner, columns]), dtype)
        product = tf.function(lambda a, b: tf.matmul(a, b)); product(a, b).numpy()
        for _ in range(n):
            start = time.perf_counter(); product(a, b)[0, 0].numpy()
            best = max(best, 2e-9*rows*inner*columns/(time.perf_counter() - start))
    return dict(gflops=best)


GROUPS = {'attention products': 'BatchMatMul', 'matrix products': 'MatMul', 'softmax': 'Softmax', 'compiled passes': 'Xla|Cluster', 'optimizer': 'Adam|AssignSub|AssignAdd',
          'bias and sums': 'BiasAdd|AddN|AddV2|Sum', 'transposes': 'Transpose', 'patches': 'Conv2D'}


def profile(n):
    "The share of each kind of operation in the time that all threads spend in operations."
    with tempfile.TemporaryDirectory() as folder:
        with tf.profiler.experimental.Profile(folder): steps(n)
        space = xplane_pb2.XSpace.FromString(next(Path(folder).rglob('*.xplane.pb')).read_bytes())
    spent = collections.Counter()
    for plane in space.planes:
        for line in plane.lines:
            for event in line.events:
                _, colon, kind = plane.event_metadata[event.metadata_id].name.rpartition(':')
                if colon and re.fullmatch(r'_?[A-Z]\w+', kind) and not re.search('PartitionedCall|While|Run|Process|Execute|Start', kind):
                    spent[next((name for name in GROUPS if re.search(GROUPS[name], kind)), 'other')] += event.duration_ps
    return dict(share={name: time/sum(spent.values()) for name, time in spent.items()})


def answer(request):
    for name, f in dict(steps=steps, products=products, profile=profile).items():
        if name in request: return f(request[name])
    return memory()


for line in sys.stdin: print(json.dumps(answer(json.loads(line))), file=answers, flush=True)
