"""What data, task and model change in the recommended recipe; `Recipe.for_data` chooses by it."""

from recipes.recommended.entry import Recommendation
from recipes.recommended.rates import STARTING_RATES

_SMOOTHED_NUMBERS = "The targets are numbers: there is no class to be less sure of."

# One seed each, batch size 64, validation accuracy. Digits, 30 epochs: two dense layers, two
# convolutions, eight. Momentum at 0.01: 0.910, 0.917, 0.101; at 0.1: 0.972, 0.979, 0.101. Adam at
# 0.001: 0.906, 0.917, 0.948; at 0.003: 0.962, 0.969, 0.979; at 0.01: 0.983, 0.972, 0.979. 4,000
# images of CIFAR-10, 10 epochs: two convolutions, six. Momentum at 0.01: 0.424, 0.357; at 0.1:
# 0.464, 0.084. Adam at 0.001: 0.482, 0.471; at 0.003: 0.513, 0.491; at 0.01: 0.524, 0.369.
WITHOUT_NORM = {
    "optimizer": Recommendation(
        "adam",
        "Without a norm the gradients of the layers differ in size, which Adam evens out: by "
        "momentum eight plain convolutions learn the digits at no rate from 0.01 to 0.1.",
        "guide rows 37, 38; Kingma & Ba 2015, arXiv:1412.6980",
    ),
    "learning_rate": Recommendation(
        3e-3,
        "A peak that Adam bears with a warm-up, without a norm too: nothing else tames the step.",
        "guide row 53; measured on digits and CIFAR-10",
    ),
}

# Steps whose gradients multiply.
RECURRENT = {
    "optimizer": Recommendation(
        "adam",
        "Rare tokens and saturated gates get gradients of very different size, which Adam evens "
        "out; momentum needs far more steps on text.",
        "guide row 37; Kingma & Ba 2015, arXiv:1412.6980",
    ),
    "learning_rate": Recommendation(
        0.01,
        "The smaller of the two rates to begin with, and a peak that Adam bears with a warm-up "
        "and a limit on the gradient.",
        "guide row 53",
    ),
    "clip_norm": Recommendation(
        1.0,
        "Gradients through many steps multiply and may explode: longer ones are scaled down.",
        "guide row 49; Pascanu et al. 2013, arXiv:1211.5063",
    ),
}
ATTENTION = {
    "optimizer": Recommendation(
        "adam",
        "Attention trains badly by momentum: its gradients have heavy tails.",
        "guide row 37; Zhang et al. 2020, arXiv:1912.03194",
    ),
    "learning_rate": Recommendation(
        1e-3,
        "A large rate for Adam, which a model with a norm bears after a warm-up.",
        "guide row 52",
    ),
    "clip_norm": RECURRENT["clip_norm"],
}
SMALL_RECURRENT = {
    "dropout": Recommendation(
        0.5,
        "On small data half of the features may go, at input and output of the recurrent layers.",
        "guide rows 27, 28; Zaremba et al. 2014, arXiv:1409.2329",
    ),
}

TASK_VALUES = {
    "classification": {},
    "multi_label": {
        "label_smoothing": Recommendation(
            0.0,
            "A smoothing of 0.1 makes 0.05 of each 0, and a rare label is less frequent than that.",
            "guide row 11",
        ),
    },
    "next_step": {
        "label_smoothing": Recommendation(
            0.0,
            "The goal is the cross-entropy itself (bits per character), and smoothing adds to it.",
            "Müller et al. 2019, arXiv:1906.02629",
        ),
    },
    "mask": {
        "optimizer": Recommendation(
            "adam",
            "A few images with many pixels each: few steps, for which momentum is too slow.",
            "guide rows 37, 38",
        ),
        "learning_rate": Recommendation(
            1e-3,
            "A large rate for Adam, which a model with a norm bears after a warm-up.",
            "guide row 52; Kingma & Ba 2015, arXiv:1412.6980",
        ),
        "batch_size": Recommendation(
            16,
            "Each image has a target for each of its pixels: a few make a good gradient.",
            "guide row 52",
        ),
        "label_smoothing": Recommendation(
            0.0,
            "Most pixels lie within an area and are sure; the border is where smoothing would blur "
            "it.",
            "Ronneberger et al. 2015, arXiv:1505.04597, train without it",
        ),
    },
    "image": {
        "optimizer": Recommendation(
            "adam",
            "For outputs that are images the guide's choice: small steps of equal size.",
            "guide row 70",
        ),
        "learning_rate": STARTING_RATES["gan"],
        "batch_size": Recommendation(
            16,
            "The guide's for images as outputs, with a rate of 2e-4 to 3e-4.",
            "guide row 52",
        ),
        "label_smoothing": Recommendation(0.0, _SMOOTHED_NUMBERS, "guide row 11"),
    },
    "regression": {
        "optimizer": Recommendation(
            "adam",
            "A squared error grows without limit with the size of the targets, and with it the "
            "steps of momentum; Adam's do not.",
            "guide row 37; Kingma & Ba 2015, arXiv:1412.6980",
        ),
        "learning_rate": Recommendation(
            1e-3,
            "Adam's published rate.",
            "guide row 52; Kingma & Ba 2015, arXiv:1412.6980",
        ),
        "label_smoothing": Recommendation(0.0, _SMOOTHED_NUMBERS, "guide row 11"),
    },
}

NO_IMAGES = {
    "augmentation": Recommendation(
        0,
        "The samples are no images: there is nothing to shift or flip.",
        "guide row 18",
    ),
    "shift": Recommendation(0.0, "The samples are no images.", "guide row 18"),
}

ADAMS_DECAY = Recommendation(
    5e-3,
    "Apart from the gradient, and times the learning rate: with Adam's small rates a weak decay.",
    "guide row 33; Loshchilov & Hutter 2019, arXiv:1711.05101",
)

# One seed each, 12 epochs of a ResNet-10: 0.789 of CIFAR-10 from 0.15, 0.805 from 0.3, 0.793 from
# 0.6; after 7 epochs of a wider one 0.757 from 0.15 and 0.775 from 0.3.
BUDGETED_RATE = Recommendation(
    0.3,
    "A budget holds few epochs of images, and they want a larger peak than a long run: 0.805 of "
    "CIFAR-10 where 0.15 reaches 0.789.",
    "guide row 47; measured on CIFAR-10: python -m benchmarks.recipes",
)
BUDGETED_EPOCHS = Recommendation(
    1_000,
    "No more than a ceiling: the budget ends the run, and the schedule ends with it.",
    "guide rows 7, 8",
)
