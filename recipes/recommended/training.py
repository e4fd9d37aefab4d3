"""The recommended value of each field of a recipe, where nothing is known of the data."""

from recipes.recommended.entry import Recommendation

_CIFAR = "measured on CIFAR-10: python -m benchmarks.recipes"

TRAINING = {
    "optimizer": Recommendation(
        "momentum",
        "With a decaying rate it ends at least as well as Adam on small images.",
        "guide rows 37, 38",
    ),
    "learning_rate": Recommendation(
        0.15,
        "The peak at batch size 64 that momentum bears with a norm; the first value to tune.",
        f"guide rows 47, 52, 53; {_CIFAR}",
        search=(0.01, 1.0),
        scale="log",
    ),
    "momentum": Recommendation(
        0.9,
        "The value of the published residual networks.",
        "He et al. 2015, arXiv:1512.03385",
    ),
    "batch_size": Recommendation(
        64,
        "Small data need many steps an epoch more than they need large batches.",
        "guide row 47; Masters & Luschi 2018, arXiv:1804.07612",
        choices=(16, 32, 64, 128, 256),
    ),
    "weight_decay": Recommendation(
        5e-3,
        "Keras decays apart from the gradient: the published 5e-4 divided by 1 - momentum.",
        "guide row 33; Loshchilov & Hutter 2019, arXiv:1711.05101",
        search=(5e-4, 5e-2),
        scale="log",
    ),
    "clip_norm": Recommendation(
        None,
        "With a norm and a warm-up gradients stay tame; recurrent networks get a limit.",
        "guide row 49; Pascanu et al. 2013, arXiv:1211.5063",
    ),
    "schedule": Recommendation(
        "cosine",
        "A smooth fall to 0 needs no milestones to be chosen.",
        "guide row 48; Loshchilov & Hutter 2017, arXiv:1608.03983",
    ),
    "warmup": Recommendation(
        0.15,
        "A small rate for the first steps keeps fresh weights from diverging; short runs need "
        "the upper end of 5 to 15 %.",
        f"guide rows 49, 50; Goyal et al. 2017, arXiv:1706.02677; {_CIFAR}",
    ),
    "factor": Recommendation(
        None,
        'Of the schedules "step" and "plateau" alone; None takes their own.',
        "guide rows 39, 54",
    ),
    "cycles": Recommendation(
        None,
        'Of the schedules "cosine" and "cyclic" alone; None takes their own, 1 and 3.',
        "guide row 48; Loshchilov & Hutter 2017, arXiv:1608.03983",
    ),
    "label_smoothing": Recommendation(
        0.1,
        "Targets of 0.9 in place of 1 keep a classifier from becoming too sure of itself.",
        f"Szegedy et al. 2015, arXiv:1512.00567; {_CIFAR}",
    ),
    "augmentation": Recommendation(
        1,
        "Shifts, and flips where they change no label: the level that helps in short runs too.",
        f"guide row 18; python -m benchmarks.digits; {_CIFAR}",
    ),
    "shift": Recommendation(
        0.125,
        "Shifts by up to an eighth of the side: 0.994 of the test digits, 0.991 without.",
        "guide row 18; python -m benchmarks.digits",
        search=(0.0, 0.25),
        step=0.0625,
    ),
    "flip": Recommendation(
        None,
        "A flip may change the label, as of a digit: only the data can tell.",
        "guide row 18",
    ),
    "preprocessing": Recommendation(
        "auto",
        "Chosen by the task: a standard deviation of 1 for labels, a fixed range for images.",
        "guide rows 20, 24",
    ),
    "ema": Recommendation(
        None,
        "Averages help most where the rate stays high to the end; the cosine's falls to 0.",
        "guide row 67; Izmailov et al. 2018, arXiv:1803.05407",
    ),
    "precision": Recommendation(
        "float32",
        "Half precision is slower on most CPUs; on one that computes in bfloat16 a step was up to "
        "1.5 times as fast. With a builder and a budget, `fit` measures it, and takes what is "
        "faster.",
        "Micikevicius et al. 2017, arXiv:1710.03740",
    ),
    "epochs": Recommendation(
        30,
        "Enough for a residual network on a thousand small images.",
        "python -m benchmarks.digits",
    ),
    "dropout": Recommendation(
        0.0,
        "Batch normalization regularises already; before the head more is safe.",
        "guide row 31; Li et al. 2018, arXiv:1801.05134",
        search=(0.0, 0.5),
        step=0.1,
    ),
    "depth": Recommendation(
        None,
        "It follows from the data and the budget where `fit` builds the model.",
        "guide rows 9, 25, 74",
    ),
    "width": Recommendation(
        None,
        "It follows from the data and the budget where `fit` builds the model.",
        "guide rows 9, 25, 74",
    ),
    "regularize": Recommendation(
        0,
        "The weight decay is enough to begin with; climb a rung while the verdict is overfitting.",
        "guide rows 33, 82",
        search=(0, 3),
        step=1,
    ),
}
