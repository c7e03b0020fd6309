"""Run one command of `uec` and measure it: python fit_profile_worker.py RESULT START COMMAND ...

RESULT is a JSON file to write, START the time of the clock when this process was started. Written are the time and
processor time of each step, the rows that a model embedded, when the first ones were there, and whether Model Garden
was imported.
"""
import importlib, json, resource, sys, time
from functools import partial
from pathlib import Path

STEPS = { # module -> its names that are steps, as a reader of the table knows them
    'uec.fit.run': dict(find_photos='list the photographs', open_backbone='load the model',
                        seconds_per_photo='try a few photographs'),
    'uec.fit.work': dict(duplicate_groups='find near-duplicates', choose_head='choose the head', fit_head='fit the head'),
    'uec.retrieval.engines': dict(open_embedder='load the model, compare the engines'),
    'uec.retrieval.evaluate': dict(embed_images='read and embed', evaluate='search and score', score_table='intervals',
                                   scores_to_dict='intervals')}


def processor():
    "Seconds of the processor that this process has used."
    return sum(resource.getrusage(resource.RUSAGE_SELF)[:2])


class Counted:
    "A function of a model that counts the images it embeds."
    def __init__(self, embed): self.embed = embed
    def __getattr__(self, name): return getattr(self.embed, name)
    def __call__(self, images, *rest):
        found = self.embed(images, *rest)
        if tf.executing_eagerly(): rows.append([time.time() - started, len(images)])  # no graph is traced
        return found


def timed(step, work):
    "A function that adds its time to a step; what it calls counts for itself."
    def run(*arguments, **options):
        clock, cpu = time.time(), processor()
        inner.append([0., 0.])
        try: return work(*arguments, **options)
        finally:
            took = [time.time() - clock, processor() - cpu]
            below = inner.pop()
            for own in inner[-1:]: own[:] = [own[i] + took[i] for i in (0, 1)]
            before = steps.setdefault(step, [0., 0.])
            steps[step] = [before[i] + took[i] - below[i] for i in (0, 1)]
    return run


def watch(command):
    "Put the measurements in their places."
    from uec.retrieval import embed
    from uec.retrieval.engines import OpenVINO
    make, run = embed.Embedder.__new__, OpenVINO.__call__
    def counted(cls, preprocess, embed, *rest, **more): return make(cls, preprocess, Counted(embed), *rest, **more)
    embed.Embedder.__new__ = staticmethod(counted)
    OpenVINO.__call__ = lambda self, images: Counted(partial(run, self))(images)
    for module, names in STEPS.items():
        if module.startswith('uec.fit') != (command == 'fit'): continue
        module = importlib.import_module(module)
        for name, step in names.items(): setattr(module, name, timed(step, getattr(module, name)))
    if command != 'fit': return
    stages = importlib.import_module('uec.fit.stages').Stages
    run_stage = stages.run
    stages.run = lambda self, name, *rest: timed(f'stage: {name}', run_stage)(self, name, *rest)


result, started, *arguments = sys.argv[1:]
started, steps, rows, inner = float(started), {}, [], []
from uec.cli.app import main
from uec.onednn import prefer_onednn
prefer_onednn()
import tensorflow as tf
watch(arguments[0])
steps['start and imports'] = [time.time() - started, processor()]
sys.argv[:] = ['uec', *arguments]
status = 0
try: main()
except SystemExit as stop: status = stop.code or 0
total = [time.time() - started, processor()]
steps['the rest'] = [total[i] - sum(o[i] for o in steps.values()) for i in (0, 1)]
Path(result).write_text(json.dumps(dict(status=status, steps=steps, total=total, rows=rows,
                                        official='official' in sys.modules)))
