"""Parts that models are built from: each sequence of layers is written once, here.

Example:

    x = keras.Input((32, 32, 3))
    y = conv_bn_act(x, 16, name="stem")
    y = basic_block(y, 32, strides=2, name="first")
    model = keras.Model(x, classification_head(y, 10))
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
