import json
import marshal
import pickle
import shelve
from pickle import loads

import numpy as np
import torch


def load(data, path):
    # ruleid: python-unsafe-deserialization
    first = pickle.loads(data)
    # ruleid: python-unsafe-deserialization
    second = loads(data)
    # ruleid: python-unsafe-deserialization
    third = marshal.loads(data)
    # ruleid: python-unsafe-deserialization
    fourth = shelve.open(path)
    # ruleid: python-unsafe-deserialization
    fifth = np.load(path, allow_pickle=True)
    # ruleid: python-unsafe-deserialization
    sixth = torch.load(path, weights_only=False)
    # ok: python-unsafe-deserialization
    seventh = json.loads(data)
    # ok: python-unsafe-deserialization
    eighth = pickle.dumps(data)
    # ok: python-unsafe-deserialization
    ninth = np.load(path)
    # ok: python-unsafe-deserialization
    tenth = torch.load(path, weights_only=True)
    return first, second, third, fourth, fifth, sixth, seventh, eighth, ninth, tenth
