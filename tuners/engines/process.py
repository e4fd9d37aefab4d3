"""The process of one trial: it runs there in a thread, and its search asks for the next message.

Nothing here loads Keras: a trial that calls a function of the values needs none.
"""

import os
import pickle
import queue
import threading
import traceback

_THREADS = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")  # else one for each core


class TrialProcess:
    """Runs one trial; as a Ray actor it has a process of its own, which ends with the trial.

    A message is a tuple: `("asks", method, arguments)`, which the search answers with `go_on`, and
    at the end `("completed", what came of it)` or `("raised", error, traceback)`.

    Args:
        name: Name of the trial.
        cpus: Number of processors that the trial may use.
    """

    def __init__(self, name, cpus):
        self._name = name
        self._messages, self._answers = queue.SimpleQueue(), queue.SimpleQueue()
        for variable in _THREADS:
            os.environ.setdefault(variable, str(max(1, int(cpus))))

    def __repr__(self):
        return f"trial {self._name}"  # Ray writes it before each line that the process prints

    def begin(self, pickled, data, state, files):
        """Begins the trial; returns its first message.

        Args:
            pickled: A task of `tasks.py`, as cloudpickle has it.
            data: Pair of what `search` was given: positional and keyword arguments.
            state: The state of the trial, as `Trial.get_state` returns it.
            files: Its files: dict of bytes by name.
        """
        arguments = (pickled, data, state, files)
        threading.Thread(target=self._run, args=arguments, daemon=True).start()
        return self._messages.get()

    def go_on(self, answer):
        """Answers the last message, a pair of whether that went well, and a value or an error.

        Returns:
            The next message.
        """
        self._answers.put(answer)
        return self._messages.get()

    # --- steps ------------------------------------------------------------------------------------

    def _run(self, pickled, data, state, files):
        try:
            task = pickle.loads(pickled)
            message = ("completed", task(self._ask, data, state, files))
        except BaseException as error:  # SystemExit too: the search waits for a message
            message = ("raised", as_sent(error), traceback.format_exc())
        self._messages.put(message)

    def _ask(self, method, *arguments):
        """Asks the search, and returns its answer; what went wrong there is raised here."""
        self._messages.put(("asks", method, arguments))
        is_well, answer = self._answers.get()
        if not is_well:
            raise answer
        return answer


def as_sent(error):
    """Returns an error as it can be sent: one that cannot be pickled becomes its text."""
    from ray import cloudpickle

    if not isinstance(error, Exception):
        return RuntimeError(repr(error))
    try:
        pickle.loads(cloudpickle.dumps(error))
    except Exception:  # whatever the pickling of a foreign object raises
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
