"""From the frames of several seats to one programme frame every 20 ms."""
