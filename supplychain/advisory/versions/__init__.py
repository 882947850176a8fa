"""Version order: for each ecosystem, which of two versions is older. One file per family, one line each in `registry`."""
