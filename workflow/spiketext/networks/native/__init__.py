"""C code for the inner loops that PyTorch has no operator for; everything in it has a twin in PyTorch."""
