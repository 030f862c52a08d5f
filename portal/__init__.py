"""Hallway: a portal where a new project team meets itself and anyone finds the person who knows."""
