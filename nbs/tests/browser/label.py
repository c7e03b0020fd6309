"""Write what label.mjs opens: python label.py FOLDER. 500 coloured shapes with truth.json, the same as files that
`uec fit` has read without labels, the same partly labelled, and 5,000 squares."""
import json, sys
from pathlib import Path
import numpy as np
import tensorflow as tf
from uec.data.images import encode_png
from uec.explore.error_analysis import explore
from uec.explore.report import write_report
from uec.retrieval.saved_model import save_export
from uec.fit.run import fit_photos
from uec.fit.work import Options
from uec.models.preprocess import photo_module
from uec.retrieval.embeddings import Embeddings

folder, rng = Path(sys.argv[1]), np.random.default_rng(0)
NAMES = ['circle', 'square', 'ring, "wide"', 'Кот', 'pizza 🍕', '日本', 'box 2', 'étoile', "ring 'o'", '7up', '=1+1', 'стол, белый']
COLOURS = np.random.default_rng(1).permutation([[r, g, b] for r in (40, 220) for g in (40, 130, 220) for b in (50, 210)])
y, x = np.mgrid[:64, :64]

def shape(kind):
    "Draw a disk, a square or a ring in the colour of its class, each a little different."
    size, (top, left) = rng.uniform(16, 24), rng.uniform(28, 36, 2)
    apart = np.maximum(abs(y - top), abs(x - left)) if kind % 3 == 1 else np.hypot(y - top, x - left)
    inside = (apart < size) & (apart > (size/2 if kind % 3 == 2 else 0))
    picture = np.where(inside[..., None], COLOURS[kind]*rng.uniform(.9, 1.1), 235) + rng.normal(0, 4, (64, 64, 3))
    return picture.clip(0, 255).astype(np.uint8)

N = 500
kinds = rng.integers(len(NAMES), size=N)
images = np.stack([shape(kind) for kind in kinds])
small = images[:, 2::5, 2::5].reshape(N, -1)/255
ids = [f'{i % 9}/photo, "{i}".jpg' if i % 7 == 0 else f'{i % 9}/фото {i}.jpg' for i in range(N)]
truth = [NAMES[kind] for kind in kinds]
known = ['' if i % 5 else name for i, name in enumerate(truth)]

def write(name, labels, rows=slice(None), **options):
    "Write a page of the shapes."
    found = explore(Embeddings(ids, labels, ['']*N, small - small.mean(0))[rows])
    write_report(folder/name, found, images[rows], 'Five hundred shapes', progress=False, **options)

write('label.html', ['']*N, with_labels=True)
write('partly.html', known, with_map=False, with_labels=True)
write('without.html', known, slice(20), with_map=False)
(folder/'truth.json').write_text(json.dumps(dict(ids=ids, truth=truth, known=known)), encoding='utf-8')

for id, image in zip(ids, images):
    path = folder/'photos'/f'{id}.png'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_png(image))
shrink = lambda image: tf.image.resize(image, (8, 8), method='area')/255
pixels = photo_module(shrink, lambda o: tf.reshape(o, [-1, 192]), tf.TensorSpec([8, 8, 3]), one_by_one=True)
save_export(pixels, folder/'pixels', {})
fit_photos(folder/'photos', folder/'model', options=Options(str(folder/'pixels'), use_labels=False))

N_MANY = 5000
vectors = rng.normal(size=(500, 16))[rng.integers(500, size=N_MANY)] + .5*rng.normal(size=(N_MANY, 16))
squares = np.repeat(np.repeat(rng.integers(256, size=(N_MANY, 8, 8, 3), dtype=np.uint8), 8, 1), 8, 2)
many = Embeddings([f'image-{i}' for i in range(N_MANY)], ['']*N_MANY, ['']*N_MANY, vectors)
write_report(folder/'many.html', explore(many), squares, 'Five thousand', with_map=False, progress=False, with_labels=True)
