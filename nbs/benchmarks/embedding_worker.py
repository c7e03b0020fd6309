"""Embed images by one way, again for each line on standard input: embedding_worker.py MODEL IMAGES OUT WAY.

MODEL is an export whose photos are squares of 224 px, IMAGES a folder, OUT the folder to write to. Each line that comes in is
answered by one of JSON: seconds from images on the disk to vectors in a file. The first answer comes unasked: seconds of the set-up.
Without arguments the ways are listed.
"""
import json, os, sys, time
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

model, images, out, way = [*map(Path, sys.argv[1:4]), *sys.argv[4:], *[None]*4][:4]
os.environ['TF_ENABLE_ONEDNN_OPTS'] = '0' if way and way.endswith('without oneDNN') else '1'
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
started = time.perf_counter()
files = sorted(images.rglob('*.jpg')) if images else []
SIDE = 224


def ours(engine, precision, change=lambda embedder: embedder):
    "The way of `uec embed`: reading, checksums and shards included."
    from uec.progress import progress_bar
    from uec.retrieval.embed import as_embedder
    from uec.transfer.plan import make_plan
    from uec.transfer.shards import embed_rows, save_shard
    plan = make_plan(change(as_embedder(model)), images, out/way.replace(' ', '_'), engine=engine, precision=precision,
                     backbone='b', shard_images=len(files), output='embedding_norm')
    rows = plan.part_rows(plan.parts[0])
    def embed(n):
        from uec.transfer.listing import hash_images
        with progress_bar(desc='embed', disable=True) as bar: vectors = embed_rows(plan.embedder, rows, bar)
        save_shard(out/f'{way}-{n}', vectors, hash_images(rows), plan.settings)
        return out/f'{way}-{n}'/'vectors.npy'
    return embed


def by_xla(embedder):
    import tensorflow as tf
    call = tf.function(lambda o: embedder.owner.embed(o), jit_compile=True, autograph=False)
    return embedder._replace(embed=call)


def by_tensorflow_bfloat16():
    "TensorFlow's own rewriting of a graph to bfloat16 by oneDNN."
    import tensorflow as tf
    tf.config.optimizer.set_experimental_options({'auto_mixed_precision_onednn_bfloat16': True})
    return ours('tensorflow', 'float32')


def pillow(file): # float32 [SIDE, SIDE, 3]
    "Prepare a photo by Pillow: for the ViT as its checkpoint's processor does, for the other network squashed to a square."
    import numpy as np
    from PIL import Image
    image = Image.open(file).convert('RGB')
    if model.name != 'ViT-S':
        return (np.asarray(image.resize((SIDE, SIDE), Image.BILINEAR), np.float32) - 127)/128
    scale = 256/min(image.size)
    w, h = (int(o*scale) for o in image.size)
    left, top = (w - SIDE)//2, (h - SIDE)//2
    image = image.resize((w, h), Image.BICUBIC).crop((left, top, left + SIDE, top + SIDE))
    mean, deviation = ([.485, .456, .406], [.229, .224, .225])
    return (np.asarray(image, np.float32)/255 - np.float32(mean))/np.float32(deviation)


def prepared(read):
    "Yield the images in order, as threads read ahead."
    with ThreadPoolExecutor(os.cpu_count() + 2) as pool: yield from pool.map(read, files)


def saved_embed():
    "Write the function of prepared images as a SavedModel."
    import tensorflow as tf
    from uec.retrieval.embed import as_embedder
    embedder, folder = as_embedder(model), out/f'{way}-embed'
    graph = embedder.embed.get_concrete_function(tf.TensorSpec([None, SIDE, SIDE, 3]))
    tf.saved_model.save(embedder.owner, str(folder), signatures=graph)
    return folder


def plain_openvino(hint):
    "What a user of OpenVINO writes: Pillow, one image a request, as many requests as it proposes."
    import numpy as np, openvino
    core = openvino.Core()
    network = core.read_model(saved_embed())
    network.reshape([1, SIDE, SIDE, 3])
    compiled = core.compile_model(network, 'CPU', {'PERFORMANCE_HINT': 'THROUGHPUT', 'INFERENCE_PRECISION_HINT': hint})
    queue, n = openvino.AsyncInferQueue(compiled), [o.get_any_name() for o in compiled.outputs].index('embedding_norm')
    width = compiled.outputs[n].partial_shape[1].get_length()
    def embed(repeat):
        vectors = np.empty((len(files), width), np.float32)
        def keep(request, i): vectors[i] = request.get_output_tensor(n).data[0]
        queue.set_callback(keep)
        for i, image in enumerate(prepared(pillow)): queue.start_async({0: image[None]}, i)
        queue.wait_all()
        np.save(out/f'{way}-{repeat}.npy', vectors)
        return out/f'{way}-{repeat}.npy'
    return embed


def plain_onnxruntime():
    "The same with ONNX Runtime, which takes batches of 8."
    import numpy as np, onnx, onnxruntime, subprocess
    file = out/'model.onnx'
    subprocess.run([sys.executable, '-m', 'tf2onnx.convert', '--saved-model', str(saved_embed()), '--output', str(file),
                    '--opset', '17'], check=True, capture_output=True)
    graph = onnx.load(file)
    one = onnx.helper.make_tensor('one_float', onnx.TensorProto.FLOAT, [], [1.])
    graph.graph.initializer.append(one)
    for place, node in reversed([*enumerate(graph.graph.node)]):  # ONNX has no Erfc: 1 - Erf
        if node.op_type != 'Erfc': continue
        graph.graph.node.remove(node)
        erf = onnx.helper.make_node('Erf', node.input, [node.output[0] + '_erf'])
        graph.graph.node.insert(place, onnx.helper.make_node('Sub', ['one_float', erf.output[0]], node.output))
        graph.graph.node.insert(place, erf)
    onnx.save(graph, file)
    session = onnxruntime.InferenceSession(str(file), providers=['CPUExecutionProvider'])
    name = session.get_inputs()[0].name
    def embed(repeat):
        read, vectors = prepared(pillow), []
        while batch := [*islice(read, 8)]:
            vectors.append(session.run(['embedding_norm'], {name: np.stack(batch)})[0])
        np.save(out/f'{way}-{repeat}.npy', np.concatenate(vectors))
        return out/f'{way}-{repeat}.npy'
    return embed


WAYS = {'tensorflow float32': lambda: ours('tensorflow', 'float32'),
        'tensorflow float32 without oneDNN': lambda: ours('tensorflow', 'float32'),
        'tensorflow float32 XLA': lambda: ours('tensorflow', 'float32', by_xla),
        'tensorflow bfloat16': by_tensorflow_bfloat16,
        'openvino float32': lambda: ours('openvino', 'float32'),
        'openvino bfloat16': lambda: ours('openvino', 'bfloat16'),
        'plain OpenVINO float32': lambda: plain_openvino('f32'),
        'plain OpenVINO bfloat16': lambda: plain_openvino('bf16'),
        'plain ONNX Runtime float32': plain_onnxruntime}

if not way: print('\n'.join(WAYS))
else:
    embed = WAYS[way]()
    embed('warm')
    print(json.dumps(dict(seconds=time.perf_counter() - started)), flush=True)
    for repeat, _ in enumerate(sys.stdin):
        start, cpu = time.perf_counter(), time.process_time()
        file = embed(repeat)
        print(json.dumps(dict(seconds=time.perf_counter() - start, cpu=time.process_time() - cpu, file=str(file))), flush=True)
