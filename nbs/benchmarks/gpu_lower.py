"""Lower training steps and embeddings to StableHLO, for a GPU machine that has JAX and no TensorFlow.

Writes FOLDER/NAME.mlir for each program and FOLDER/programs.json, which says of each argument its shape, its type, the mean and the spread of its first value, and which output replaces it at the next step (-1: none).
Where a batch has at most 8 images, TensorFlow runs the program once on the drawn arguments, and `first` is the mean of its first output.
A program is a whole step of the recipe (gradient, AdamW, stochastic depth) or the embedding of a batch, in bfloat16 with float32 weights, by our encoder or by Model Garden's.
`gpu_step.py` runs the programs.
"""
import argparse, json, re
from pathlib import Path
import numpy as np
from gpu_arguments import draw
import tensorflow as tf, tf_keras
import uec.training.step
from recipe_step import build_step
from official.modeling import performance
from uec.models.vit import embedding_model
from uec.training.hardware import count_step_flops

DEFAULT = ['ti16:4', 's16:256', 'b16:128']
uec.training.step.on_accelerator = lambda: True  # a compiled step has no strings


def plain(text):
    "Leave out of a module what only TensorFlow's own compiler knows: places in the source, copies, hints of XLA."
    text = re.sub(r' loc\((?:"[^"]*"|#loc\d*|unknown)\)', '', text)
    text = re.sub(r'^#loc.*\n', '', text, flags=re.M)
    text = re.sub(r'^module @\S+ attributes .*\{$', 'module @uec {', text, flags=re.M)
    text = re.sub(r' \{mhlo\.frontend_attributes = \{[^}]*\}\}', '', text)
    return re.sub(r'mhlo\.copy (%\S+) : (tensor<[^>]*>)', r'stablehlo.reshape \1 : (\2) -> \2', text)


def describe(tensor):
    "Describe an argument: shape, type, mean and spread of its value."
    value = np.asarray(tensor, 'float64')
    return dict(shape=list(tensor.shape), dtype=tensor.dtype.name, mean=float(value.mean()), std=float(value.std()))


def read_value(captured):
    "Read what a function has captured: a tensor, or the variable of a handle."
    if captured.dtype != tf.resource: return captured
    return tf.raw_ops.ReadVariableOp(resource=captured, dtype=captured._handle_data.shape_and_type[0].dtype)


def run_once(f, arguments, captured, described):
    "Give variables and arguments the drawn values and run; return the mean of the first output."
    drawn = [tf.constant(draw(i, o)) for i, o in enumerate(described)]
    for handle, value in zip(captured, drawn[len(arguments):]):
        if handle.dtype == tf.resource: tf.raw_ops.AssignVariableOp(resource=handle, value=value)
    return float(tf.reduce_mean(tf.cast(f(*drawn[:len(arguments)]), tf.float32)))


def lower(f, arguments, folder, name, **facts):
    "Write the program of a function and describe its arguments."
    f = tf.function(f, jit_compile=True, autograph=False)
    traced = f.get_concrete_function(*arguments)
    values = [*arguments, *map(read_value, traced.captured_inputs)]
    read, out = f.experimental_get_compiler_ir(*arguments), traced.outputs[0]
    aliases = dict((int(i), int(o)) for o, i in re.findall(r'\{(\d+)\}: \((\d+), \{\}', read(stage='hlo').split('\n')[0]))
    (folder/f'{name}.mlir').write_text(plain(read(stage='stablehlo')))
    described = [describe(o) | dict(output=aliases.get(i, -1)) for i, o in enumerate(values)]
    first = run_once(f, arguments, traced.captured_inputs, described) if arguments[0].shape[0] <= 8 else None
    return dict(name=name, arguments=described, out=dict(shape=list(out.shape), dtype=out.dtype.name), first=first, **facts)


def programs(model_name, batch, encoder, folder):
    "Lower the step and the embedding of a model."
    tf_keras.backend.clear_session()
    task, model, optimizer, images, labels = build_step(model_name, batch, encoder)
    head = model.trainable_variables[-2]
    head.assign(tf.random.normal(head.shape, stddev=.02))  # a head of zeros would hide the rest
    optimizer._create_all_weights(model.trainable_variables)
    embed, flops = embedding_model(model), count_step_flops(task.task_config)
    facts = dict(model=model_name, encoder=encoder, batch=batch)
    step = lambda x, y: task.train_step((x, y), model, optimizer)['loss']
    yield lower(step, (images, labels), folder, f'{model_name}_{encoder}_step', kind='step', flops=flops, **facts)
    yield lower(lambda x: embed(x, training=False), (images,), folder, f'{model_name}_{encoder}_embed', kind='embed', flops=flops/3, **facts)


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('folder', type=Path, metavar='FOLDER', help='a new folder')
    parser.add_argument('chosen', metavar='MODEL:BATCH', nargs='*', default=DEFAULT,
                        help="of Model Garden's VIT_SPECS without vit-; " + ' '.join(DEFAULT) + ' if none is given')
    asked = parser.parse_args()
    folder, chosen = asked.folder, asked.chosen
    if folder.exists(): parser.error(f'{folder} is there already, expected a new folder')
    folder.mkdir(parents=True)
    performance.set_mixed_precision_policy('bfloat16')
    written = []
    for name, batch in (o.split(':') for o in chosen):
        for encoder in ('fused', 'stock'):
            for program in programs(name, int(batch), encoder, folder):
                written.append(program)
                print(program['name'], len(program['arguments']), 'arguments', flush=True)
    (folder/'programs.json').write_text(json.dumps(written))
