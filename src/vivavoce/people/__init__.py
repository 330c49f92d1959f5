"""Who somebody is: owner link, host keys, sessions, seat tokens."""
