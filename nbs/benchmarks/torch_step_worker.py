"""Measure a PyTorch training step, or an embedding, on request: python torch_step_worker.py MODEL BATCH PRECISION [compile] [embed]

Needs torch and timm, and no TensorFlow: timm's ViT with a 64-d bottleneck and a tanh, soft labels, AdamW, on a GPU if there is one. The protocol is that of `step_worker.py`; on a GPU the seconds are the mean of calls in a row.
"""
import json, sys, time

model_name, batch, precision = sys.argv[1], int(sys.argv[2]), sys.argv[3]
answers, sys.stdout = sys.stdout, sys.stderr

import timm, torch

SIZE, CLASSES = 224, 1001
NAMES = dict(ti16='vit_tiny_patch16_224', s16='vit_small_patch16_224', b16='vit_base_patch16_224')
torch.manual_seed(0)
trunk = timm.create_model(NAMES[model_name], num_classes=0, drop_path_rate=0.1)
model = torch.nn.Sequential(trunk, torch.nn.Linear(trunk.num_features, 64), torch.nn.Tanh(), torch.nn.Linear(64, CLASSES)).train()
device = 'cuda' if torch.cuda.is_available() else 'cpu'
model = model.to(device)
if device == 'cuda': torch.set_float32_matmul_precision('high')
decayed = [p for p in model.parameters() if p.ndim > 1]
optimizer = torch.optim.AdamW([dict(params=decayed, weight_decay=0.05), dict(params=[p for p in model.parameters() if p.ndim <= 1], weight_decay=0.)], lr=1e-5, fused=True)
if 'embed' in sys.argv: model = model[:3].eval()
forward = torch.compile(model) if 'compile' in sys.argv else model
images = torch.randn(batch, 3, SIZE, SIZE).to(device)
labels = torch.nn.functional.one_hot(torch.randint(0, CLASSES, (batch,)), CLASSES).float().to(device)
autocast = lambda: torch.autocast(device, torch.bfloat16, enabled=precision == 'bfloat16')


def train():
    with autocast(): loss = torch.nn.functional.cross_entropy(forward(images), labels)
    optimizer.zero_grad(); loss.backward(); optimizer.step()
    return loss.detach()


def embed():
    with torch.inference_mode(), autocast(): return forward(images).mean()


step = embed if 'embed' in sys.argv else train


def steps(n):
    "Time `n` calls: each by itself on a CPU, all in a row on a GPU."
    times, start = [], time.perf_counter()
    for _ in range(n):
        once = time.perf_counter()
        loss = step()
        if device == 'cpu': loss = float(loss); times.append(time.perf_counter() - once)
    loss = float(loss)
    return dict(seconds=times or [(time.perf_counter() - start)/n], loss=loss)


for line in sys.stdin: print(json.dumps(steps(json.loads(line)['steps'])), file=answers, flush=True)
