"""Write the pages that report.mjs opens: python report.py FOLDER. A small one of the sample and one of 20,000 made images."""
import sys
from pathlib import Path
import numpy as np
from uec.retrieval.pca import pixel_pca_embedder
from uec.explore.error_analysis import explore
from uec.explore.report import write_report
from uec.retrieval.embed import embed_images
from uec.retrieval.embeddings import Embeddings
from uec.data.sample import sample_path
from uec.explore.thumbnails import read_thumbnails

folder = Path(sys.argv[1])
model = pixel_pca_embedder(sample_path('train'), progress=False)
query, index = (embed_images(model, sample_path(o), progress=False) for o in ('query', 'index'))
small = np.concatenate([read_thumbnails(sample_path(o), e.ids, progress=False) for o, e in (('index', index), ('query', query))])
write_report(folder/'small.html', explore(query, index), small, 'Pixels on the sample', progress=False)

N, rng = 20_000, np.random.default_rng(0)
group = rng.integers(4000, size=N)
vectors = rng.normal(size=(4000, 16))[group] + .7*rng.normal(size=(N, 16))
many = Embeddings([f'image-{i}' for i in range(N)], [f'class {o}' for o in group], [f'domain {o % 11}' for o in group], vectors)
pictures = np.repeat(np.repeat(rng.integers(256, size=(N, 8, 8, 3), dtype=np.uint8), 8, 1), 8, 2)
import uec.explore.report
uec.explore.report.tsne_map = lambda vectors, seed=0: rng.random((len(vectors), 2))  # t-SNE is not what the browser is tried on
write_report(folder/'large.html', explore(many), pictures, 'Twenty thousand', progress=False)
