import yaml
from yaml import FullLoader, load


def read(text):
    # ruleid: python-yaml-load
    first = yaml.load(text)
    # ruleid: python-yaml-load
    second = yaml.load(text, Loader=yaml.Loader)
    # ruleid: python-yaml-load
    third = yaml.load_all(text, yaml.UnsafeLoader)
    # ruleid: python-yaml-load
    fourth = yaml.unsafe_load(text)
    # ruleid: python-yaml-load
    fifth = load(text, Loader=FullLoader)
    # ok: python-yaml-load
    sixth = yaml.safe_load(text)
    # ok: python-yaml-load
    seventh = yaml.load(text, Loader=yaml.SafeLoader)
    # ok: python-yaml-load
    eighth = yaml.load(text, yaml.CSafeLoader)
    # ok: python-yaml-load
    ninth = yaml.load(text, Loader=my_loader(yaml.SafeLoader))
    return first, second, third, fourth, fifth, sixth, seventh, eighth, ninth


def read_round_trip(text, YAML):
    yaml = YAML(typ="safe")
    # ok: python-yaml-load
    return yaml.load(text)
