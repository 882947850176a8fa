"""Version order: which of two versions is older. One file per family, one line per ecosystem in `registry`."""
