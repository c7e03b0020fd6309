"""Make small, randomly initialised checkpoints of public families with torch, transformers and timm, and what they compute.

python pretrained_reference.py FOLDER [WIDTH]     writes FOLDER/NAME/{model.safetensors, config.json, ...}, FOLDER/NAME.npz and FOLDER/image.npz
"""
import json, sys
from pathlib import Path
import numpy as np, torch, timm, transformers as T
from PIL import Image
from safetensors.torch import save_file

WIDTH = int(sys.argv[2]) if len(sys.argv) > 2 else 16
OUT = Path(sys.argv[1])
SIZE, PATCH, LARGER = 16, 4, 24
SMALL = dict(hidden_size=WIDTH, num_hidden_layers=2, num_attention_heads=4, intermediate_size=2*WIDTH, image_size=SIZE, patch_size=PATCH)

def photo():
    "A smooth image with some noise, 41 px high and 58 px wide."
    y, x = np.mgrid[:41, :58]/8
    image = np.stack([np.sin(x + y), np.cos(2*x), np.sin(x*y/3)], -1)*90 + 128 + np.random.default_rng(0).normal(0, 25, [41, 58, 3])
    return np.clip(image, 0, 255).astype(np.uint8)

def shake(model):
    "Give all weights values that matter."
    torch.manual_seed(0)
    with torch.no_grad():
        for name, w in model.named_parameters():
            w.copy_(torch.randn_like(w)*(0.5 if w.ndim < 2 or w.shape[0] == 1 else w[0].numel()**-0.5) + (w.ndim == 1 and 'norm' in name and 'weight' in name))
    return model.eval()

def finish(name, processor, run, image):
    "Compute the reference; `run` takes float32 pixels and whether positions are interpolated."
    pixels = processor(image)
    with torch.no_grad():
        ref = dict(pixels=pixels.permute(0, 2, 3, 1).numpy()[0], features=run(pixels, False).numpy()[0])
        big = torch.nn.functional.interpolate(pixels, size=(LARGER, LARGER))  # nearest: pixel i of 24 is pixel 2i//3 of 16
        ref['larger_features'] = run(big, True).numpy()[0]
    np.savez_compressed(OUT/f'{name}.npz', **ref)

def hf(name, model, processor, features, bf16=True, **save):
    "Save a model of transformers and its processor."
    if bf16: model = model.bfloat16()
    model.save_pretrained(OUT/name, **save)
    processor.save_pretrained(OUT/name)
    model = model.float()
    def run(pixels, larger): return features(model(pixels, **(dict(interpolate_pos_encoding=True) if larger and 'dino' not in name else {})))
    finish(name, lambda image: processor(images=image, return_tensors='pt').pixel_values, run, Image.fromarray(photo()))
    return model

def main():
    OUT.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(OUT/'image.npz', image=photo())
    square = dict(height=SIZE, width=SIZE)
    token, pooled = lambda o: o.last_hidden_state[:, 0], lambda o: o.pooler_output
    hf('vit', shake(T.ViTModel(T.ViTConfig(**SMALL))), T.ViTImageProcessorPil(size=square), token, bf16=False)
    hf('deit', shake(T.DeiTModel(T.DeiTConfig(**SMALL))), T.DeiTImageProcessorPil(size=dict(height=20, width=20), crop_size=square), token)
    crop = dict(size=dict(shortest_edge=SIZE), crop_size=square)
    clip = T.CLIPVisionModelWithProjection(T.CLIPVisionConfig(**SMALL, projection_dim=8))
    clip = hf('clip', shake(clip), T.CLIPImageProcessorPil(**crop), lambda o: o.image_embeds)
    openclip(clip, T.CLIPImageProcessorPil(**crop))
    siglip = T.SiglipVisionModel(T.SiglipVisionConfig(**SMALL))
    hf('siglip', shake(siglip), T.SiglipImageProcessorPil(size=square), pooled)
    bit = T.BitImageProcessorPil(size=dict(shortest_edge=20), crop_size=square)
    dino = {k: v for k, v in SMALL.items() if k != 'intermediate_size'} | dict(mlp_ratio=2)
    hf('dinov2', shake(T.Dinov2Model(T.Dinov2Config(**dino))), bit, pooled, bf16=False, max_shard_size='10KB')
    hf('dinov2_registers_swiglu', shake(T.Dinov2WithRegistersModel(T.Dinov2WithRegistersConfig(**dino, num_register_tokens=2, use_swiglu_ffn=True))), bit, pooled)
    siglip2()
    with_timm()

def openclip(clip, processor):
    "Write the CLIP tower under OpenCLIP's names."
    old, new = clip.state_dict(), {}
    for name, w in old.items():
        n = name.replace('vision_model.', 'visual.')
        for a, b in [('embeddings.class_embedding', 'class_embedding'), ('embeddings.patch_embedding', 'conv1'), ('embeddings.position_embedding.weight', 'positional_embedding'),
                     ('pre_layrnorm', 'ln_pre'), ('post_layernorm', 'ln_post'), ('encoder.layers', 'transformer.resblocks'), ('layer_norm1', 'ln_1'), ('layer_norm2', 'ln_2'),
                     ('mlp.fc1', 'mlp.c_fc'), ('mlp.fc2', 'mlp.c_proj'), ('self_attn.out_proj', 'attn.out_proj')]: n = n.replace(a, b)
        if name == 'visual_projection.weight': new['visual.proj'] = w.T.contiguous()
        elif 'q_proj' in n:
            parts = [old[name.replace('q_proj', f'{o}_proj')] for o in 'qkv']
            new[n.replace('self_attn.q_proj.', 'attn.in_proj_')] = torch.cat(parts)
        elif 'k_proj' not in n and 'v_proj' not in n and 'position_ids' not in n: new[n] = w.contiguous()
    new = {k: v.bfloat16() for k, v in new.items()}  # they were rounded to it before
    new |= {'logit_scale': torch.tensor(4.6), 'token_embedding.weight': torch.zeros(3, WIDTH)}  # of the text tower
    (OUT/'openclip').mkdir(exist_ok=True)
    save_file(new, OUT/'openclip/open_clip_model.safetensors')
    vision = dict(image_size=SIZE, layers=2, width=WIDTH, head_width=WIDTH//4, patch_size=PATCH, mlp_ratio=2.)
    cfg = dict(model_cfg=dict(embed_dim=8, quick_gelu=True, vision_cfg=vision, text_cfg={}),
               preprocess_cfg=dict(mean=T.image_utils.OPENAI_CLIP_MEAN, std=T.image_utils.OPENAI_CLIP_STD))
    (OUT/'openclip/open_clip_config.json').write_text(json.dumps(cfg))
    from timm.layers import resample_abs_pos_embed
    big, name = T.CLIPVisionModelWithProjection(T.CLIPVisionConfig(**SMALL | dict(image_size=LARGER), projection_dim=8)).eval(), 'vision_model.embeddings.position_embedding.weight'
    big.load_state_dict(old | {name: resample_abs_pos_embed(old[name][None], [LARGER//PATCH]*2)[0]})  # bicubic with antialias, as OpenCLIP's own
    finish('openclip', lambda image: processor(images=image, return_tensors='pt').pixel_values,
           lambda p, larger: (big if larger else clip)(p).image_embeds, Image.fromarray(photo()))

def siglip2():
    "Save a SigLIP 2 of the kind that takes patches, and feed it square images."
    model = shake(T.Siglip2VisionModel(T.Siglip2VisionConfig(**{k: v for k, v in SMALL.items() if k != 'image_size'}, num_patches=(SIZE//PATCH)**2))).bfloat16()
    model.save_pretrained(OUT/'siglip2')
    T.Siglip2ImageProcessorPil(patch_size=PATCH, max_num_patches=(SIZE//PATCH)**2).save_pretrained(OUT/'siglip2')
    model, square = model.float(), T.SiglipImageProcessorPil(size=dict(height=SIZE, width=SIZE), resample=2)
    def run(p, larger):
        g = p.shape[2]//PATCH
        patches = p.reshape(1, 3, g, PATCH, g, PATCH).permute(0, 2, 4, 3, 5, 1).reshape(1, g*g, -1)
        return model(patches, torch.ones(1, g*g, dtype=torch.long), torch.tensor([[g, g]])).pooler_output
    finish('siglip2', lambda image: square(images=image, return_tensors='pt').pixel_values, run, Image.fromarray(photo()))

def with_timm():
    "Save ViTs of timm, one of them from weights in the layout of AugReg."
    from timm.layers import resample_abs_pos_embed
    args = dict(img_size=SIZE, patch_size=PATCH, embed_dim=WIDTH, depth=2, num_heads=4, mlp_ratio=2, num_classes=3)
    cases = {'timm': dict(), 'timm_reg_gap': dict(reg_tokens=2, no_embed_class=True, global_pool='avg', class_token=False, init_values=1e-5),
             'timm_map': dict(class_token=False, global_pool='map'), 'augreg': dict(act_layer='gelu_tanh')}
    for name, extra in cases.items():
        torch.manual_seed(0)
        model = shake(timm.models.vision_transformer.VisionTransformer(**args, **extra))
        if name != 'augreg': model = model.bfloat16().float()
        folder = OUT/name
        folder.mkdir(exist_ok=True)
        if name == 'augreg': augreg(model, folder/'augreg.npz')
        else:
            save_file({k: v.bfloat16().contiguous() for k, v in model.state_dict().items()}, folder/'model.safetensors')
            pre = dict(input_size=[3, SIZE, SIZE], mean=[.5]*3, std=[.5]*3, interpolation='bicubic', crop_pct=.9, crop_mode='center', num_classes=3)
            (folder/'config.json').write_text(json.dumps(dict(architecture='vit_base_patch16_224', num_classes=3, model_args=args | extra, pretrained_cfg=pre)))
        crop = 1. if name == 'augreg' else .9
        transform = timm.data.create_transform((3, SIZE, SIZE), interpolation='bilinear' if name == 'augreg' else 'bicubic', mean=(.5,)*3, std=(.5,)*3,
                                               crop_pct=crop, crop_mode='squash' if name == 'augreg' else 'center')
        big = timm.models.vision_transformer.VisionTransformer(**args | extra | dict(img_size=LARGER)).eval()
        state = model.state_dict()
        prefix = 0 if extra.get('no_embed_class') or not model.has_class_token else 1
        state['pos_embed'] = resample_abs_pos_embed(state['pos_embed'], [LARGER//PATCH]*2, num_prefix_tokens=prefix,
                                                    **dict(interpolation='bilinear', antialias=False, align_corners=True) if name == 'augreg' else {})
        big.load_state_dict(state)
        def run(pixels, larger):
            m = big if larger else model
            return m.forward_head(m.forward_features(pixels), pre_logits=True)
        finish(name, lambda image: transform(image)[None], run, Image.fromarray(photo()))

def augreg(model, path):
    "Write a ViT of timm under the names of Google's AugReg checkpoints, and check by timm's own reader."
    s, D, H = {k: v.detach().numpy() for k, v in model.state_dict().items()}, WIDTH, 4
    out = {'cls': s['cls_token'], 'embedding/kernel': s['patch_embed.proj.weight'].transpose(2, 3, 1, 0), 'embedding/bias': s['patch_embed.proj.bias'],
           'Transformer/posembed_input/pos_embedding': s['pos_embed'], 'Transformer/encoder_norm/scale': s['norm.weight'], 'Transformer/encoder_norm/bias': s['norm.bias'],
           'head/kernel': s['head.weight'].T, 'head/bias': s['head.bias']}
    for i in range(2):
        p, b = f'Transformer/encoderblock_{i}/', f'blocks.{i}.'
        for ours, theirs in [('LayerNorm_0', 'norm1'), ('LayerNorm_2', 'norm2')]: out |= {p + ours + '/scale': s[b + theirs + '.weight'], p + ours + '/bias': s[b + theirs + '.bias']}
        for j, fc in enumerate(['fc1', 'fc2']): out |= {p + f'MlpBlock_3/Dense_{j}/kernel': s[b + f'mlp.{fc}.weight'].T, p + f'MlpBlock_3/Dense_{j}/bias': s[b + f'mlp.{fc}.bias']}
        a = p + 'MultiHeadDotProductAttention_1/'
        for o, w, v in zip(['query', 'key', 'value'], np.split(s[b + 'attn.qkv.weight'], 3), np.split(s[b + 'attn.qkv.bias'], 3)):
            out |= {a + o + '/kernel': w.T.reshape(D, H, D//H), a + o + '/bias': v.reshape(H, D//H)}
        out |= {a + 'out/kernel': s[b + 'attn.proj.weight'].T.reshape(H, D//H, D), a + 'out/bias': s[b + 'attn.proj.bias']}
    np.savez_compressed(path, **out)
    with torch.no_grad():
        for w in model.parameters(): w.zero_()
    model.load_pretrained(str(path))
    for k, v in model.state_dict().items(): np.testing.assert_array_equal(v.numpy(), s[k])

if __name__ == '__main__': main()
