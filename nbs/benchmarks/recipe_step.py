"""`build_step` builds the model, the optimizer and a batch of the ImageNet recipe. `step_worker.py` times its training step, and `gpu_lower.py` lowers it."""
import numpy as np
import tensorflow as tf, tf_keras
import uec.training.task  # before Model Garden's, which would change Matplotlib's backend
from official.core import task_factory, train_utils
from official.vision.tasks import image_classification
from uec.config.experiments import get_experiment

SIZE, CLASSES = 224, 1001


def build_step(model_name, batch, encoder, **model):
    "Build the task, its model, its optimizer and a batch: images and labels. `encoder` is `fused` or `stock`, which has Model Garden's optimizer too."
    tf_keras.utils.set_random_seed(0)
    backbone = dict(vit=dict(model_name=f'vit-{model_name}'))
    override = dict(task=dict(model=dict(encoder=encoder, backbone=backbone, **model)))
    params = get_experiment('vit_with_bottleneck_imagenet_pretrain', params_override=override)
    task = task_factory.get_task(params.task)
    built = task.build_model()
    kind = image_classification.ImageClassificationTask if encoder == 'stock' else task
    optimizer = train_utils.create_optimizer(kind, params)
    rng = np.random.default_rng(0)
    images = tf.constant(rng.normal(size=(batch, SIZE, SIZE, 3)).astype('float32'))
    return task, built, optimizer, images, tf.one_hot(rng.integers(0, CLASSES, batch), CLASSES)
