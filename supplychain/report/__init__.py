"""TOLD: values in, text out. Pure."""
