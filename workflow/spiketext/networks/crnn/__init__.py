"""Convolutions, then a recurrent layer: the DNN, its quantised form, and its twin of bipolar neurons."""
