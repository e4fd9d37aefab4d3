"""Where to start with the learning rate, by situation (guide rows 52, 53)."""

from recipes.recommended.entry import Recommendation

STARTING_RATES = {
    "classes": Recommendation(
        0.1,
        "Momentum with batch normalization bears it; at batch 256 it is ImageNet's.",
        "guide rows 52, 53; Goyal et al. 2017, arXiv:1706.02677",
        search=(0.01, 1.0),
        scale="log",
    ),
    "without norm": Recommendation(
        0.01,
        "Without a norm the smaller of the two rates to begin with: nothing tames the step.",
        "guide row 53",
        search=(1e-3, 0.3),
        scale="log",
    ),
    "large model": Recommendation(
        1e-3,
        "A large rate for Adam, which a large model bears with large batches and batch norm.",
        "guide row 52; Kingma & Ba 2015, arXiv:1412.6980",
        search=(1e-4, 1e-2),
        scale="log",
    ),
    "gan": Recommendation(
        2e-4,
        "At batch 16 images are translated stably with Adam at 2e-4 to 3e-4.",
        "guide row 52; Isola et al. 2017, arXiv:1611.07004",
        search=(2e-4, 3e-4),
        scale="log",
    ),
}
