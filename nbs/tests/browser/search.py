"""Serve the search page for search.mjs: python search.py [EXPORT INDEX]; prints its address and serves until it is ended.

Without arguments: the sample's small ViT, untrained, and the sample's index.
"""
import os, sys, tempfile
from pathlib import Path

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')


def prepare(folder):
    "Write an export and its index."
    import tf_keras
    from uec.config import get_experiment
    from uec.export import save_export, serving_module
    from uec.model import build_model, embedding_model
    from uec.retrieval import embed_images, save_embeddings
    from uec.sample import sample_path
    tf_keras.utils.set_random_seed(0)
    save_export(serving_module(embedding_model(build_model(get_experiment('vit_with_bottleneck_quickstart')))), folder/'export', {})
    save_embeddings(folder/'index.parquet', embed_images(folder/'export', sample_path('index'), progress=False), sample_path('index'))
    return folder/'export', folder/'index.parquet'


def main(*paths):
    from uec.serve import serve
    with tempfile.TemporaryDirectory() as folder:
        export, index = paths or prepare(Path(folder))
        serve(export, index, port=0, tell=lambda line: line.startswith('http') and print(line.split()[0], flush=True))


if __name__ == '__main__': main(*sys.argv[1:])
