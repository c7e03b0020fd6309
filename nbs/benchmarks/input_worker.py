"""Measure input pipelines on request: python input_worker.py CORES FOLDER

Reads one JSON object a line, {"pipeline": NAME, "batches": N, "data": {overrides}}, and answers with one,
{"images_per_s": ..., "cpu_ms": per image}. `input_pipeline.ipynb` talks to it, and to `torch_worker.py` in the same way.
"""
import json, os, sys, time

cores, folder = int(sys.argv[1]), sys.argv[2]
if hasattr(os, 'sched_setaffinity'): os.sched_setaffinity(0, range(cores))
answers = os.fdopen(os.dup(1), 'w')  # so that nothing else is printed between the answers
os.dup2(2, 1)
os.cpu_count = lambda: cores

import tensorflow as tf
import uec.data.parse
from uec.config.experiments import get_experiment
from uec.data.pipeline import read_batches
from official.vision.tasks.image_classification import ImageClassificationTask

SIZE, CLASSES = 224, 1001
task = get_experiment('vit_with_bottleneck_imagenet_pretrain').task
recipe = task.train_data.replace(input_path=f'{folder}/*.tfrecord', global_batch_size=64, shuffle_buffer_size=256)
no_augmentation = dict(aug_type=None, mixup_and_cutmix=None)


def stock(data): return ImageClassificationTask(task.replace(train_data=data.as_dict())).build_inputs(data)


def bare(data, finish=lambda image: tf.image.resize(image, [SIZE, SIZE])):
    "Decode, crop inside the JPEG, resize, batch, and nothing else."
    fields = {'image/encoded': tf.io.FixedLenFeature([], tf.string), 'image/class/label': tf.io.FixedLenFeature([], tf.int64)}
    def parse(record):
        example = tf.io.parse_single_example(record, fields)
        encoded = example['image/encoded']
        start, size, _ = tf.image.sample_distorted_bounding_box(
            tf.image.extract_jpeg_shape(encoded), tf.constant([[[0., 0., 1., 1.]]]), min_object_covered=0.08, aspect_ratio_range=(3/4, 4/3), area_range=(0.08, 1.))
        window = tf.concat([start[:2], size[:2]], 0)
        return finish(tf.image.decode_and_crop_jpeg(encoded, window, channels=3)), example['image/class/label']
    files = tf.data.Dataset.list_files(data.input_path).repeat()
    records = files.interleave(tf.data.TFRecordDataset, cycle_length=data.cycle_length, num_parallel_calls=tf.data.AUTOTUNE).shuffle(data.shuffle_buffer_size)
    return records.map(parse, num_parallel_calls=tf.data.AUTOTUNE).batch(data.global_batch_size, drop_remainder=True).prefetch(tf.data.AUTOTUNE)


PIPELINES = {
    'stock': stock,
    'stock, no RandAugment, no mixup': lambda data: stock(data.replace(**no_augmentation)),
    'decode alone': lambda data: bare(data, lambda image: tf.cast(image[0, 0], tf.float32)),
    'decode + crop + resize': bare,
    'ours, host part': lambda data: read_batches(data, CLASSES, [SIZE, SIZE, 3], batch_on_host=False)[0],
    'ours, host + batch part': lambda data: read_batches(data, CLASSES, [SIZE, SIZE, 3])[0],
}


def measure(pipeline, batches, data={}, run_records=uec.data.parse.RUN_RECORDS):
    uec.data.parse.RUN_RECORDS = run_records
    iterator = iter(PIPELINES[pipeline](recipe.replace(**data)))
    for _ in range(10): next(iterator)  # until buffers and automatic tuning have settled
    start, cpu = time.perf_counter(), time.process_time()
    for _ in range(batches): next(iterator)
    seconds, cpu, images = time.perf_counter() - start, time.process_time() - cpu, 64*batches
    return dict(images_per_s=images/seconds, cpu_ms=1e3*cpu/images)


for line in sys.stdin: print(json.dumps(measure(**json.loads(line))), file=answers, flush=True)
