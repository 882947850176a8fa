"""A small world to attack: real keys, real evidence, a real store and the real command line; only the clock stands still.

Written after python-tuf's `RepositorySimulator`: a test builds the honest world, changes one thing, and watches it being
refused. Nothing in here is a mock.
"""
