"""The programme's packaging: frames in, parts out, and the texts and rings around them."""
