"""Measure a PyTorch loader of the same recipe on request: python torch_worker.py CORES FOLDER

Needs torch and torchvision, and no TensorFlow. FOLDER holds images in class folders; the protocol is that of `input_worker.py`.
"""
import json, os, resource, sys, time

cores, folder = int(sys.argv[1]), sys.argv[2]
if hasattr(os, 'sched_setaffinity'): os.sched_setaffinity(0, range(cores))

import torch
from torchvision import datasets
from torchvision.transforms import v2

torch.set_num_threads(1)
SIZE, CLASSES = 224, 1001
transform = v2.Compose([
    v2.RandomResizedCrop(SIZE, scale=(0.08, 1.0)), v2.RandomHorizontalFlip(), v2.RandAugment(num_ops=2, magnitude=9),
    v2.PILToTensor(), v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
mix = v2.RandomChoice([v2.MixUp(alpha=0.8, num_classes=CLASSES), v2.CutMix(alpha=1.0, num_classes=CLASSES)])


def collate(samples): return mix(*torch.utils.data.default_collate(samples))


def cpu_seconds(): return sum(resource.getrusage(who).ru_utime + resource.getrusage(who).ru_stime for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def measure(pipeline, batches):
    data = datasets.ImageFolder(folder, transform)
    sampler = torch.utils.data.RandomSampler(data, replacement=True, num_samples=64*(batches + 10))
    loader = torch.utils.data.DataLoader(data, batch_size=64, sampler=sampler, num_workers=cores, collate_fn=collate, drop_last=True)
    cpu, iterator = cpu_seconds(), iter(loader)
    for _ in range(10): next(iterator)
    start = time.perf_counter()
    for _ in range(batches): next(iterator)
    seconds = time.perf_counter() - start
    del iterator
    return dict(images_per_s=64*batches/seconds, cpu_ms=1e3*(cpu_seconds() - cpu)/(64*(batches + 10)))


for line in sys.stdin: print(json.dumps(measure(**json.loads(line))), flush=True)
