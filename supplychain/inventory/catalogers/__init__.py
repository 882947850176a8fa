"""Catalogers: from lock files, manifests and environments to components. One file per ecosystem."""
