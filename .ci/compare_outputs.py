"""Compare the outputs that a notebook stores with those of a run, cell by cell.

Floats, times, sizes in bytes and addresses are masked, white space is collapsed, and standard error is
left out.
A cell marked `#| varies` has an output that differs between machines or runs: only its kind is compared.
"""
import re

UNITS = r'ms|s|min|h|kB|MB|GB|MiB|GiB|GFLOP/s|images/s|steps/s|times|x|%'
MASKS = [(r'0x[0-9a-f]{6,}', '0x#'),                             # addresses of objects
         (r'\d+:\d\d(:\d\d)?(\.\d+)?', '#'),                       # clock times
         # floats, and those of NumPy such as `1.`
         (r'-?(\d[\d,]*)?\.\d+(e[+-]?\d+)?|-?\d+(\.\d*)?e[+-]?\d+|-?\d+\.(?!\w)', '#'),
         (rf'\b\d[\d,]*(?= ?({UNITS})\b)', '#'),                   # counts with a unit
         (r'\b(nan|inf)\b', '#'), (r'[-+]#', '#'), (r'[-=─━]{2,}', '-'), (r'\s+', ' '), (r' (?=[\],])', '')]


def masked(text):
    "The text of an output with what changes from run to run masked."
    for pattern, mask in MASKS: text = re.sub(pattern, mask, text)
    return text.strip()


def text_of(outputs):
    "What a cell printed to standard output, and its last value."
    streams = (o for o in outputs if o['output_type'] == 'stream' and o['name'] == 'stdout')
    values = (o['data'] for o in outputs if o['output_type'] in ('execute_result', 'display_data'))
    texts = (data['text/plain'] for data in values if 'text/plain' in data and 'image/png' not in data)
    parts = [*(o['text'] for o in streams), *texts]
    return '\n'.join(part if isinstance(part, str) else ''.join(part) for part in parts)


CHECKSUM = r'\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{8,}\b'


def words(text):
    "The text of an output without numbers and checksums, and without the precision that suits a processor."
    text = re.sub(CHECKSUM, '#', text)
    return re.sub(r'[\d#]+(, [\d#]+)*', '#', masked(text)).replace('bfloat#', 'float#')


def only_numbers_differ(stored, run):
    "Tell whether two outputs are one text with other numbers, as another processor may give."
    same = words(text_of(stored)) == words(text_of(run))
    return same and has_picture(stored) >= has_picture(run)


def difference_of_runs(stored, run, varies=False):
    """Say how the stored outputs of a cell differ from those of a shorter run; empty if they do not.

    Numbers may differ, and so may how often a line or a column of numbers is repeated, as in a table of
    evaluations.
    """
    def lines(outputs):
        return {re.sub(r'#( #)+', '#', words(line)) for line in text_of(outputs).splitlines()} - {''}

    if has_picture(run) != has_picture(stored): return 'a picture is stored, or drawn, and not both'
    old, new = lines(stored), lines(run)
    if old == new or varies and bool(old) == bool(new): return ''
    return f'only stored are {sorted(old - new)}, only in the run {sorted(new - old)}'


def has_picture(outputs): return any('image/png' in o.get('data', {}) for o in outputs)


def difference(stored, run, varies=False):
    "Say how the stored outputs of a cell differ from those of a run; empty if they do not."
    if has_picture(run) and not has_picture(stored): return 'the run draws a picture, and none is stored'
    old, new = masked(text_of(stored)), masked(text_of(run))
    if old == new or varies and bool(old) == bool(new): return ''
    if not old: return f'the run gives {new[:200]!r}, and nothing is stored'
    if not new: return f'stored is {old[:200]!r}, and the run gives nothing'
    at = next((i for i, (a, b) in enumerate(zip(old, new)) if a != b), min(len(old), len(new)))
    around = slice(max(0, at - 40), at + 80)
    return f'stored is ...{old[around]!r}, and the run gives ...{new[around]!r}'
