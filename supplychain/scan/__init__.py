"""SEEN: findings and coverage; one file per scanner, all of them behind `interface.Scanner`."""
