"""`fit`: from a model and data to a trained model and a verdict (guide row 1)."""

import contextlib

from recipes.data.batches import as_batches
from recipes.training.records.run_folder import RunFolder
from recipes.training.run import Run as Run
from recipes.training.session.compiling import compile_model as compile_model
from recipes.training.session.job import make_job
from recipes.training.session.session import Session


def fit(
    model,
    train,
    *,
    validation=None,
    recipe=None,
    budget=None,
    epochs=None,
    batch_size=None,
    initial_epoch=0,
    seed=0,
    folder=None,
    callbacks=(),
    class_weight=None,
    preflight=True,
    force=False,
    deterministic=False,
    source=None,
    verbose="auto",
):
    """Trains with the recommended recipe: momentum, warm-up, cosine, weight decay.

    Data and graph are checked first. The model that is given is trained in place, as in Keras, and
    its network is never changed; a builder is called with the depth and the width that suit data
    and budget. A model that is not compiled gets loss and metrics by its head and its labels:
    cross-entropy and accuracy for classes (softmax, or logits) and for several labels at once
    (sigmoid), mean squared error for numbers. One that is compiled keeps its loss and metrics,
    says so, and gets the optimiser of the recipe.

    With a folder the training can be killed at any moment: called again with the same arguments
    and the same network it goes on after its last finished epoch, and ends with the same weights,
    bit by bit; a finished run is returned at once. Of a `tf.data.Dataset` that holds where it
    shuffles by a seed.

    Args:
        model: A built `keras.Model` with one output, or a builder:
            `functools.partial(build_resnet, (32, 32, 3), 10)`.
        train: Pair (x, y) of arrays, the first axis of both the samples; or (x, y, sample_weight);
            a `tf.data.Dataset` of batches of them, or a `keras.utils.PyDataset`. Labels are whole
            numbers, one-hot, several 0s and 1s, or numbers. Images are augmented as the recipe
            says, whatever they come in: batches that are augmented already take
            `Recipe(augmentation=0)`.
        validation: Data of one of these forms, or None: then there is no verdict.
        recipe: A `Recipe`, or the record of an earlier run (`read_record`) whose recipe is taken;
            None takes the recommended one.
        budget: How long it may take: "10m", "2h", or seconds. Without `epochs` it is used exactly:
            the rate follows the share of it that has gone. With `epochs` the training is refused
            if it would take longer (guide row 7). A forecast above 12 hours is refused too (row 8).
            A builder of classes that has no recipe, and more than a minute, is trained in bfloat16
            where the processor computes in it and a step was measured to be faster.
        epochs: Passes over the training data, in place of the recipe's.
        batch_size: Samples a step, in place of the recipe's; 1 is allowed (row 73). A
            `tf.data.Dataset` or `PyDataset` has its own. The recommended rate follows it (row 51);
            that of a recipe which is given does not.
        initial_epoch: How many epochs were trained before, from 0: the training goes on to the last
            of the recipe. The schedule follows the steps of the optimiser, so that a callback must
            put back its state before the first step. With a folder this is done for you.
        seed: A whole number of at least 0: the order of the samples, dropout (row 2). The weights
            were made before; `build_resnet(seed=…)` seeds them.
        folder: Where the run is kept, or None; `recipes/training/records/run_folder.py` lists the
            files.
        callbacks: More Keras callbacks; none that sets the learning rate. What they remember goes
            on with an interrupted training, as far as it is numbers, texts and arrays.
        class_weight: Dict from classes to weights, or "balanced".
        preflight: Whether data and graph are checked first (row 4).
        force: Whether a forecast above the budget or 12 hours is no reason to refuse.
        deterministic: Whether TensorFlow is told to use deterministic operations alone, for the
            rest of the process; on one CPU two runs are equal without it.
        source: A dict that JSON can hold, kept in the record: where the data are from.
        verbose: 0 for nothing, 1 for a bar, 2 for a line an epoch, "auto" for a bar on a terminal.

    Returns:
        A `Run`.

    Raises:
        DataError: If the data cannot be trained on: all reasons in one message.
        GraphError: If a layer of the model cannot learn.
        FolderError: If the folder cannot be written to, or its disk is full: what was finished is
            kept.
        ArgumentError: If an argument breaks its rule, the model is none of these, the training
            does not fit its budget, or the folder holds a run with other settings.

    Example:

        model = build_resnet((8, 8, 1), num_classes=10)
        run = fit(model, (x, y), validation=(x_val, y_val))
        print(run.diagnosis)
    """
    job = make_job(
        recipe=recipe,
        budget=budget,
        epochs=epochs,
        batch_size=batch_size,
        initial_epoch=initial_epoch,
        seed=seed,
        callbacks=callbacks,
        class_weight=class_weight,
        preflight=preflight,
        force=force,
        deterministic=deterministic,
        source=source,
        verbose=verbose,
    )
    train = as_batches("fit", "train", train)
    validation = validation if validation is None else as_batches("fit", "validation", validation)
    with RunFolder(folder) if folder is not None else contextlib.nullcontext() as kept:
        return Session(job, train, validation, kept).run(model)
