"""The names of keras_tuner that a script needs beside ours, handed on as they are."""

from keras_tuner import HyperModel, HyperParameters, Objective, synchronized

__all__ = ["HyperModel", "HyperParameters", "Objective", "synchronized"]
