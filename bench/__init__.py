"""What Viva Voce costs, beside others that do the same work. One command each: ``make bench``."""
