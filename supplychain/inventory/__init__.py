"""MADE OF: components and SBOMs; wire formats one file each, catalogers one file per ecosystem."""
