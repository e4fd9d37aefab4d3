"""The examples in the docstrings of all public names, and what is looked at before they run."""

import ast
import builtins
import inspect
import re
import textwrap

import recipes
import tuners

MODULES = (tuners.plots, tuners.pruning, recipes.blocks)


def public_names():
    """Returns all public names of both packages with what they stand for."""
    return {
        name: getattr(module, name)
        for module in (*MODULES, recipes, tuners)  # one plot_history is that of `recipes`
        for name in module.__all__
    }


def documented():
    """Yields the name and the object of each public function, class and method of ours."""
    for module in (recipes, tuners, *MODULES):
        for name in module.__all__:
            found = getattr(module, name)
            if not callable(found) or not found.__module__.startswith(("recipes", "tuners")):
                continue  # a module, a number, or a class of KerasTuner
            yield f"{module.__name__}.{name}", found
            for own, method in vars(found).items() if inspect.isclass(found) else ():
                if not own.startswith("_") and callable(getattr(found, own)):
                    yield f"{module.__name__}.{name}.{own}", getattr(method, "__func__", method)


def example_of(found):
    """Returns the code of the example in a docstring, or None."""
    match = re.search(r"\nExample:\n\n((?:    .+\n?|\n)+)", inspect.getdoc(found) or "")
    return match and textwrap.dedent(match[1])


class _Smaller(ast.NodeTransformer):
    def __init__(self, values):
        self._values = values

    def visit_keyword(self, node):
        self.generic_visit(node)
        if node.arg in self._values:
            node.arg, value = self._values[node.arg]
            node.value = ast.Constant(value)
        return node

    def visit_Call(self, node):
        self.generic_visit(node)
        names = [keyword.arg for keyword in node.keywords]
        if ast.unparse(node.func) == "fit" and "epochs" not in names:
            node.keywords.append(ast.keyword(*_constant(self._values["epochs"])))
        return node


def _constant(pair):
    return pair[0], ast.Constant(pair[1])


def smaller(code, values):
    """Returns code whose calls have other arguments.

    Args:
        code: Some Python.
        values: Dict from the name of an argument to the pair (name, value) that takes its place. A
            call of `fit` without epochs gets them.
    """
    return ast.unparse(ast.fix_missing_locations(_Smaller(values).visit(ast.parse(code))))


def mistakes(code, names):
    """Yields what is wrong with some code, without running it.

    Args:
        code: Some Python.
        names: Dict of the names that it may take as given. A call of one of them, or of an
            attribute of one of them, must have arguments that its signature takes.
    """
    tree = ast.parse(code)
    nodes = list(ast.walk(tree))
    made = {node.id for node in nodes if isinstance(node, ast.Name) and _is_stored(node)}
    made |= {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    made |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    known = {*names, *made, *vars(builtins)}
    used = (node.id for node in nodes if isinstance(node, ast.Name))
    yield from (f"{name} is unknown" for name in used if name not in known)
    for call in (node for node in nodes if isinstance(node, ast.Call)):
        called = _found(call.func, {name: names[name] for name in names.keys() - made})
        trouble = called is not None and _trouble(called, call)
        if trouble:
            yield f"{ast.unparse(call)}: {trouble}"


def _is_stored(node):
    return isinstance(node.ctx, ast.Store)


def _found(node, names):
    """Returns what an expression such as `kt.Objective` stands for, None where it is not known."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _found(node.value, names)
        return None if owner is None else getattr(owner, node.attr)
    return None


def _trouble(called, call):
    """Returns why a function would not take the arguments of a call, or None."""
    positional = [None for argument in call.args if not isinstance(argument, ast.Starred)]
    keywords = {each.arg: None for each in call.keywords if each.arg is not None}
    is_whole = len(positional) == len(call.args) and len(keywords) == len(call.keywords)
    try:
        signature = inspect.signature(called)
        (signature.bind if is_whole else signature.bind_partial)(*positional, **keywords)
    except TypeError as error:
        return str(error)
    except ValueError:  # without a signature
        return None
    return None
