"""The studio's HTTP side: the JSON API and what the pages need."""
