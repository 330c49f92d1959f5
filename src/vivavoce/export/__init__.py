"""What can be carried away of a show: sound files, tracks for an editor, an archive, a podcast."""
