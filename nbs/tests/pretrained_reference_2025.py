"""Make small, randomly initialised checkpoints of the families since 2022 that `pretrained_reference.py` does not make, and what torch, transformers and timm compute.

python pretrained_reference_2025.py FOLDER [WIDTH] [PART]     writes FOLDER/NAME/{model.safetensors, config.json, ...} and FOLDER/NAME.npz, of names with PART
"""
import copy, json, sys
import numpy as np, torch, timm, transformers as T
from PIL import Image
from safetensors.torch import save_file
from timm.layers import resample_abs_pos_embed
from pretrained_reference import LARGER, OUT, SIZE, WIDTH, finish, photo, shake

W, HEADS, PATCH = WIDTH*3//2, 2, 4
PART = sys.argv[3] if len(sys.argv) > 3 else ''
SMALL = dict(hidden_size=W, num_hidden_layers=2, num_attention_heads=HEADS, intermediate_size=2*W, image_size=SIZE, patch_size=PATCH)
SQUARE = dict(height=SIZE, width=SIZE)
CLIP = dict(size=dict(shortest_edge=SIZE), crop_size=SQUARE)
IMAGE = Image.fromarray(photo())
CASES = {}
def case(f): CASES[f.__name__] = f

def hf(name, model, processor, features, larger=None, **asked):
    "Save a model of transformers in bfloat16, and its processor; `larger` makes the model for larger images."
    shake(model).bfloat16().save_pretrained(OUT/name)
    processor.save_pretrained(OUT/name)
    model = type(model).from_pretrained(OUT/name, dtype=torch.float32).eval()  # its computed buffers were not rounded
    big = larger(model) if larger else model
    run = lambda pixels, is_larger: features((big if is_larger else model)(pixels, **(asked if is_larger else {})))
    finish(name, lambda image: processor(images=image, return_tensors='pt').pixel_values, run, IMAGE)
    return model

pooled, mean = lambda o: o.pooler_output, lambda o: o.last_hidden_state.mean(1)
def dinov3(**options): return T.DINOv3ViTModel(T.DINOv3ViTConfig(**SMALL, num_register_tokens=2, **options))
@case
def dinov3_vit(): hf('dinov3_vit', dinov3(), T.DINOv3ViTImageProcessor(size=SQUARE), pooled)
@case
def dinov3_vit_plus(): hf('dinov3_vit_plus', dinov3(use_gated_mlp=True, hidden_act='silu'), T.DINOv3ViTImageProcessor(size=SQUARE), pooled)
@case
def dinov3_vit_7b(): hf('dinov3_vit_7b', dinov3(use_gated_mlp=True, hidden_act='silu', query_bias=False, value_bias=False),
                        T.DINOv3ViTImageProcessor(size=SQUARE), pooled)
@case
def mlcd(): hf('mlcd', T.MLCDVisionModel(T.MLCDVisionConfig(**SMALL)), T.CLIPImageProcessorPil(**CLIP), pooled)

def aimv2_of(name, processor=None, **options):
    config = T.Aimv2VisionConfig(**SMALL, **options)
    def larger(model):
        if config.is_native: return model
        big, key, state = T.Aimv2VisionModel(T.Aimv2VisionConfig(**SMALL | dict(image_size=LARGER), **options)).eval(), 'embeddings.position_embedding.weight', model.state_dict()
        big.load_state_dict(state | {key: resample_abs_pos_embed(state[key][None], [LARGER//PATCH]*2, num_prefix_tokens=0)[0]})
        return big
    hf(name, T.Aimv2VisionModel(config), T.CLIPImageProcessorPil(**CLIP), pooled if config.use_head else mean, larger)
@case
def aimv2(): aimv2_of('aimv2', use_head=False)
@case
def aimv2_lit(): aimv2_of('aimv2_lit')
@case
def aimv2_native(): aimv2_of('aimv2_native', use_head=False, is_native=True)
@case
def ijepa(): hf('ijepa', T.IJepaModel(T.IJepaConfig(**SMALL)), T.ViTImageProcessorPil(size=SQUARE), mean, interpolate_pos_encoding=True)
@case
def metaclip_2(): hf('metaclip_2', T.MetaClip2VisionModelWithProjection(T.MetaClip2VisionConfig(**SMALL, projection_dim=8)), T.CLIPImageProcessorPil(**CLIP),
                     lambda o: o.image_embeds, interpolate_pos_encoding=True)

@case
def siglip2_naflex():
    "Save a SigLIP 2 that takes patches, and feed it the image in its own aspect, as 16 patches at most and as 36."
    n = (SIZE//PATCH)**2
    model = shake(T.Siglip2VisionModel(T.Siglip2VisionConfig(**{k: v for k, v in SMALL.items() if k != 'image_size'}, num_patches=n))).bfloat16()
    model.save_pretrained(OUT/'siglip2_naflex')
    T.Siglip2ImageProcessorPil(patch_size=PATCH, max_num_patches=n).save_pretrained(OUT/'siglip2_naflex')
    processor, model = T.Siglip2ImageProcessorPil.from_pretrained(OUT/'siglip2_naflex'), model.float()
    def run(images, most):
        given = processor(images=images, max_num_patches=most, return_tensors='pt')
        with torch.no_grad(): return given, model(**given).pooler_output.numpy()
    given, features = run([IMAGE, IMAGE.rotate(90, expand=True)], n)  # grids of 3 x 5 and 5 x 3 in one batch
    mask, grids = given['pixel_attention_mask'][..., None], given['spatial_shapes'][:, None]
    table = torch.cat([given['pixel_values'], mask*grids], -1).numpy()
    larger = run([IMAGE], (LARGER//PATCH)**2)[1]
    np.savez_compressed(OUT/'siglip2_naflex.npz', pixels=table[0], features=features[0], larger_features=larger[0], standing_features=features[1])

EVA = dict(img_size=SIZE, patch_size=PATCH, embed_dim=W, depth=2, num_heads=HEADS, mlp_ratio=2.)
def eva(name, architecture, num_classes=0, classifier=False, **args):
    "Save a network of timm's class Eva, made by timm's own function of that name."
    torch.manual_seed(0)
    args = EVA | args
    model = shake(timm.create_model(architecture, num_classes=num_classes, **args)).bfloat16().float()
    for m in model.modules():
        if m is not model and hasattr(m, 'init_non_persistent_buffers'): m.init_non_persistent_buffers()
    (OUT/name).mkdir(exist_ok=True)
    save_file({k: v.bfloat16().contiguous() for k, v in model.state_dict().items()}, OUT/name/'model.safetensors')
    cfg = {k: model.pretrained_cfg[k] for k in ('mean', 'std', 'interpolation', 'crop_mode', 'license')} | dict(input_size=[3, SIZE, SIZE], crop_pct=.9, num_classes=num_classes)
    (OUT/name/'config.json').write_text(json.dumps(dict(architecture=architecture, num_classes=num_classes, num_features=W, model_args=args, pretrained_cfg=cfg)))
    transform = timm.data.create_transform((3, SIZE, SIZE), interpolation=cfg['interpolation'], mean=cfg['mean'], std=cfg['std'], crop_pct=.9, crop_mode='center')
    big = copy.deepcopy(model)
    if not model.dynamic_img_size: big.set_input_size(img_size=LARGER)
    def run(pixels, larger):
        m = big if larger else model
        return m.forward_head(m.forward_features(pixels), pre_logits=classifier)
    finish(name, lambda image: transform(image)[None], run, IMAGE)

@case
def timm_dinov3(): eva('timm_dinov3', 'vit_small_patch16_dinov3')
@case
def timm_dinov3_plus(): eva('timm_dinov3_plus', 'vit_small_plus_patch16_dinov3_qkvb', global_pool='token')
@case
def timm_pe_core(): eva('timm_pe_core', 'vit_pe_core_base_patch16_224', 8, ref_feat_shape=(4, 4))
@case
def timm_pe_core_gigantic(): eva('timm_pe_core_gigantic', 'vit_pe_core_gigantic_patch14_448', 8, ref_feat_shape=(4, 4))
@case
def timm_pe_spatial(): eva('timm_pe_spatial', 'vit_pe_spatial_base_patch16_512', ref_feat_shape=(4, 4))
@case
def timm_pe_lang(): eva('timm_pe_lang', 'vit_pe_lang_large_patch14_448', ref_feat_shape=(5, 5))
@case
def timm_eva02(): eva('timm_eva02', 'eva02_base_patch14_224', ref_feat_shape=(5, 5))
@case
def timm_eva02_small(): eva('timm_eva02_small', 'eva02_small_patch14_224', 3, classifier=True)
@case
def timm_eva02_clip(): eva('timm_eva02_clip', 'eva02_base_patch16_clip_224', 8)
@case
def timm_eva_giant(): eva('timm_eva_giant', 'eva_giant_patch14_224')

@case
def dinov3_makers():
    "Write DINOv3 under its makers' names: one head of 64, patches of one pixel; timm's reader of these names has to agree."
    from torchvision.transforms import v2
    size = dict(SMALL, hidden_size=64, num_hidden_layers=1, num_attention_heads=1, intermediate_size=96, patch_size=1)
    def make(): return T.DINOv3ViTModel(T.DINOv3ViTConfig(**size, num_register_tokens=4, use_gated_mlp=True, hidden_act='silu')).eval()
    model = make()
    model.load_state_dict(shake(make()).bfloat16().state_dict())
    old, new = model.state_dict(), {}
    for k, w in old.items():
        k = k.removeprefix('model.')
        for a, b in [('embeddings.register_tokens', 'storage_tokens'), ('embeddings.patch_embeddings', 'patch_embed.proj'), ('embeddings.', ''), ('layer.', 'blocks.'),
                     ('layer_scale1.lambda1', 'ls1.gamma'), ('layer_scale2.lambda1', 'ls2.gamma'), ('gate_proj', 'w1'), ('up_proj', 'w2'), ('down_proj', 'w3'),
                     ('attention.o_proj', 'attn.proj')]: k = k.replace(a, b)
        if '_proj.' not in k: new[k] = w.contiguous()
    a, zero = next(k for k in old if k.endswith('q_proj.weight')).removesuffix('q_proj.weight'), torch.zeros(64)
    new['blocks.0.attn.qkv.weight'] = torch.cat([old[f'{a}{o}_proj.weight'] for o in 'qkv'])
    new['blocks.0.attn.qkv.bias'] = torch.cat([old[f'{a}q_proj.bias'], zero + 7, old[f'{a}v_proj.bias']])  # the 7 is masked
    new['blocks.0.attn.qkv.bias_mask'] = torch.cat([zero + 1, zero, zero + 1])
    new['mask_token'] = new['mask_token'].reshape(1, 64)
    new = {k: v.bfloat16() for k, v in new.items()}
    new['rope_embed.periods'] = (100**(torch.arange(16)/16)).bfloat16()
    (OUT/'dinov3_makers').mkdir(exist_ok=True)
    save_file(new, OUT/'dinov3_makers/dinov3_vits16plus_pretrain_lvd1689m.safetensors')
    again = timm.create_model('vit_small_plus_patch16_dinov3_qkvb', num_classes=0, patch_size=1, embed_dim=64, depth=1, num_heads=1, mlp_ratio=1.5, global_pool='token', img_size=SIZE)
    again.load_state_dict(timm.models.eva.checkpoint_filter_fn({k: v.float() for k, v in new.items()}, again))
    pixels = torch.randn(1, 3, SIZE, SIZE)
    with torch.no_grad(): np.testing.assert_allclose(again.eval()(pixels), model(pixels).pooler_output, atol=1e-5)
    rope = next(m for n, m in model.named_modules() if n.endswith('rope_embeddings'))
    rope.inv_freq = 1/new['rope_embed.periods'].float()
    transform = v2.Compose([v2.ToImage(), v2.Resize((SIZE, SIZE), antialias=True), v2.ToDtype(torch.float32, scale=True),
                            v2.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))])
    finish('dinov3_makers', lambda image: transform(image)[None], lambda pixels, larger: model(pixels).pooler_output, IMAGE)

def inside_openclip(name, model, processor, pool, proj, classes, **images):
    "Write a network of timm as OpenCLIP stores it, as the trunk of its image tower."
    model = shake(model).bfloat16().float()
    for m in model.modules():
        if m is not model and hasattr(m, 'init_non_persistent_buffers'): m.init_non_persistent_buffers()
    big = copy.deepcopy(model)
    big.set_input_size(img_size=LARGER)
    (OUT/name).mkdir(exist_ok=True)
    state = {f'visual.trunk.{k}': v.bfloat16().contiguous() for k, v in model.state_dict().items()}
    state |= {'logit_scale': torch.tensor(4.6), 'text.transformer.weight': torch.zeros(3)}
    save_file(state, OUT/name/'open_clip_model.safetensors')
    vision = dict(image_size=SIZE, timm_model_name=model.pretrained_cfg['architecture'], timm_model_pretrained=False, timm_pool=pool, timm_proj=proj)
    cfg = dict(model_cfg=dict(embed_dim=classes or model.num_features, vision_cfg=vision, text_cfg={}, custom_text=True), preprocess_cfg=images)
    (OUT/name/'open_clip_config.json').write_text(json.dumps(cfg))
    finish(name, lambda image: processor(images=image, return_tensors='pt').pixel_values, lambda pixels, larger: (big if larger else model)(pixels), IMAGE)

TRUNK = dict(img_size=SIZE, patch_size=PATCH, embed_dim=48, depth=1)
@case
def openclip_eva02():
    model = timm.create_model('eva02_base_patch16_clip_224', num_classes=8, **TRUNK)
    inside_openclip('openclip_eva02', model, T.CLIPImageProcessorPil(**CLIP), 'token', None, 8)
@case
def openclip_siglip():
    model, half = timm.create_model('vit_base_patch16_siglip_224', num_classes=0, mlp_ratio=2, **TRUNK), [.5]*3
    inside_openclip('openclip_siglip', model, T.SiglipImageProcessorPil(size=SQUARE), 'map', 'none', 0,
                    mean=half, std=half, interpolation='bicubic', resize_mode='squash')

@case
def pe_makers():
    "Write PE-Core under its makers' names, which timm's reader has to understand; at another size the makers number the patches on."
    args = dict(num_classes=8, img_size=SIZE, patch_size=PATCH, embed_dim=64, depth=1, num_heads=1, mlp_ratio=2.)
    def make(**options): return timm.create_model('vit_pe_core_base_patch16_224', **args | options).eval()
    model = shake(make(ref_feat_shape=(4, 4))).bfloat16().float()
    model.head.bias.data.zero_()
    new = {}
    for k, v in model.state_dict().items():
        for a, b in [('patch_embed.proj', 'conv1'), ('pos_embed', 'positional_embedding'), ('blocks.', 'transformer.resblocks.'), ('norm_pre', 'ln_pre'), ('attn_pool.norm', 'attn_pool.layernorm'),
                     ('cls_token', 'class_embedding'), ('attn_pool.latent', 'attn_pool.probe'), ('attn_pool.proj', 'attn_pool.attn.out_proj'), ('.norm1', '.ln_1'), ('.norm2', '.ln_2'),
                     ('attn.proj', 'attn.out_proj'), ('attn.qkv.', 'attn.in_proj_'), ('mlp.fc1', 'mlp.c_fc'), ('mlp.fc2', 'mlp.c_proj'), ('head.weight', 'proj')]: k = k.replace(a, b)
        if k.startswith('norm.'): k = k.replace('norm.', 'ln_post.')
        if k == 'proj': v = v.T
        if k in ('class_embedding', 'positional_embedding'): v = v.reshape(-1, 64)[0] if k[0] == 'c' else v[0]
        if k != 'head.bias' and 'attn_pool.q.' not in k and 'attn_pool.kv.' not in k: new[k] = v.contiguous()
    for o in ('weight', 'bias'):
        new[f'attn_pool.attn.in_proj_{o}'] = torch.cat([model.state_dict()[f'attn_pool.{part}.{o}'] for part in ('q', 'kv')])
    text = {'positional_embedding': torch.zeros(3, 8), 'logit_scale': torch.tensor(4.6), 'token_embedding.weight': torch.zeros(3, 8)}
    new = {f'visual.{k}': v.bfloat16() for k, v in new.items()} | text
    (OUT/'pe_makers').mkdir(exist_ok=True)
    save_file(new, OUT/'pe_makers/PE-Core-B16-224.safetensors')
    again = make(ref_feat_shape=(4, 4))
    again.load_state_dict(timm.models.eva.checkpoint_filter_fn({k: v.float() for k, v in new.items()}, again))
    big = make(img_size=LARGER, ref_feat_shape=(LARGER//PATCH,)*2)  # so the numbers are not stretched
    table = resample_abs_pos_embed(model.state_dict()['pos_embed'], [LARGER//PATCH]*2, interpolation='bilinear', antialias=False)
    big.load_state_dict(model.state_dict() | dict(pos_embed=table))
    half = [.5]*3
    processor = T.SiglipImageProcessorPil(size=SQUARE, resample=2, image_mean=half, image_std=half)
    finish('pe_makers', lambda image: processor(images=image, return_tensors='pt').pixel_values, lambda pixels, larger: (big if larger else again)(pixels), IMAGE)

def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for name, f in CASES.items():
        if PART in name: f(); print(name)

if __name__ == '__main__': main()
