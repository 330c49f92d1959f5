"""Viva Voce: host a live conversation; any number of people listen; anyone can check afterwards."""

__version__ = "0.1.0"
