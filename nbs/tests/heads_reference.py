"""Write values and gradients of pytorch-metric-learning's losses: python heads_reference.py OUT.npz (needs torch and pytorch-metric-learning 2.9)"""
import sys
import numpy as np
import torch
from pytorch_metric_learning import losses

B, C, D = 24, 10, 16
torch.manual_seed(0)
embeddings, labels, out = torch.randn(B, D), torch.randint(0, C, (B,)), {}
kinds = dict(
    normalised=(losses.NormalizedSoftmaxLoss(C, D, temperature=1/20), 1),
    cosface=(losses.CosFaceLoss(C, D, margin=.35, scale=30), 1),
    arcface=(losses.ArcFaceLoss(C, D, margin=np.degrees(.5), scale=30), 1),
    sub_centre_arcface=(losses.SubCenterArcFaceLoss(num_classes=C, embedding_size=D, margin=np.degrees(.5), scale=30, sub_centers=3), 3),
    proxy_anchor=(losses.ProxyAnchorLoss(C, D, margin=.1, alpha=32), 1))

for name, (loss, k) in kinds.items():
    x, weights = embeddings.clone().requires_grad_(), getattr(loss, 'proxies', None) if name == 'proxy_anchor' else loss.W
    value = loss(x, labels)
    value.backward()
    rows = lambda w: (w if name == 'proxy_anchor' else w.T).reshape(C, k, D).detach().numpy()
    out |= {f'{name}/value': value.item(), f'{name}/gradient': x.grad.numpy(), f'{name}/centres': rows(weights), f'{name}/centres_gradient': rows(weights.grad)}

x = embeddings.clone().requires_grad_()
value = losses.SupConLoss(temperature=.1)(x, labels)
value.backward()
out |= {'contrast/value': value.item(), 'contrast/gradient': x.grad.numpy()}

np.savez_compressed(sys.argv[1], embeddings=embeddings.numpy(), labels=labels.numpy(), **out)
