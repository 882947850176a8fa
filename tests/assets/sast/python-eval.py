import ast
import builtins


def calculate(text, model):
    # ruleid: python-eval
    first = eval(text)
    # ruleid: python-eval
    exec("x = " + text, {})
    # ruleid: python-eval
    builtins.eval(compile(text, "input", "eval"))
    # ok: python-eval
    second = eval("1 + 1")
    # ok: python-eval
    third = ast.literal_eval(text)
    # ok: python-eval
    model.eval()
    return first, second, third
