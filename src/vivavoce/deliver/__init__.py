"""Listeners: pages, pushed sound, HLS files, events and counts, on the public port."""
