"""Run a program of `gpu_lower.py` on request: python gpu_worker.py FOLDER NAME

Needs JAX and numpy, and no TensorFlow. First answers with {"device", "compile_s", "first"}, the mean of the program's first output: the loss of a step.
Then reads one JSON object a line: {"steps": n} gives the seconds of n calls in a row, {"products": n} the TFLOP/s of the best of n bfloat16 products of 8192 rows (512 on a CPU), {"profile": n} the milliseconds a call that the device spends in each kernel, numbers in names left out.
"""
import collections, dataclasses, json, os, re, sys, tempfile, time
from pathlib import Path
answers = os.fdopen(os.dup(1), 'w')  # so that nothing else is printed between the answers
os.dup2(2, 1)
os.environ.setdefault('XLA_PYTHON_CLIENT_PREALLOCATE', 'false')
import jax, jax.numpy as jnp
from gpu_arguments import draw
from jax import export
from jaxlib.mlir.dialects import stablehlo

folder, name = Path(sys.argv[1]), sys.argv[2]
jax.config.update('jax_enable_x64', True)
program = next(o for o in json.loads((folder/'programs.json').read_text()) if o['name'] == name)
described = program['arguments']
donated = [i for i, o in enumerate(described) if o['output'] >= 0]


def load(arguments):
    "Compile the program for this machine's device; the first arguments that it replaces are given up to it."
    text = (folder/f'{name}.mlir').read_text()
    shapes = [jax.ShapeDtypeStruct(o.shape, o.dtype) for o in arguments]
    replaced, out = sorted(donated, key=lambda i: described[i]['output']), program['out']
    def same_signature(*args):
        first = jnp.zeros(out['shape'], out['dtype'])
        return [first, *(args[i] for i in replaced)] if replaced else first
    frame = export.export(jax.jit(same_signature, keep_unused=True))(*shapes)
    artifact = stablehlo.serialize_portable_artifact_str(text, stablehlo.get_minimum_version())
    exported = dataclasses.replace(frame, mlir_module_serialized=artifact)
    return jax.jit(exported.call, donate_argnums=donated).lower(*shapes).compile()


def call(run, arguments):
    "Run the program once; return its first output and the arguments of the next call."
    outputs = run(*arguments)
    if not donated: return outputs, arguments
    return outputs[0], [outputs[o['output']] if o['output'] >= 0 else a for a, o in zip(arguments, described)]


def steps(n):
    "Time n calls in a row."
    global arguments
    start = time.perf_counter()
    for _ in range(n): first, arguments = call(run, arguments)
    first.block_until_ready()
    return dict(seconds=(time.perf_counter() - start)/n, first=float(jnp.mean(first.astype('float32'))))


def products(n):
    "Time n products of two square matrices in bfloat16."
    size, product = 512 if jax.default_backend() == 'cpu' else 8192, jax.jit(jnp.matmul)
    a, b = (jax.random.normal(jax.random.key(i), (size, size), jnp.bfloat16) for i in range(2))
    product(a, b).block_until_ready()
    best = 0.
    for _ in range(n):
        start = time.perf_counter()
        for _ in range(10): out = product(a, b)
        out.block_until_ready()
        best = max(best, 10*2e-12*size**3/(time.perf_counter() - start))
    return dict(tflops=best)


def profile(n):
    "Add up the time of each kernel over n calls."
    with tempfile.TemporaryDirectory() as traces:
        with jax.profiler.trace(traces): steps(n)
        data = jax.profiler.ProfileData.from_file(str(next(Path(traces).rglob('*.xplane.pb'))))
    lines = [o for plane in data.planes if 'GPU' in plane.name for o in plane.lines if o.name.startswith('Stream')]
    spent = collections.Counter()
    for event in (event for line in lines for event in line.events): spent[re.sub(r'[_.\d]+$', '', event.name)] += event.duration_ns/1e6/n
    return dict(milliseconds=dict(spent.most_common()))


arguments, start = [jnp.asarray(draw(i, o)) for i, o in enumerate(described)], time.perf_counter()
run = load(arguments)
took = time.perf_counter() - start
print(json.dumps(dict(device=jax.devices()[0].device_kind, compile_s=took, **steps(1))), file=answers, flush=True)
for line in sys.stdin:
    request = json.loads(line)
    asked, n = next(iter(request.items()))
    print(json.dumps(dict(steps=steps, products=products, profile=profile)[asked](n)), file=answers, flush=True)
