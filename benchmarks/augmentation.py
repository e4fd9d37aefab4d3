"""What each level of augmentation costs a training step (guide rows 10, 18).

A ResNet-20 trains on 32×32 colour images in batches of 64, from `training_batches`: once without
augmentation and once with each level, flips included. Blocks of steps take turns, so that all meet
the same load of the machine; a block begins with steps that are not timed, and ends with its
pipeline, so that nothing is made beside the next block. The cost of a level is the median, over the
rounds, of its block's time over that of the block without augmentation in the same round: of the
time that passes, which other work on the machine disturbs, and of the processor time of all
threads, which it disturbs less.

    python -m benchmarks.augmentation [--data-dir FOLDER] [--rounds 7] [--steps 8]

Images are made at random, or read from a folder such as unzipped CIFAR-10.
"""

import statistics
import time

import typer

from benchmarks.figures import write_figures
from recipes.console import load_tensorflow

BATCH = 64
LEVELS = (0, 1, 2, 3)
WARM = 3  # steps that are not timed


def main(
    data_dir: str = typer.Option(None, help="Folder of images; made images without it."),
    rounds: int = typer.Option(7, help="Rounds of blocks that are timed."),
    steps: int = typer.Option(8, help="Steps a block."),
    json_path: str = typer.Option("benchmarks/augmentation.json", "--json", help="Figures."),
):
    """Measure the step time with each level of augmentation."""
    load_tensorflow()
    x, y = read(data_dir) if data_dir else make()
    model = prepare(x)
    batches = {level: make_batches(x, y, level) for level in LEVELS}
    times = [
        {level: time_steps(batches[level], steps, model.train_on_batch) for level in LEVELS}
        for _ in range(rounds)
    ]
    alone = {level: time_steps(batches[level], steps, lambda x, y: None) for level in LEVELS}
    rows = [summarize(level, times, alone[level]) for level in LEVELS]
    for row in rows:
        print(
            f"level {row['level']}  step {row['step_ms']:7.1f} ms  "
            f"time × {row['time_ratio']['median']:.3f}  "
            f"processor time × {row['cpu_ratio']['median']:.3f}  "
            f"batch alone {row['batch_cpu_ms']:5.1f} ms of processor time"
        )
    source = "folder" if data_dir else "made"
    write_figures(
        json_path,
        "python -m benchmarks.augmentation",
        images=source,
        batch_size=BATCH,
        rounds=rounds,
        steps=steps,
        rows=rows,
    )


def read(folder):
    """Returns images and classes of a folder."""
    from recipes import load_images

    data = load_images(folder, size=(32, 32), color="rgb", unreadable="skip")
    return data.x, data.y


def make(count=4_000, *, seed=0):
    """Returns images of noise in 10 classes: their cost is that of photographs.

    Args:
        count: How many.
        seed: A whole number of at least 0.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    return random.integers(0, 256, (count, 32, 32, 3), "uint8"), random.integers(0, 10, count)


def prepare(x):
    """Returns a compiled ResNet-20 that standardizes its input itself."""
    from recipes import build_resnet, make_preprocessing, with_preprocessing

    model = build_resnet((32, 32, 3), 10, seed=0)
    model = with_preprocessing(model, make_preprocessing("standardize", x[:4_000]))
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def make_batches(x, y, level):
    """Returns the training batches of one level."""
    from recipes import augmentation, training_batches

    layer = augmentation(level, flip="horizontal", value_range=(0, 255))
    return training_batches(x, y, batch_size=BATCH, augmentation=layer)


def time_steps(batches, steps, use):
    """Returns the mean seconds of a step, and its processor seconds: a batch is made and used."""
    iterator = iter(batches)
    for _ in range(WARM):
        use(*next(iterator))
    started, worked = time.perf_counter(), time.process_time()
    for _ in range(steps):
        use(*next(iterator))
    return (time.perf_counter() - started) / steps, (time.process_time() - worked) / steps


def summarize(level, times, alone):
    """Returns the median step of a level, and its ratios to the step without augmentation."""
    return {
        "level": level,
        "step_ms": round(1e3 * statistics.median(item[level][0] for item in times), 1),
        "time_ratio": spread([item[level][0] / item[0][0] for item in times]),
        "cpu_ratio": spread([item[level][1] / item[0][1] for item in times]),
        "batch_cpu_ms": round(1e3 * alone[1], 1),
    }


def spread(ratios):
    """Returns the median of ratios, and their lowest and highest value."""
    low, middle, high = min(ratios), statistics.median(ratios), max(ratios)
    return {"median": round(middle, 3), "lowest": round(low, 3), "highest": round(high, 3)}


if __name__ == "__main__":
    typer.run(main)
