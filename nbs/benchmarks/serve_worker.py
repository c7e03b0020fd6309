"""Serve embeddings with today's search, or with the one before: python serve_worker.py before|after EXPORT EMBEDDINGS

Before, FAISS was called in blocks of 16 queries (`direct` of `search_worker.py`). Takes a free port and prints it.
"""
import os, sys
from uec.onednn import prefer_onednn
prefer_onednn()
os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
import numpy as np
from uec.retrieval import search
from uec.serve import app, index


def direct(flat, query, k):
    "Search in blocks of 16 queries."
    squared, rows = search._search_direct(flat, query, int(min(k, flat.ntotal)))
    return np.sqrt(squared), rows


if __name__ == '__main__':
    way, export, embeddings = sys.argv[1:]
    if way == 'before': index.search_flat = direct
    app.serve(export, embeddings, port=0, echo=lambda line: print(line, flush=True))
