"""How the roles talk: the studio's feed to its edges, and what edges say back."""
