"""Write an export and the embeddings of its index, as a file and as a folder, for search.mjs: python search.py FOLDER; the sample's small ViT, untrained."""
import os, sys
from pathlib import Path

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')

import numpy as np, tf_keras
from uec.config.experiments import get_experiment
from uec.export import save_export, serving_module
from uec.models.vit import build_model, embedding_model
from uec.retrieval.embed import embed_images
from uec.retrieval.embeddings import save_embeddings
from uec.data.sample import sample_path
from uec.vector_index.table import create_index

folder = Path(sys.argv[1])
tf_keras.utils.set_random_seed(0)
save_export(serving_module(embedding_model(build_model(get_experiment('vit_with_bottleneck_quickstart')))), folder/'export', {})
index = embed_images(folder/'export', sample_path('index'), progress=False)
save_embeddings(folder/'index.parquet', index, sample_path('index'))
create_index(folder/'index', index, dict(price=np.arange(len(index))/10))
