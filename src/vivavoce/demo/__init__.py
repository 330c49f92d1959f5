"""A whole show by itself: two recorded voices go through the real door into a real show."""
