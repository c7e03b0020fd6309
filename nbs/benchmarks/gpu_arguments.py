"""`draw` makes the first value of an argument of a program, the same wherever it is called; it needs numpy alone. `gpu_lower.py` and `gpu_worker.py` use it."""
import numpy as np


def draw(i, argument):
    "Draw argument `i` from the mean and the spread that it has in TensorFlow, in its own shape and type."
    noise = np.random.default_rng(i).standard_normal(argument['shape'], 'float32')
    return (argument['mean'] + argument['std']*noise).astype(argument['dtype'])
