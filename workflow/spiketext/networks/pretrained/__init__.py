"""Sentence encoders that have been trained on other texts, fine-tuned with a linear read-out."""
