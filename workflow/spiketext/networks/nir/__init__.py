"""Exchange with other simulators and with hardware: the Neuromorphic Intermediate Representation (NIR)."""
