"""One cell of the benchmark, in a process of its own: one contender, one task, one seed.

`benchmarks.recipes` starts it; it prints the cell as a line of JSON.

    python -m benchmarks.training.cell images "ResNet-20 by hand" 0 300 ../shared/data
"""

import json
from pathlib import Path

import typer

from recipes.console import load_tensorflow


def main(task: str, contender: str, seed: int, seconds: float, data_dir: Path):
    """Train one contender on one task, and print how good it is."""
    load_tensorflow()
    import keras

    from benchmarks.training.clock import Clock
    from benchmarks.training.contenders import CONTENDERS
    from benchmarks.training.tasks import TASKS

    data = TASKS[task].load(data_dir)
    keras.utils.set_random_seed(seed)
    trained = CONTENDERS[task][contender](data, Clock(seconds), seed)
    cell = {
        "scores": TASKS[task].scores(trained.predict, data),
        "seconds": round(trained.seconds, 2),
        "epochs": trained.epochs,
        "steps": int(trained.model.optimizer.iterations),
        "parameters": trained.model.count_params(),
    }
    print(json.dumps(cell))


if __name__ == "__main__":
    typer.run(main)
