"""Sources of word vectors, one module each, behind one interface."""
