"""List what timm's source says of each architecture of a ViT: heads, activation, pooling, epsilon, and what else is not a plain ViT.

python timm_architectures.py FOLDER_OF_TIMM > timm_architectures.csv
"""
import ast, csv, sys
from pathlib import Path

PLAIN = dict(qkv_bias=True, qk_norm=False, scale_attn_norm=False, scale_mlp_norm=False, proj_bias=True, final_norm=True, pool_include_prefix=False,
             in_chans=3, pos_embed='learn')
TOLD_BY_SHAPES = set('patch_size img_size embed_dim depth mlp_ratio class_token no_embed_class reg_tokens init_values pre_norm fc_norm dynamic_img_size'.split())
ACTIVATIONS = {None: 'gelu', 'nn.SiLU': 'silu'}

def value(node):
    "The value of an argument, or its source text."
    try: return ast.literal_eval(node)
    except ValueError: return ast.unparse(node)

def arguments(function):
    "The arguments that an entry point of timm gives to the network."
    for o in ast.walk(function):
        if isinstance(o, ast.Assign) and ast.unparse(o.targets[0]) == 'model_args' and isinstance(o.value, ast.Call):
            return {k.arg: value(k.value) for k in o.value.keywords}
    return {}

def row(name, args, plain_file):
    "One line of the table."
    a = dict(args)
    heads, act, pool = a.pop('num_heads', ''), a.pop('act_layer', None), a.pop('global_pool', 'token')
    norm, swiglu = a.pop('norm_layer', None), a.get('mlp_layer') == 'SwiGLUPacked' and bool(a.pop('mlp_layer'))
    others = [f'{k}={v}' for k, v in a.items() if k not in TOLD_BY_SHAPES and v != PLAIN.get(k, ...)]
    if norm not in (None, 'partial(LayerNorm, eps=1e-05)', 'partial(LayerNorm, eps=1e-5)'): others.append(f'norm_layer={norm}')
    if pool == 'map' and (a.get('class_token', True) or a.get('reg_tokens')): others.append('map with tokens before the patches')
    if not plain_file: others = ['another network']
    return [name, heads, ACTIVATIONS.get(act, act), pool, '1e-05' if norm else '1e-06', swiglu, ' '.join(others)]

def rows(folder):
    for file in sorted(Path(folder).glob('models/*.py')):
        for o in ast.parse(file.read_text()).body:
            if isinstance(o, ast.FunctionDef) and any(ast.unparse(d) == 'register_model' for d in o.decorator_list):
                if o.name.startswith(('vit_', 'deit', 'eva', 'flexivit_')):
                    yield row(o.name, arguments(o), file.name in ('vision_transformer.py', 'deit.py'))

if __name__ == '__main__':
    out = csv.writer(sys.stdout, lineterminator='\n')
    out.writerow(['architecture', 'heads', 'act', 'pool', 'epsilon', 'swiglu', 'others'])
    out.writerows(sorted(rows(sys.argv[1])))
